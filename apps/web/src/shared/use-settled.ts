import { useEffect, useState } from 'preact/hooks';

const SETTLED_MS = 150;

/** The value once it has stopped changing, so that a dragged slider asks once and not for every step. */
export function useSettled<T extends object>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, Object.values(value));
  return settled;
}

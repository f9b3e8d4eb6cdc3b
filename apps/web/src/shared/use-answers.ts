import { useEffect, useRef } from 'preact/hooks';

/** Hands on what is answered from now on; what was answered before may be out of date. @param last of the answers */
export function useAnswers<T>(last: T | null, take: (answer: T) => void): void {
  const known = useRef(last);
  useEffect(() => {
    if (last !== null && last !== known.current) take(last);
    known.current = last;
  }, [last]);
}

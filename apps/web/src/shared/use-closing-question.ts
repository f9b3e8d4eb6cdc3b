import { useEffect } from 'preact/hooks';

/** Closing the page asks first. @param wanted whether something would be lost */
export function useClosingQuestion(wanted: boolean): void {
  useEffect(() => {
    if (!wanted) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [wanted]);
}

import { useEffect, useRef, useState } from 'preact/hooks';
import { canBeSent, onKeyNeeded } from './api.js';

/** Asks for the API key when the service wants one; it is kept until the tab is closed. */
export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  /** Of whoever waits for a key; null: nobody does. */
  const answer = useRef<((key: string) => void) | null>(null);
  const [key, setKey] = useState('');
  const [again, setAgain] = useState(false);
  useEffect(() => {
    onKeyNeeded(() => {
      dialog.current?.showModal();
      return new Promise((resolve) => (answer.current = resolve));
    });
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = key.trim();
    setAgain(true);
    setKey('');
    if (!canBeSent(given)) return;
    const tell = answer.current;
    answer.current = null;
    dialog.current?.close();
    tell?.(given);
  };
  // A browser heeds `cancel` once, and not at all on a page that nobody has clicked on yet; every request waits for the key.
  const stay = (): void => {
    if (answer.current && !dialog.current?.open) dialog.current?.showModal();
  };
  return (
    <dialog ref={dialog} onCancel={(event) => event.preventDefault()} onClose={stay} aria-labelledby="key-title">
      <form onSubmit={submit}>
        <h2 id="key-title">This service needs an API key</h2>
        <p class="muted">
          {again
            ? 'That was not the right key.'
            : 'It is the value of LIKENESS_API_KEY, and is kept until this tab is closed.'}
        </p>
        <input
          type="password"
          required
          autocomplete="off"
          aria-label="API key"
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <button class="button primary">Go on</button>
      </form>
    </dialog>
  );
}

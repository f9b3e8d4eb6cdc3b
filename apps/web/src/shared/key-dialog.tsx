import { useEffect, useRef, useState } from 'preact/hooks';
import { onKeyNeeded } from './api.js';

/** Asks for the API key when the service wants one; it is kept until the tab is closed. */
export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = useRef<((key: string) => void) | null>(null);
  const [key, setKey] = useState('');
  const [again, setAgain] = useState(false);
  useEffect(() => {
    onKeyNeeded(() => {
      dialog.current?.showModal();
      return new Promise((resolve) => (answer.current = resolve));
    });
  }, []);
  return (
    <dialog ref={dialog} onCancel={(event) => event.preventDefault()} aria-labelledby="key-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dialog.current?.close();
          answer.current?.(key.trim());
          setAgain(true);
          setKey('');
        }}
      >
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

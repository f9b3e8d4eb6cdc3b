import { configure } from '@testing-library/dom';
import { userEvent, type UserEvent } from '@testing-library/user-event';
import { type ComponentChild, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach } from 'vitest';

configure({
  // How long a busy machine may take; nothing waits that long where all is well.
  asyncUtilTimeout: 20_000,
  // A person is slower than the page: what one event changes is drawn, and its effects have run, before the next.
  eventWrapper: (event) => {
    let result: unknown;
    void act(() => (result = event()));
    return result;
  },
});

const places: HTMLElement[] = [];

afterEach(() => {
  for (const place of places.splice(0)) {
    render(null, place);
    place.remove();
  }
});

/** Draws a part of the page into the document until the end of the test. @returns the person in front of it */
export function show(part: ComponentChild): UserEvent {
  const place = document.createElement('div');
  document.body.append(place);
  places.push(place);
  void act(() => render(part, place));
  return userEvent.setup();
}

/** Draws what was shown last anew, with other properties. */
export function showAgain(part: ComponentChild): void {
  const place = places.at(-1);
  if (place) render(part, place);
}

/** What browsers do at the Escape key to the dialog on top; happy-dom leaves that out. */
export function pressEscape(): void {
  const dialog = [...document.querySelectorAll('dialog')].findLast(({ open }) => open);
  if (dialog?.dispatchEvent(new Event('cancel', { cancelable: true }))) dialog.close();
}

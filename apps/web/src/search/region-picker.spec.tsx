import { fireEvent, screen } from '@testing-library/dom';
import { useState } from 'preact/hooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { show } from '../testing/shown.js';
import type { Region } from './examples.js';
import { RegionPicker } from './region-picker.js';

// happy-dom lays nothing out.
beforeEach(() => {
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 100, 100));
  Element.prototype.setPointerCapture = () => undefined;
});
afterEach(() => void vi.restoreAllMocks());

function picker() {
  const told: (Region | null)[] = [];
  function Held() {
    const [region, setRegion] = useState<Region | null>(null);
    const tell = (now: Region | null): void => {
      told.push(now);
      setRegion(now);
    };
    return (
      <RegionPicker region={region} onRegion={tell}>
        <img alt="The query" />
      </RegionPicker>
    );
  }
  const user = show(<Held />);
  return { user, told };
}
const frame = () => screen.getByLabelText('Part of the picture to search by');
const box = () => frame().querySelector('span');
const at = (clientX: number, clientY: number) => ({ clientX, clientY, pointerId: 1 });

test('a drag marks a part, a click takes it away', () => {
  const { told } = picker();
  fireEvent.pointerDown(frame(), at(25, 25));
  fireEvent.pointerMove(frame(), at(40, 40));
  expect(box()).not.toBe(null);
  fireEvent.pointerUp(frame(), at(75, 75));
  expect(told).toEqual([{ left: 0.25, top: 0.25, width: 0.5, height: 0.5 }]);
  fireEvent.pointerDown(frame(), at(25, 25));
  fireEvent.pointerUp(frame(), at(25, 25));
  expect(told.at(-1)).toBe(null);
  expect(box()).toBe(null);
});

test('a drag that is broken off marks nothing, and what the pointer does afterwards neither', () => {
  const { told } = picker();
  fireEvent.pointerDown(frame(), at(10, 20));
  fireEvent.pointerMove(frame(), at(40, 40));
  fireEvent.pointerCancel(frame(), at(0, 0));
  expect(box()).toBe(null);
  fireEvent.pointerMove(frame(), at(90, 90));
  expect(box()).toBe(null);
  expect(told).toEqual([]);
});

test('arrow keys mark a part, too; other keys go on to the page', async () => {
  const { user, told } = picker();
  await user.tab();
  expect(document.activeElement).toBe(frame());
  await user.keyboard('{ArrowRight}{ArrowRight}{Shift>}{ArrowDown}{/Shift}');
  expect(told).toEqual([
    { left: 0.25, top: 0.25, width: 0.5, height: 0.5 },
    { left: 0.28125, top: 0.25, width: 0.5, height: 0.5 },
    { left: 0.28125, top: 0.25, width: 0.5, height: 0.53125 },
  ]);
  // False: somebody has prevented what the browser does.
  expect(fireEvent.keyDown(frame(), { key: 'ArrowDown' })).toBe(false);
  expect(fireEvent.keyDown(frame(), { key: 'PageDown' })).toBe(true);
});

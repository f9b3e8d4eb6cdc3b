import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Region } from './examples.js';
import { regionAfter } from './region-keys.js';

/** Shorter than this, in fractions, a drag was a click. */
const LEAST = 0.03;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const percent = (share: number): string => `${share * 100}%`;

/** The query picture; dragging over it draws a box, a click takes it away. Arrow keys draw and move one, too. */
export function RegionPicker(props: {
  children: ComponentChildren;
  region: Region | null;
  onRegion: (region: Region | null) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [start, setStart] = useState<{ x: number; y: number } | null>(null);
  const [drawn, setDrawn] = useState<Region | null>(null);
  const at = ({ clientX, clientY }: PointerEvent) => {
    const box = (frame.current?.querySelector('img') ?? frame.current)?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return { x: clamp((clientX - box.left) / box.width), y: clamp((clientY - box.top) / box.height) };
  };
  const boxTo = (event: PointerEvent): Region | null => {
    if (!start) return null;
    const { x, y } = at(event);
    return {
      left: Math.min(x, start.x),
      top: Math.min(y, start.y),
      width: Math.abs(x - start.x),
      height: Math.abs(y - start.y),
    };
  };
  const stop = (): void => {
    setStart(null);
    setDrawn(null);
  };
  const shown = drawn ?? props.region;
  return (
    <div
      ref={frame}
      class="region-frame"
      title="Drag to search by a part of the picture. Arrow keys move it, with Shift they change its size."
      // As one thing, so that a screen reader hands the arrow keys on.
      role="application"
      aria-label="Part of the picture to search by"
      tabIndex={0}
      onKeyDown={(event) => {
        const region = regionAfter(props.region, event);
        if (!region || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        props.onRegion(region);
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        setStart(at(event));
      }}
      onPointerMove={(event) => setDrawn(boxTo(event))}
      onPointerUp={(event) => {
        const region = boxTo(event);
        stop();
        props.onRegion(region && region.width > LEAST && region.height > LEAST ? region : null);
      }}
      onPointerCancel={stop}
    >
      {props.children}
      {shown && (
        <span
          class="region-box"
          style={{
            left: percent(shown.left),
            top: percent(shown.top),
            width: percent(shown.width),
            height: percent(shown.height),
          }}
        />
      )}
    </div>
  );
}

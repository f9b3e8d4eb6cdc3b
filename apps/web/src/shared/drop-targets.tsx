import { useEffect, useRef, useState } from 'preact/hooks';
import { droppedFiles } from './dropped-files.js';

/** While files are dragged over the page: two large targets, one to search by the image, one to keep the images. */
export function DropTargets({ onSearch, onAdd }: { onSearch: (file: File) => void; onAdd: (files: File[]) => void }) {
  const [dragging, setDragging] = useState(false);
  /** Whether no picture was in what was dropped last. */
  const [lacking, setLacking] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth.current++;
      setDragging(true);
      setLacking(false);
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth.current--;
      if (depth.current === 0) setDragging(false);
    };
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current = 0;
      setDragging(false);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name as 'drop', listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name as 'drop', listener);
    };
  }, []);
  if (!dragging)
    return lacking ? (
      <p class="error drop-note" role="alert">
        There is no picture in what was dropped.{' '}
        <button type="button" class="link" onClick={() => setLacking(false)}>
          Close
        </button>
      </p>
    ) : null;
  const take = (use: (files: File[]) => void) => (event: DragEvent) => {
    void droppedFiles(event.dataTransfer?.items ?? []).then((files) =>
      files.length > 0 ? use(files) : setLacking(true),
    );
  };
  return (
    <div class="drop-targets">
      <div onDrop={take(([file]) => file && onSearch(file))}>
        <strong>Find similar</strong>
        <span>the image is not kept</span>
      </div>
      <div onDrop={take(onAdd)}>
        <strong>Add to the library</strong>
        <span>images, or folders of them</span>
      </div>
    </div>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { PickFiles } from '../shared/pick-files.js';
import { ImportFolder } from './import-folder.js';
import { UploadsList } from './uploads-list.js';
import type { Uploads } from './use-uploads.js';

/** Ways to fill the library: upload files, or have the service import a folder of its own machine. */
export function AddImages(props: { collection: string; uploads: Uploads; onChanged: () => void; open: boolean }) {
  const { collection, uploads } = props;
  const [open, setOpen] = useState(uploads.total > 0);
  useEffect(() => {
    if (uploads.running) setOpen(true);
  }, [uploads.running]);
  const shown = open || props.open;
  return (
    <details class="panel" open={shown} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Add images{collection !== '' && ` to “${collection}”`}</summary>
      <div class="panel-body">
        <div>
          <h3>Upload</h3>
          <p class="muted">Drop images anywhere on this page, or choose them. JPEG, PNG, WebP, AVIF, GIF, TIFF.</p>
          <PickFiles multiple onFiles={(files) => uploads.add(files, collection)} primary={props.open}>
            Choose images
          </PickFiles>
          <UploadsList {...uploads} />
        </div>
        <ImportFolder collection={collection} onChanged={props.onChanged} />
      </div>
    </details>
  );
}

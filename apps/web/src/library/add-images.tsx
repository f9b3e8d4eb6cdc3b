import { useEffect, useState } from 'preact/hooks';
import { PickFiles } from '../shared/pick-files.js';
import { ImportFolder } from './import-folder.js';
import { Uploads } from './uploads-list.js';

/** Ways to fill the library: upload files, or have the service import a folder of its own machine. */
export function AddImages(props: {
  collection: string;
  incoming: readonly File[];
  onChanged: () => void;
  open: boolean;
}) {
  const [open, setOpen] = useState(false);
  const [files, setFiles] = useState<readonly File[]>([]);
  useEffect(() => {
    if (props.incoming.length > 0) {
      setFiles(props.incoming);
      setOpen(true);
    }
  }, [props.incoming]);
  const shown = open || props.open;
  return (
    <details class="panel" open={shown} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Add images{props.collection !== '' && ` to “${props.collection}”`}</summary>
      <div class="panel-body">
        <div>
          <h3>Upload</h3>
          <p class="muted">Drop images anywhere on this page, or choose them. JPEG, PNG, WebP, AVIF, GIF, TIFF.</p>
          <PickFiles multiple onFiles={setFiles} primary={props.open}>
            Choose images
          </PickFiles>
          <Uploads files={files} collection={props.collection} onChanged={props.onChanged} />
        </div>
        <ImportFolder collection={props.collection} onChanged={props.onChanged} />
      </div>
    </details>
  );
}

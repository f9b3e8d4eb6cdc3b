import { PickFiles } from '../shared/pick-files.js';

/** The invitation to search by an image. */
export function SearchBox({ onFile, empty }: { onFile: (file: File) => void; empty: boolean }) {
  return (
    <section class="search-box" aria-labelledby="search-title">
      <h1 id="search-title">What looks like this?</h1>
      <p>
        {empty
          ? 'Add some images first, then search among them.'
          : 'Drop an image, paste one, or click any image below.'}
      </p>
      {!empty && (
        <PickFiles primary onFiles={([file]) => file && onFile(file)}>
          Choose an image
        </PickFiles>
      )}
    </section>
  );
}

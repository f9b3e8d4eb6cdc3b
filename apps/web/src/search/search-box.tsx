import { PickFiles } from '../shared/pick-files.js';
import { similarToUrl } from '../shared/route.js';

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
        <div class="search-ways">
          <PickFiles primary onFiles={([file]) => file && onFile(file)}>
            Choose an image
          </PickFiles>
          <UrlField />
        </div>
      )}
    </section>
  );
}

/** An address instead of a file; the service fetches it. */
function UrlField() {
  return (
    <form
      class="url-field"
      onSubmit={(event) => {
        event.preventDefault();
        const url = new FormData(event.currentTarget).get('url');
        if (typeof url === 'string' && url.trim() !== '') location.hash = similarToUrl(url.trim());
      }}
    >
      <input
        type="url"
        name="url"
        placeholder="or paste the address of one"
        aria-label="Address of an image"
        required
      />
      <button type="submit" class="button">
        Search
      </button>
    </form>
  );
}

import { useEffect, useRef } from 'preact/hooks';
import { ErrorNote } from '../shared/notice.js';
import { useLoad } from '../shared/use-load.js';
import type { Hit } from '../shared/types.js';
import { explain, type Options, type Query, whyNot } from './examples.js';

/** Where query and result agree, on both pictures. */
export function ExplanationDialog(props: {
  query: Query;
  options: Options;
  hit: Hit;
  rank: number;
  onClose: () => void;
}) {
  const { query, options, hit, rank, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  // A dialog that is only taken away, without being closed, gives the focus back to nobody.
  const close = (): void => dialog.current?.close();
  const found = useLoad((signal) => explain(query, options, rank, signal), []);
  const fault = found.value && whyNot(found.value, hit.id);
  const explanation = found.value?.results.find(({ id }) => id === hit.id)?.explanation;
  return (
    <dialog
      ref={dialog}
      class="explanation"
      aria-labelledby="explanation-title"
      onClose={onClose}
      onClick={({ target }) => target === dialog.current && close()}
    >
      <h2 id="explanation-title">Where they agree</h2>
      <p class="muted">
        Orange places add to the score, blue ones take away. The places of the result add up to it, and so do those of
        {explanation && explanation.examples.length > 1 ? ' all examples together' : ' the query'}. What the encoder
        does not see stays without colour.
      </p>
      {found.loading && <p class="muted">Looking…</p>}
      <ErrorNote error={found.error ?? fault} />
      {explanation && (
        <div class="overlays">
          {explanation.examples.map(
            ({ list, at, share, heatMap }) =>
              heatMap && (
                <figure key={`${list}-${at}`}>
                  <img src={heatMap.overlay} alt="The query, with the places that agree" />
                  <figcaption>
                    {list === 'negatives' ? 'Not like' : at === 0 ? 'Query' : 'More like'} · {signed(share)}
                  </figcaption>
                </figure>
              ),
          )}
          <figure>
            <img src={explanation.result.overlay} alt="The result, with the places that agree" />
            <figcaption>Result · {signed(explanation.total)}</figcaption>
          </figure>
        </div>
      )}
      <button type="button" class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

/** With a true minus, as long as a plus. */
const signed = (value: number): string => value.toFixed(3).replace('-', '−');

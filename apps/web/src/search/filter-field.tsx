import { useState } from 'preact/hooks';

const EXAMPLE = 'width >= 1000';
const EXAMPLES = `Which images, for example: ${EXAMPLE} and orientation = portrait`;

/** The filter in its text form, which counts once it is entered. What is being typed stays, whatever is drawn anew meanwhile. */
export function FilterField(props: { filter: string; invalid: boolean; onFilter: (filter: string) => void }) {
  const { filter, invalid, onFilter } = props;
  /** null: nothing is being typed. */
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <label class="field">
      <span>Filter</span>
      <input
        type="text"
        value={draft ?? filter}
        placeholder={EXAMPLE}
        title={EXAMPLES}
        spellcheck={false}
        autocapitalize="off"
        aria-invalid={invalid}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onChange={({ currentTarget }) => {
          setDraft(null);
          onFilter(currentTarget.value.trim());
        }}
        onBlur={() => setDraft(null)} // `change` does not come where the text is again what it was.
      />
    </label>
  );
}

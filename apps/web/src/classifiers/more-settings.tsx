import { useEffect, useState } from 'preact/hooks';
import { changedSettings, type Entered, MORE_SETTINGS, type Setting } from './training-settings.js';

/** The settings that few need, behind a fold, with their defaults; what the service refused is told beside each. */
export function MoreSettings(props: {
  entered: Entered;
  onEntered: (now: Entered) => void;
  faults: ReadonlyMap<string, string>;
}) {
  const { entered, onEntered, faults } = props;
  const [open, setOpen] = useState(false);
  const wrong = MORE_SETTINGS.some(({ settings }) => settings.some(({ path }) => faults.has(path)));
  // Nobody should have to look for what is wrong.
  useEffect(() => {
    if (wrong) setOpen(true);
  }, [wrong]);
  const changed = changedSettings(entered);

  return (
    <details class="more-settings" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>More settings{changed > 0 && ` (${changed} changed)`}</summary>
      {changed > 0 && (
        <button type="button" class="link" onClick={() => onEntered({})}>
          Back to the defaults
        </button>
      )}
      <div class="setting-groups">
        {MORE_SETTINGS.map(({ title, note, settings }) => (
          <fieldset key={title} class="setting-group">
            <legend>{title}</legend>
            {note !== undefined && <p class="muted">{note}</p>}
            {settings.map((setting) => (
              <Field
                key={setting.path}
                setting={setting}
                text={entered[setting.path] ?? ''}
                fault={faults.get(setting.path)}
                onText={(text) => onEntered({ ...entered, [setting.path]: text })}
              />
            ))}
          </fieldset>
        ))}
      </div>
    </details>
  );
}

function Field(props: { setting: Setting; text: string; fault: string | undefined; onText: (text: string) => void }) {
  const { path, label, choices, fallback } = props.setting;
  return (
    <label class="field">
      <span>{label}</span>
      {choices ? (
        <select
          value={props.text === '' ? fallback : props.text}
          aria-invalid={props.fault !== undefined}
          onChange={({ currentTarget }) => props.onText(currentTarget.value)}
        >
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          inputMode={path === 'taps' ? 'text' : 'decimal'}
          autocomplete="off"
          placeholder={fallback}
          value={props.text}
          aria-invalid={props.fault !== undefined}
          onInput={({ currentTarget }) => props.onText(currentTarget.value)}
        />
      )}
      <Fault words={props.fault} />
    </label>
  );
}

/** What is wrong with one field. */
export function Fault({ words }: { words: string | undefined }) {
  return words === undefined ? null : (
    <span role="alert" class="fault">
      {words}
    </span>
  );
}

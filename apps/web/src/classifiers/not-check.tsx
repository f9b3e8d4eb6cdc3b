/** Turns what is said of images round: they are counter-examples of the category. */
export function NotCheck(props: { said: string; checked: boolean; onChecked: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={({ currentTarget }) => props.onChecked(currentTarget.checked)}
      />{' '}
      {props.said}
    </label>
  );
}

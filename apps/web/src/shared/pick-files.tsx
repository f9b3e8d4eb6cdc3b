import type { ComponentChildren } from 'preact';

const ACCEPT = 'image/jpeg,image/png,image/webp,image/avif,image/gif,image/tiff';

/** A button that opens the file dialog. */
export function PickFiles(props: {
  children: ComponentChildren;
  onFiles: (files: File[]) => void;
  multiple?: boolean;
  /** A whole folder with all that is in it. */
  folder?: boolean;
  accept?: string;
  primary?: boolean;
  disabled?: boolean;
}) {
  return (
    <label class={props.primary ? 'button primary' : 'button'}>
      <input
        type="file"
        class="hidden-input"
        accept={props.accept ?? ACCEPT}
        {...(props.folder && { webkitdirectory: true })}
        multiple={props.multiple ?? false}
        disabled={props.disabled ?? false}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = '';
          if (files.length > 0) props.onFiles(files);
        }}
      />
      {props.children}
    </label>
  );
}

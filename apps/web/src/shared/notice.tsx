/** What went wrong, for a person; nothing where nothing did. */
export function ErrorNote({ error }: { error: string | null }) {
  if (error === null) return null;
  return (
    <p class="error" role="alert">
      {error}
    </p>
  );
}

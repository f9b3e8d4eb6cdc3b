/** What went wrong, for a person; nothing where nothing did. @param onRetry where trying again may help */
export function ErrorNote({ error, onRetry }: { error: string | null; onRetry?: () => void }) {
  if (error === null) return null;
  return (
    <p class="error" role="alert">
      {error}
      {onRetry && (
        <>
          {' '}
          <button type="button" class="link" onClick={onRetry}>
            Try again
          </button>
        </>
      )}
    </p>
  );
}

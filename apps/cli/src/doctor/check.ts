export type CheckStatus = 'ok' | 'warning' | 'problem';

/** One thing the doctor looked at. `remedy` is there unless all is well. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  readonly remedy?: string;
}

/** Runs one check; what it throws is the finding, with the remedy given. */
export async function check(
  name: string,
  look: () => Promise<Omit<Check, 'name'>>,
  onFailure: { readonly status: Exclude<CheckStatus, 'ok'>; readonly remedy: string },
): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [firstLine = 'no reason given'] = message.trim().split('\n');
    return { name, ...onFailure, detail: firstLine };
  }
}

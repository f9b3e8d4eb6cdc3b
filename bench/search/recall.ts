interface Answer {
  readonly plan: string;
  readonly results: readonly { readonly id: string }[];
}

export interface Recall {
  /** Share of the true k nearest that were found, 0 … 1. */
  readonly service: number;
  readonly bare: number;
  readonly queries: number;
  /** How the searches that were not exact were run. */
  readonly plans: readonly string[];
}

/**
 * Compares answers at the default settings with `exact` ones of the same service.
 *
 * @param bareIds what the bare graph found for each query, as ids of the service
 */
export async function measureRecall(
  port: number,
  queries: readonly Float32Array[],
  bareIds: readonly (readonly number[])[],
  k: number,
): Promise<Recall> {
  const found = { service: 0, bare: 0, all: 0 };
  const plans = new Set<string>();
  for (const [n, query] of queries.entries()) {
    const vector = Array.from(query);
    const truth = await search(port, { vector, k, exact: true });
    const answer = await search(port, { vector, k });
    plans.add(answer.plan);
    const ids = new Set(truth.results.map(({ id }) => id));
    found.all += ids.size;
    found.service += answer.results.filter(({ id }) => ids.has(id)).length;
    found.bare += (bareIds[n] ?? []).filter((id) => ids.has(String(id))).length;
  }
  return {
    service: found.service / found.all,
    bare: found.bare / found.all,
    queries: queries.length,
    plans: [...plans],
  };
}

async function search(port: number, body: object): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/search`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

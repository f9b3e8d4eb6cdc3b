/** Vectors by picture, then by tap. */
export type GoldenVectors = Readonly<Record<string, Readonly<Record<string, Float32Array>>>>;

export interface Agreement {
  /** Smallest cosine of any picture and tap. */
  readonly cosine: number;
  /** Where it was. */
  readonly picture: string;
  readonly tap: string;
}

/** How well two executions of one encoder agree: the worst of all pictures and taps. */
export function agreementOf(vectors: GoldenVectors, reference: GoldenVectors): Agreement {
  let worst: Agreement = { cosine: Infinity, picture: '', tap: '' };
  for (const [picture, taps] of Object.entries(reference)) {
    for (const [tap, expected] of Object.entries(taps)) {
      const cosine = cosineOf(vectors[picture]?.[tap] ?? new Float32Array(), expected);
      // NaN is worse than anything.
      if (!(cosine >= worst.cosine)) worst = { cosine, picture, tap };
      if (Number.isNaN(cosine)) return worst;
    }
  }
  return worst;
}

/** NaN for vectors of different lengths; 1 for two that are all zero. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  if (squaresA === 0 && squaresB === 0) return 1;
  return dot / Math.sqrt(squaresA * squaresB);
}

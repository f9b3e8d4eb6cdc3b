/** NaN for vectors of different lengths. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? NaN, b[i] ?? NaN];
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

/** Place of the largest number; −1 of none. */
export function strongest(numbers: ArrayLike<number> = []): number {
  let best = -1;
  for (let i = 0; i < numbers.length; i++) if (best < 0 || (numbers[i] ?? NaN) > (numbers[best] ?? NaN)) best = i;
  return best;
}

/** Pictures of seeded noise as a network takes them after usual normalisations: numbers from −2 to 2. */
export function noisePictures(count: number, side: number): Float32Array[] {
  let state = 2026;
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: 3 * side * side }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state / 2 ** 32) * 4 - 2;
    }),
  );
}

/** |a − b| / |b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? 0) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

import { sameSpace, type EmbeddingSpace, type ReindexRecord } from '#libs/catalogue';

/**
 * Which of the spaces nobody wants are left over from a change of encoder. Vectors at other taps of the encoder in use are
 * not: trainings of heads made them, and find them there the next time.
 */
export function leftovers(
  unwanted: readonly EmbeddingSpace[],
  active: EmbeddingSpace,
  latest: ReindexRecord | null,
): EmbeddingSpace[] {
  return unwanted.filter(
    (space) =>
      space.encoderId !== active.encoderId ||
      (latest !== null && (sameSpace(space, latest.to) || sameSpace(space, latest.from))),
  );
}

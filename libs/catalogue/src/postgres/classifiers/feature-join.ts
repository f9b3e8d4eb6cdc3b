/**
 * Images (`i`) with their embedding at each of the taps (`e0`, `e1`, …), as a FROM clause; images that lack one are not
 * in it.
 *
 * @param first number of the first parameter it may use
 */
export function featureJoin(
  space: { encoderId: number; taps: readonly string[] },
  first: number,
): { from: string; vector: string; parameters: unknown[] } {
  const joins = space.taps.map(
    (_, at) =>
      `JOIN embedding e${at} ON e${at}.image_id = i.id AND e${at}.encoder_id = $${first} AND e${at}.tap = $${first + 1 + at}`,
  );
  return {
    from: ['image i', ...joins].join('\n'),
    vector: space.taps.map((_, at) => `e${at}.vector`).join(' || '),
    parameters: [space.encoderId, ...space.taps],
  };
}

/** A place of its own on an axis for every category, also where two carry one name. */
export function distinctNames(names: readonly string[]): string[] {
  return names.map((name, at) => (names.indexOf(name) === at ? name : `${name} (${at + 1})`));
}

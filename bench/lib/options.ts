/** A command-line option that has to be a whole number. @throws Error that names the option */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name}: expected a whole number from ${least} on, but it is ${JSON.stringify(text)}`);
}

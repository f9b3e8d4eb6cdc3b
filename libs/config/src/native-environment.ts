/**
 * Sets environment variables that native libraries read for themselves when they are loaded. What is set already stays:
 * whoever starts the process has the last word. Must run on the main thread, whose environment is that of the process.
 */
export function setNativeEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
}

import type { SettingsSource } from '#libs/config';

/** What may be measured with other settings than the default ones. */
const MEASURED = /^LIKENESS_(ENCODER|TAP|RUNTIME|DEVICE|INDEX)/;

/**
 * Settings of a service that is measured: everything it keeps lies in `dataDir`, its database too. Of the environment only encoder and
 * index are taken: the rest may name the database or the files of a service that people use, or keep the bench out.
 */
export function benchSettings(environment: SettingsSource, dataDir: string): SettingsSource {
  const taken = Object.entries(environment).filter(([name]) => MEASURED.test(name));
  return { ...Object.fromEntries(taken), LIKENESS_DATA_DIR: dataDir };
}

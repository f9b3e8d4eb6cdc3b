import { Settings } from '#libs/config';

/** The same settings, with jobs run by this process or not. */
export function withJobs(settings: Settings, runJobs: boolean): Settings {
  const { http, limits, data, database, encoder, index, imports, log } = settings;
  return new Settings(http, limits, data, database, encoder, index, { ...imports, runJobs }, log);
}

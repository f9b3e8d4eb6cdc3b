import type { Settings } from '#libs/config';

/** The same settings, with jobs run by this process or not. */
export function withJobs(settings: Settings, runJobs: boolean): Settings {
  return settings.withJobs(runJobs);
}

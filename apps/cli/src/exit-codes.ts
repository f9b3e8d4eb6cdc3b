/** What the exit code of `likeness` says; shown in its help. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  someFailed: 3,
  differences: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `Exit codes:
  0    it worked
  1    it did not; the reason is on stderr (with --json: on stdout as {"error": …})
  2    the command line is not valid
  3    an import, an extract, labelling or a retraining ended, but some of it failed; or a
       change of encoder waits for images that cannot be embedded (--accept-missing)
  4    verify or models check found differences
  130  interrupted (Ctrl-C, SIGTERM, SIGHUP); a service that was stopped in order ends with 0`;

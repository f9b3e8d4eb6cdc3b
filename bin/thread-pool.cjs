// Sets up libuv's pool, where images are decoded and files are read. Must run before anything uses it.
// docs/decisions/0016-priorities-of-threads.md has the measurements.
const { readdirSync, stat } = require('node:fs');
const { availableParallelism, constants, getPriority, setPriority } = require('node:os');

/** Lower priority than the process by so much, as in libs/threads/src/stand-back.ts. */
const STEPS = 5;

// Two threads a core keep the cores busy while others wait for files; more gain nothing.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, 2 * availableParallelism()));

// To Linux a thread is a task with a priority of its own: decoding leaves a core to the event loop when that has something to do.
if (process.platform === 'linux') {
  const before = new Set(readdirSync('/proc/self/task'));
  stat(__filename, () => undefined); // The first use makes all threads of the pool at once.
  for (const task of readdirSync('/proc/self/task')) {
    if (!before.has(task)) lower(Number(task));
  }
}

function lower(task) {
  try {
    setPriority(task, Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS));
  } catch {
    // A sandbox may forbid it. Everything works without.
  }
}

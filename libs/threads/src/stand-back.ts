import { constants, getPriority, setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** Five steps make a third of the share of a core (weights 335 and 1024 of Linux' scheduler, kernel/sched/core.c). */
const STEPS = 5;

/**
 * Lowers the priority of the worker thread that calls it, and of the threads that it starts later, so that long computation
 * gives way to the event loop and to searches. On Linux only, where a thread has a priority of its own (`man 2 setpriority`);
 * elsewhere, and where a sandbox forbids it, nothing happens.
 */
export function standBack(): void {
  if (isMainThread || process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + STEPS));
  } catch {
    // Slower answers under load are all that is lost.
  }
}

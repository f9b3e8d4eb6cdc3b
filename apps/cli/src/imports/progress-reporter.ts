import type { ImportView } from '../service/service.js';
import type { Terminal } from '../terminal.js';
import { progressLine } from './progress-line.js';

/** Milliseconds between two lines where a line cannot be written over. */
const PLAIN_EVERY_MS = 5000;

/** Shows progress on stderr: one line that changes on a terminal, a line every few seconds elsewhere. */
export class ProgressReporter {
  private lastPlain: number | null = null;

  /** @param now milliseconds of any monotonic clock */
  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number = () => performance.now(),
  ) {}

  update(view: ImportView): void {
    if (this.terminal.interactive) {
      this.terminal.status(progressLine(view));
      return;
    }
    const now = this.now();
    // The first line waits as well: a short import says nothing but its summary.
    this.lastPlain ??= now;
    if (now - this.lastPlain < PLAIN_EVERY_MS) return;
    this.lastPlain = now;
    this.terminal.note(progressLine(view));
  }

  end(): void {
    this.terminal.clearStatus();
  }
}

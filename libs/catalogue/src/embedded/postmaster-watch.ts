import { servesCluster } from './postmaster-file.js';

const INTERVAL_MS = 250;

/**
 * Notices the end of a server process. It asks instead of listening for the child's exit, because an adopted server is
 * no child of this process.
 */
export class PostmasterWatch {
  private timer?: NodeJS.Timeout;
  private ended = false;

  constructor(
    readonly pid: number,
    private readonly cluster: string,
  ) {}

  /** Calls `listener` once when the server has ended, unless the watch was ended first. Does not keep a process alive. */
  onEnd(listener: () => void): void {
    this.timer = setTimeout(() => void this.look(listener), INTERVAL_MS).unref();
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private async look(listener: () => void): Promise<void> {
    const alive = await servesCluster(this.pid, this.cluster);
    if (this.ended) return;
    if (alive) this.onEnd(listener);
    else listener();
  }
}

/** Bytes of uploads that all requests together may hold in memory; what does not fit goes to disk. */
export class MemoryBudget {
  private held = 0;

  constructor(private readonly limit: number) {}

  /** Takes `bytes` out of the budget, or answers false and takes nothing. */
  take(bytes: number): boolean {
    if (this.held + bytes > this.limit) return false;
    this.held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.held -= bytes;
  }
}

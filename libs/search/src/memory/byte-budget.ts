interface Waiting {
  readonly bytes: number;
  begin(): void;
}

/**
 * Holds work back until what it needs in memory has room beside that of the others. What needs more than there may be is
 * done alone. First come, first served.
 */
export class ByteBudget {
  private held = 0;
  private readonly waiting: Waiting[] = [];

  /** @param most bytes that are held at once */
  constructor(private readonly most: number) {}

  /** @param bytes that `work` holds until it ends */
  async within<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.waiting.push({ bytes, begin });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.held -= bytes;
      this.admit();
    }
  }

  private admit(): void {
    for (let [next] = this.waiting; next && this.hasRoomFor(next.bytes); [next] = this.waiting) {
      this.waiting.shift();
      this.held += next.bytes;
      next.begin();
    }
  }

  private hasRoomFor(bytes: number): boolean {
    return this.held === 0 || this.held + bytes <= this.most;
  }
}

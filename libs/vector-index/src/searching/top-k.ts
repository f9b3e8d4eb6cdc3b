export interface Scored {
  readonly id: number;
  readonly score: number;
}

/** Order of answers: higher score first, equal scores by ascending id. */
export const byScore = (a: Scored, b: Scored): number => b.score - a.score || a.id - b.id;

/** Keeps the k best of what it is offered: a binary heap whose root is the worst that is kept. */
export class TopK {
  private readonly heap: Scored[] = [];

  constructor(private readonly k: number) {}

  /** Scores under this cannot get in. */
  get threshold(): number {
    return this.heap.length < this.k ? -Infinity : (this.heap[0]?.score ?? -Infinity);
  }

  offer(id: number, score: number): void {
    const candidate = { id, score };
    if (this.heap.length < this.k) {
      this.heap.push(candidate);
      this.up(this.heap.length - 1);
      return;
    }
    const worst = this.heap[0];
    if (worst === undefined || byScore(candidate, worst) >= 0) return;
    this.heap[0] = candidate;
    this.down(0);
  }

  /** Best first. */
  sorted(): Scored[] {
    return [...this.heap].sort(byScore);
  }

  private up(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.isWorse(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private down(index: number): void {
    for (;;) {
      let worst = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.heap.length && this.isWorse(child, worst)) worst = child;
      }
      if (worst === index) return;
      this.swap(index, worst);
      index = worst;
    }
  }

  private isWorse(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    return first !== undefined && second !== undefined && byScore(first, second) > 0;
  }

  private swap(a: number, b: number): void {
    const first = this.heap[a];
    const second = this.heap[b];
    if (first === undefined || second === undefined) return;
    this.heap[a] = second;
    this.heap[b] = first;
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#libs/config';
import type { SolverData } from './solver-data.js';

export interface TimedFit {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of processor time of the whole process. */
  readonly cpu: number;
  readonly iterations: number;
  readonly objective: number;
}

export interface FitOrder {
  readonly l2: number;
  readonly tolerance: number;
  readonly type: 'float32' | 'float64';
}

/** A Python process with scikit-learn that fits what it is asked for, one at a time. */
export class ScikitPeer {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;

  /**
   * @param python one that has `requirements.txt` installed
   * @param threads of its linear algebra; 0: as many as it likes
   */
  constructor(python: string, data: SolverData, threads: number) {
    const script = path.join(projectRoot(), 'bench/heads/scikit_peer.py');
    const limits = threads > 0 ? { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) } : {};
    const args = [script, data.files.features, data.files.labels, String(data.rows), String(data.columns)];
    const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...limits } });
    this.child = child;
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error when the process ended instead */
  async fit(order: FitOrder): Promise<TimedFit> {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error('scikit-learn ended; its own words are above.');
    return JSON.parse(answer.value) as TimedFit;
  }

  end(): void {
    this.child.stdin?.end();
  }
}

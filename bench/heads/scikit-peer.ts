import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#libs/config';
import { note } from '../lib/report.js';
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
  private constructor(
    private readonly orders: Writable,
    private readonly answers: AsyncIterator<string>,
  ) {}

  /**
   * @param python one that has `requirements.txt` installed
   * @param threads of its linear algebra; 0: as many as it likes
   * @returns undefined where it cannot be had, which is said on stderr
   */
  static async start(python: string, data: SolverData, threads: number): Promise<ScikitPeer | undefined> {
    const script = path.join(projectRoot(), 'bench/heads/scikit_peer.py');
    const limits = threads > 0 ? { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) } : {};
    const args = [script, data.files.features, data.files.labels, String(data.rows), String(data.columns)];
    const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...limits } });
    child.once('error', (error) => note(`${python}: ${error.message}`));
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // Its version.
    const first = await answers.next();
    if (first.done !== true) return new ScikitPeer(child.stdin, answers);
    note(`scikit-learn is left out: ${[python, ...args].join(' ')} did not start.`);
    return undefined;
  }

  /** @throws Error when the process ended instead */
  async fit(order: FitOrder): Promise<TimedFit> {
    this.orders.write(`${JSON.stringify(order)}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error('scikit-learn ended; its own words are above.');
    return JSON.parse(answer.value) as TimedFit;
  }

  end(): void {
    this.orders.end();
  }
}

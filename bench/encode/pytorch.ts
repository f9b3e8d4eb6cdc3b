import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#libs/config';
import { note } from '../lib/report.js';
import type { Contestant, Turn } from './contestant.js';

const SCRIPT = path.join(projectRoot(), 'bench/encode/peers/torch_loop.py');

export interface PytorchOptions {
  /** A Python with `peers/requirements.txt` installed. */
  readonly python: string;
  readonly threads: number;
  readonly batch: number;
  readonly side: number;
}

/**
 * PyTorch in a process of its own, with random weights, which cost what trained ones do. It answers one line for each line it is sent.
 *
 * @param network as `peers/torch_loop.py` names it
 * @returns undefined where it cannot be had: said on stderr, and left out of the table
 */
export async function pytorch(
  network: string,
  { python, threads, batch, side }: PytorchOptions,
): Promise<Contestant | undefined> {
  const args = [SCRIPT, network, String(side), String(batch), String(threads)];
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => {
    const line = await lines.next();
    return line.done === true ? undefined : line.value;
  };
  child.once('error', (error) => note(`${python}: ${error.message}`));
  const name = await next();
  if (name === undefined) {
    note(`PyTorch is left out: ${[python, ...args].join(' ')} did not start.`);
    return undefined;
  }
  return {
    name,
    turn: async (seconds) => {
      child.stdin.write(`${seconds}\n`);
      const line = await next();
      if (line === undefined) throw new Error('the PyTorch peer ended early');
      return JSON.parse(line) as Turn;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '#libs/config';

export const BINARY = path.join(projectRoot(), 'bin', 'likeness.cjs');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs: working folder and environment. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The environment of the tests without any settings of Likeness that it may have. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('LIKENESS_') && name !== 'DATABASE_URL'),
);

/** The one document on stdout of a command that was asked for JSON. */
export function documentOf({ stdout }: Ended): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A running `likeness` process. */
export class Likeness {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  /** Starts the real command. */
  constructor(args: readonly string[], { cwd, env }: Place) {
    this.child = spawn(process.execPath, [BINARY, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close');
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** As when the terminal is closed, or the other end of a pipe. */
  stopReading(...streams: readonly ('stdout' | 'stderr')[]): void {
    for (const name of streams) this.child[name]?.destroy();
  }

  async end(): Promise<Ended> {
    await this.ended;
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Waits for a text on stdout; throws when the process ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`likeness ended with ${this.child.exitCode}:\n${this.stderr}`);
      await Promise.race([once(this.child.stdout ?? this.child, 'data'), this.ended]);
    }
  }
}

/** Runs a command to its end. */
export function likeness(args: readonly string[], place: Place): Promise<Ended> {
  return new Likeness(args, place).end();
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { processesOf, killAll } from './folder-processes.js';

const BIN = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../bin/likeness.cjs');

/** `likeness start` as a process of its own. */
export class ServiceProcess {
  private said = '';
  private readonly child: ChildProcess;
  /** Its address, once it is ready. Rejects with what it said when it ends before. */
  readonly ready: Promise<string>;
  private readonly exited: Promise<unknown>;

  constructor(
    private readonly dataDir: string,
    environment: NodeJS.ProcessEnv,
  ) {
    this.child = spawn(process.execPath, [BIN, 'start', '--json', '--port', '0', '--data', dataDir], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit');
    this.child.stderr?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    this.ready = this.listen();
    this.ready.catch(() => undefined);
  }

  /** kill -9 of the service alone, or of the database's processes with it. */
  async kill(what: 'service' | 'everything'): Promise<void> {
    const others = what === 'everything' ? await processesOf(this.dataDir) : [];
    this.child.kill('SIGKILL');
    killAll(others);
    await this.exited;
  }

  /** Asks it to stop. @returns its exit code */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    await this.exited;
    return this.child.exitCode;
  }

  private async listen(): Promise<string> {
    let printed = '';
    for await (const chunk of this.child.stdout ?? []) {
      printed += String(chunk);
      const document = parse(printed);
      if (document) return document.url;
    }
    await this.exited;
    throw new Error(`the service ended (${this.child.signalCode ?? this.child.exitCode}):\n${this.said}`);
  }
}

function parse(printed: string): { url: string } | undefined {
  try {
    return JSON.parse(printed) as { url: string };
  } catch {
    return undefined;
  }
}

/** Runs another command of `likeness` to its end. */
export async function likeness(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exited;
  return { code: child.exitCode, stdout, stderr };
}

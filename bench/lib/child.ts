import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '#libs/config';
import { DomainError, type SerialisedError } from '#libs/errors';

/** What the `likeness` command does first. */
const THREAD_POOL = path.join(projectRoot(), 'bin', 'thread-pool.cjs');

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
type Reply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: SerialisedError };

/**
 * Calls the methods of an object in a process of its own (see `answerParent`), so that what measures and what is
 * measured share no event loop. Its standard output is thrown away, as a service's log is written but not watched.
 */
export class Child<S extends object> {
  private static readonly living = new Set<Child<object>>();
  private readonly process: ChildProcess;
  private readonly pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private nextId = 1;

  /** @param execArgv flags of Node, like `--cpu-prof` */
  constructor(script: URL, execArgv: readonly string[] = []) {
    this.process = fork(script, {
      serialization: 'advanced',
      execArgv: ['--require', THREAD_POOL, ...execArgv],
      detached: true, // Ctrl-C is for the parent, which ends its children in order.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.process.on('message', (reply: Reply) => {
      const waiting = this.pending.get(reply.id);
      this.pending.delete(reply.id);
      if ('error' in reply) waiting?.reject(DomainError.revive(reply.error));
      else waiting?.resolve(reply.value);
    });
    Child.living.add(this);
    this.process.on('exit', (code) => {
      Child.living.delete(this);
      for (const { reject } of this.pending.values()) reject(new Error(`${script.href} ended with code ${code}`));
      this.pending.clear();
    });
  }

  call<K extends keyof S & string>(
    method: K,
    ...args: S[K] extends (...args: infer A) => unknown ? A : never
  ): Promise<S[K] extends (...args: never[]) => infer R ? Awaited<R> : never> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.process.send({ id, method, args } satisfies Call, (error) => error && reject(error));
    });
  }

  /** Lets the service stop in order, and waits for the end of the process. Calls that still wait are rejected. */
  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    if (this.process.connected) this.process.disconnect();
    await exit;
  }

  static async endAll(): Promise<void> {
    await Promise.all([...Child.living].map((child) => child.end()));
  }
}

/**
 * Answers the calls of a `Child` with the methods of `service`; the last line of a child's script. When the parent lets
 * go, `service.stop` is called, where there is one, and the process ends.
 */
export function answerParent(service: object): void {
  const methods = service as Record<string, (...args: unknown[]) => unknown>;
  process.on('message', (call: Call) => void answer(call));
  const answer = async ({ id, method, args }: Call): Promise<void> => {
    try {
      process.send?.({ id, value: await methods[method]?.(...args) });
    } catch (error) {
      process.send?.({ id, error: DomainError.from(error).serialise() });
    }
  };
  // The parent has let go, or has died: nobody is left to answer to.
  process.on('disconnect', () => void Promise.resolve(methods.stop?.()).finally(() => process.exit()));
}

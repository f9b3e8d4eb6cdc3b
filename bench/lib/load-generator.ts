import { setTimeout as sleep } from 'node:timers/promises';
import { KeepAliveConnection, type PlannedRequest } from './keep-alive-connection.js';
import { percentile } from './statistics.js';

export interface LoadResult {
  /** Answers counted, and those of the lead-in with them. */
  readonly requests: number;
  readonly requestsInAll: number;
  readonly perSecond: number;
  /** Milliseconds from sending a request to having its whole answer. */
  readonly p50: number;
  readonly p99: number;
}

interface Session {
  stopped: boolean;
  readonly measureFrom: number;
  requestsInAll: number;
  readonly times: number[];
  readonly clients: Promise<void>[];
}

/** Clients that each keep one connection and ask as fast as they are answered ("closed loop"). Runs in a child process. */
export class LoadGenerator {
  private port = 0;
  private readonly plans = new Map<string, Buffer[]>();
  private session?: Session;

  connect(port: number): void {
    this.port = port;
  }

  prepare(plan: string, requests: readonly PlannedRequest[]): void {
    this.plans.set(
      plan,
      requests.map((request) => KeepAliveConnection.encode(request, this.port)),
    );
  }

  /** Asks for `leadInSeconds` without counting, then for `seconds`. @throws Error at the first answer that is not 200 */
  async run(plan: string, clients: number, seconds: number, leadInSeconds = 0.5): Promise<LoadResult> {
    await this.begin(plan, clients, leadInSeconds);
    await sleep(1000 * (leadInSeconds + seconds));
    return this.finish();
  }

  async begin(plan: string, clients: number, leadInSeconds = 0): Promise<void> {
    const requests = this.plans.get(plan) ?? [];
    if (requests.length === 0) throw new Error(`nothing was prepared as ${plan}`);
    const connections = await Promise.all(Array.from({ length: clients }, () => KeepAliveConnection.open(this.port)));
    const measureFrom = performance.now() + 1000 * leadInSeconds;
    const session: Session = { stopped: false, measureFrom, requestsInAll: 0, times: [], clients: [] };
    for (const [n, connection] of connections.entries()) {
      const first = Math.floor((n * requests.length) / clients);
      const running = client(session, connection, requests, first);
      running.catch(() => undefined); // It is `finish` that hears of it.
      session.clients.push(running);
    }
    this.session = session;
  }

  async finish(): Promise<LoadResult> {
    const { session } = this;
    if (!session) throw new Error('begin() comes first');
    session.stopped = true;
    const seconds = (performance.now() - session.measureFrom) / 1000;
    await Promise.all(session.clients);
    const { times, requestsInAll } = session;
    return {
      requests: times.length,
      requestsInAll,
      perSecond: times.length / seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
    };
  }
}

async function client(
  session: Session,
  connection: KeepAliveConnection,
  requests: readonly Buffer[],
  first: number,
): Promise<void> {
  try {
    for (let n = first; !session.stopped; n++) {
      const began = performance.now();
      await connection.ask(requests[n % requests.length] ?? Buffer.alloc(0));
      const ended = performance.now();
      session.requestsInAll++;
      if (ended >= session.measureFrom && !session.stopped) session.times.push(ended - began);
    }
  } finally {
    connection.close();
  }
}

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON. */
  readonly body?: unknown;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One HTTP/1.1 connection that asks one thing after the other and does as little as possible besides: on a machine
 * with two cores every cycle of the client is one that the service does not get.
 */
export class KeepAliveConnection {
  private received: Buffer[] = [];
  private waiting?: { resolve(body: Buffer): void; reject(error: Error): void };

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the service closed the connection')));
  }

  static async open(port: number): Promise<KeepAliveConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new KeepAliveConnection(socket);
  }

  /** The bytes of a request, made once and sent often. */
  static encode({ method, path, body }: PlannedRequest, port: number): Buffer {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const entity =
      body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(payload)}\r\n`;
    return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${entity}\r\n${payload}`);
  }

  /** @returns the body. @throws Error unless the answer is 200 */
  ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    const all = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    const end = all.indexOf(HEAD_END);
    if (end < 0) return;
    const head = all.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
    if (Number.isNaN(length)) return this.fail(new Error(`an answer without Content-Length: ${head}`));
    const begin = end + HEAD_END.length;
    if (all.length < begin + length) return;
    this.received = [];
    const body = all.subarray(begin, begin + length);
    if (!head.startsWith('HTTP/1.1 200')) return this.fail(new Error(`${head.split('\r\n')[0]}: ${body.toString()}`));
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(body);
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

/** Milliseconds that answers under way are waited for when the service stops. */
const PATIENCE_MS = 10_000;

/**
 * Keeps open connections from holding up the end. Closing an HTTP server waits for every one of them: also for one on
 * which nothing was ever asked, which Node counts as busy, and for one that stopped in the middle.
 */
@Injectable()
export class OpenConnections implements BeforeApplicationShutdown {
  /** How many requests are under way on each. */
  private readonly requests = new Map<Socket, number>();
  private patienceMs = PATIENCE_MS;
  private stopping = false;

  /** @param server before it listens */
  follow(server: Server, patienceMs = PATIENCE_MS): void {
    this.patienceMs = patienceMs;
    server.on('connection', (socket: Socket) => {
      // Nobody would answer it any more.
      if (this.stopping) return socket.destroy();
      this.requests.set(socket, 0);
      socket.once('close', () => this.requests.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.count(socket, 1);
      response.once('close', () => {
        if (this.count(socket, -1) === 0 && this.stopping) socket.destroySoon();
      });
    });
  }

  /** Ends those on which nothing is under way at once, the others with their answers, and all after a while. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const [socket, requests] of this.requests) if (requests === 0) socket.destroy();
    setTimeout(() => {
      for (const socket of this.requests.keys()) socket.destroy();
    }, this.patienceMs).unref();
  }

  /** @returns how many are under way on this one now; 0 where it is closed already */
  private count(socket: Socket, change: number): number {
    const before = this.requests.get(socket);
    if (before === undefined) return 0;
    this.requests.set(socket, before + change);
    return before + change;
  }
}

import { once } from 'node:events';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { toDomainError } from '../http/framework-errors.js';
import { toItemError } from '../http/problem.js';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Proxies and browsers drop a connection that is silent for long. */
const HEARTBEAT_MS = 15_000;

/** Answers with server-sent events, and ends every open stream when the service stops. */
@Injectable()
export class EventStream implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Events');
  private readonly open = new Set<AbortController>();

  beforeApplicationShutdown(): void {
    for (const stream of this.open) stream.abort();
  }

  /**
   * Sends what `source` yields until it ends, the client goes or the service stops. An error of the source is sent as
   * an `error` event, because the head of the answer is out already.
   *
   * @param source is given a signal that ends it
   */
  async send(reply: FastifyReply, source: (signal: AbortSignal) => AsyncIterable<StreamEvent>): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    const controller = new AbortController();
    this.open.add(controller);
    raw.on('close', () => controller.abort());
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    raw.writeHead(200, headers as Record<string, string>);
    raw.flushHeaders();
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
    try {
      for await (const event of source(controller.signal)) {
        if (controller.signal.aborted) break;
        if (!raw.write(format(event))) await once(raw, 'drain', { signal: controller.signal });
      }
      if (!controller.signal.aborted) raw.write(format({ event: 'end', data: {} }));
    } catch (thrown) {
      if (!controller.signal.aborted) {
        const error = toDomainError(thrown);
        this.logger.error(error);
        raw.write(format({ event: 'error', data: toItemError(error.serialise()) }));
      }
    } finally {
      clearInterval(heartbeat);
      this.open.delete(controller);
      raw.end();
    }
  }
}

function format({ event, data }: StreamEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

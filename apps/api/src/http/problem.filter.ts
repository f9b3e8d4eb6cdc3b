import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toDomainError } from './framework-errors.js';
import { toProblem } from './problem.js';

/**
 * The only place where errors become HTTP. A DomainError is told as it is; of anything else the caller learns no more
 * than the request id, and the log has the rest.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(thrown);
    const problem = toProblem(error, request.id);
    this.log(error, request);
    if (reply.sent || reply.raw.headersSent) return;
    if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
    if (problem.status === 503) void reply.header('Retry-After', '1');
    // The body of a refused upload may still be on its way; the connection cannot be used for a next request.
    if (!request.raw.complete) void reply.header('Connection', 'close');
    void reply
      .code(problem.status)
      .header('Content-Type', 'application/problem+json')
      .header('Cache-Control', 'no-store')
      .send(JSON.stringify(problem));
  }

  private log(error: DomainError, request: FastifyRequest): void {
    const where = { code: error.code, method: request.method, url: request.url };
    if (error.entry.status >= 500) {
      const cause = error.cause instanceof Error ? error.cause : error;
      this.logger.error({ ...where, err: cause, msg: error.message });
    } else {
      this.logger.debug({ ...where, fields: error.fields, msg: error.message });
    }
  }
}

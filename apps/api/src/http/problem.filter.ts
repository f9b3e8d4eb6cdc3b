import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toDomainError } from './framework-errors.js';
import { sendProblem } from './send-problem.js';

/**
 * Where errors become HTTP, but for what the router refuses (`answerRefusal`). A DomainError is told as it is; of
 * anything else the caller learns no more than the request id, and the log has the rest.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(thrown, request.headers['content-type']);
    this.log(error, request);
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(error, request, reply);
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

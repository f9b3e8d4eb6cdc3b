import type { DomainError } from '#libs/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem } from './problem.js';

/** Answers a request with an error, and the headers that belong to it. */
export function sendProblem(error: DomainError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request.id);
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

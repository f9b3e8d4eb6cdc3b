import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpMetrics } from '../metrics/http-metrics.js';
import type { AccessRules } from './access-rules.js';
import { toDomainError } from './framework-errors.js';
import { runInRequest } from './request-context.js';
import { sendProblem } from './send-problem.js';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** Asked for by machines every few seconds, or many at once by the page; logged only when debugging. */
const QUIET = /^\/(health|metrics|assets|docs)|\/thumbnail$/;

/** The caller's X-Request-Id where it is fit for a log, else a new one. */
export function requestIdOf(message: IncomingMessage): string {
  const given = message.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Where every request that has been answered is told of. */
export interface RequestRecords {
  readonly logger: LoggerService;
  readonly metrics: HttpMetrics;
}

/** What is done around every request, whoever handles it: id, access, headers, log line, metrics. */
export function addRequestHooks(
  fastify: FastifyInstance,
  { rules, ...records }: RequestRecords & { rules: AccessRules },
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    addHeaders(request, reply);
    runInRequest({ requestId: request.id }, () => {
      try {
        rules.check(request);
        done();
      } catch (error) {
        done(error as Error);
      }
    });
  });
  // Reading the body leaves the context of the first hook; what comes after it enters the context again.
  fastify.addHook('preValidation', (request, _reply, done) => runInRequest({ requestId: request.id }, done));
  fastify.addHook('onResponse', (request, reply, done) => {
    record(records, request, reply, request.routeOptions.url);
    done();
  });
}

/** Answers what the router refuses, and tells of it: no hook runs for that, and no filter. */
export function answerRefusal(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  records: RequestRecords,
): void {
  addHeaders(request, reply);
  reply.raw.once('finish', () => record(records, request, reply));
  sendProblem(toDomainError(error), request, reply);
}

/** @param route the pattern that the address matches; what matches none is counted together */
function record(
  { logger, metrics }: RequestRecords,
  request: FastifyRequest,
  reply: FastifyReply,
  route = 'unmatched',
): void {
  metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  logAccess(logger, request, reply);
}

/** Of every answer. */
function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({
    'X-Request-Id': request.id,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
}

function logAccess(logger: LoggerService, request: FastifyRequest, reply: FastifyReply): void {
  const url = request.url.split('?', 1)[0] ?? '';
  const fields = {
    requestId: request.id,
    msg: `${request.method} ${url} ${reply.statusCode}`,
    method: request.method,
    url: request.url,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
  };
  if (QUIET.test(url)) logger.debug?.(fields, 'Http');
  else logger.log(fields, 'Http');
}

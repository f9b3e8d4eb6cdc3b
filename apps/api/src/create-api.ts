import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { Settings } from '#libs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiModule } from './api.module.js';
import { AccessRules } from './http/access-rules.js';
import { allowLargeBodies } from './http/large-body.js';
import { OpenConnections } from './http/open-connections.js';
import { addRequestHooks, answerRefusal, requestIdOf } from './http/request-hooks.js';
import { PinoLogger } from './logging/pino-logger.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { openApiDocument } from './openapi/document.js';
import { serveWebPage } from './web-page.js';

const MIB = 1024 * 1024;
/** Of a body that is no form. */
const MAX_BODY = 8 * MIB;
/** Fields of a form beside its files. */
const MAX_FIELDS = 20;
/** Characters of a part of an address: what `keySchema` and `modelNameSchema`, the longest of them, allow. */
const MAX_PARAM = 200;

/**
 * The whole service behind HTTP, wired but neither started nor listening: `app.init()` starts it, `app.listen()` starts
 * it and listens, `app.close()` stops everything in order.
 *
 * @param logger defaults to one as the settings say
 */
export async function createApi(
  settings: Settings,
  logger = new PinoLogger(settings.log),
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: MAX_BODY,
    multipart: false,
    routerOptions: { maxParamLength: MAX_PARAM },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      answerRefusal(error, request, reply, { logger, metrics: app.get(HttpMetrics) });
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.over(settings), adapter, {
    logger,
    bodyParser: false, // Fastify's own JSON parser; it refuses what Nest's would let through.
    abortOnError: false,
    forceCloseConnections: false, // That would cut off answers, too.
  });
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  addRequestHooks(fastify, { rules: new AccessRules(settings.http), logger, metrics: app.get(HttpMetrics) });
  app.get(OpenConnections).follow(app.getHttpServer());
  const { maxFileBytes } = settings.limits;
  const { maxFilesPerRequest } = settings.http;
  allowLargeBodies(fastify, Math.max(MAX_BODY, maxFileBytes));
  await fastify.register(multipart, {
    throwFileSizeLimit: false, // A file that is too large fails alone.
    limits: {
      fileSize: maxFileBytes,
      files: maxFilesPerRequest,
      fields: MAX_FIELDS,
      parts: maxFilesPerRequest + MAX_FIELDS,
      fieldSize: 8 * MIB,
    },
  });
  await serveWebPage(fastify, logger);
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Likeness API',
  });
  return app;
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { LoggerService } from '@nestjs/common';
import { projectRoot } from '#libs/config';
import type { FastifyInstance } from 'fastify';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The docs page styles itself inline, and shows an embedded logo; its scripts are files. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/** Serves the built web page at `/`, and closes page and docs to what is not their own. */
export async function serveWebPage(fastify: FastifyInstance, logger: LoggerService): Promise<void> {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url?.startsWith('/docs')) void reply.header('Content-Security-Policy', DOCS_POLICY);
    done();
  });
  const root = path.join(projectRoot(), 'dist', 'web');
  if (!existsSync(path.join(root, 'index.html'))) {
    logger.warn('The web page is not built: run "npm run build".', 'Web');
    return;
  }
  await fastify.register(fastifyStatic, {
    root,
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply, file) => {
      // Vite names files under assets/ by their content.
      const forever = path.relative(root, file).startsWith('assets');
      void reply.headers({
        'Content-Security-Policy': PAGE_POLICY,
        'Cache-Control': forever ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
    },
  });
}

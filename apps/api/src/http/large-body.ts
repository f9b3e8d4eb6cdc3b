import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly largeBody?: boolean;
  }
}

/** Marks a handler that takes as JSON what is kept as a file: it may be as large as one. */
export const LargeBody = (): MethodDecorator => RouteConfig({ largeBody: true });

/** Lets bodies of marked handlers be that large; before the routes are added. @param limit in bytes */
export function allowLargeBodies(fastify: FastifyInstance, limit: number): void {
  fastify.addHook('onRoute', (route) => {
    if (route.config?.largeBody) route.bodyLimit = limit;
  });
}

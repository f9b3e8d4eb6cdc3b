// Writes docs/openapi.json from the controllers, or compares with `--check`. Starts neither database nor encoder: in
// Nest's preview mode nothing is instantiated.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONTROLLERS } from './controllers.js';
import { writeOrCheck } from './generated-file.js';
import { openApiDocument } from './openapi/document.js';

@Module({ controllers: CONTROLLERS })
class RoutesModule {}

const app = await NestFactory.create<NestFastifyApplication>(RoutesModule, new FastifyAdapter(), {
  preview: true,
  logger: false,
});
writeOrCheck('docs/openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`, 'openapi:write');

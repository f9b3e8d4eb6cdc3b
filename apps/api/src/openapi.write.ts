// Writes docs/openapi.json from the controllers, or compares with `--check`. Starts neither database nor encoder: in
// Nest's preview mode the wiring is read and nothing is made.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadSettings } from '#libs/config';
import { ApiModule } from './api.module.js';
import { writeOrCheck } from './generated-file.js';
import { openApiDocument } from './openapi/document.js';

const module = ApiModule.over(loadSettings({}));
const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
  preview: true,
  logger: ['error'],
});
writeOrCheck('docs/openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`, 'openapi:write');

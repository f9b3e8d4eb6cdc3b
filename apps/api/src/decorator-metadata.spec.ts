import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadSettings, Settings } from '#libs/config';
import { expect, test } from 'vitest';
import { UploadReader } from './images/upload-reader.js';

@Module({ providers: [{ provide: Settings, useValue: loadSettings({}) }, UploadReader] })
class WiredModule {}

test('a provider gets what its constructor names by type alone, so decorator metadata is emitted', async () => {
  const context = await NestFactory.createApplicationContext(WiredModule, { logger: false, abortOnError: false });
  expect(context.get(UploadReader)).toHaveProperty('settings', context.get(Settings));
  await context.close();
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadSettings, type SettingsSource } from '#libs/config';
import { createTestDatabase, drawScene, galleryCategories } from '#libs/testing';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApi, PinoLogger } from '../src/index.js';
import { ResponseContract } from './response-contract.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A whole service on a database and folder of its own, called without a socket; every answer is checked against OpenAPI. */
export class TestApi {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly folder: string,
    /** What it logged, line by line. */
    readonly log: readonly string[],
    private readonly contract: ResponseContract,
    private readonly release: () => Promise<void>,
  ) {}

  /** @param settings laid over those of a test */
  static async start(settings: SettingsSource = {}): Promise<TestApi> {
    const database = await createTestDatabase();
    const folder = await mkdtemp(path.join(tmpdir(), 'likeness-api-'));
    const lines: string[] = [];
    const loaded = loadSettings({
      DATABASE_URL: database.url,
      LIKENESS_DATA_DIR: path.join(folder, 'data'),
      LIKENESS_ENCODER_THREADS: '1',
      LIKENESS_LOG_LEVEL: 'debug',
      ...settings,
    });
    const logger = new PinoLogger({ ...loaded.log, format: 'json' }, { write: (line) => void lines.push(line) });
    const app = await createApi(loaded, logger);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const { body } = await app.inject({ url: '/docs/openapi.json' });
    return new TestApi(app, folder, lines, new ResponseContract(JSON.parse(body)), async () => {
      await app.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });
  }

  stop(): Promise<void> {
    return this.release();
  }

  /** Calls the service, and fails where the answer is not one the OpenAPI document promises. */
  async call(method: Method, url: string, options: InjectOptions = {}): Promise<LightMyRequestResponse> {
    const response = await this.app.inject({ ...options, method, url });
    this.contract.check(method, url, response);
    return response;
  }

  /** The same with a JSON body, answering the JSON of the answer. */
  async json<T = Record<string, unknown>>(
    method: Method,
    url: string,
    payload?: object,
  ): Promise<{ status: number; body: T }> {
    const response = await this.call(method, url, payload === undefined ? {} : { payload });
    return { status: response.statusCode, body: response.json<T>() };
  }

  /** The same with a form. */
  async form<T = Record<string, unknown>>(url: string, form: FormData): Promise<{ status: number; body: T }> {
    const encoded = new Response(form);
    const payload = Buffer.from(await encoded.arrayBuffer());
    const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
    const response = await this.call('POST', url, { payload, headers });
    return { status: response.statusCode, body: response.json<T>() };
  }
}

/** A form out of files by name, and further fields. */
export function formOf(
  files: readonly (readonly [string, Buffer])[],
  fields: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, bytes] of files) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  return form;
}

/** A small picture; another seed of the same kind gives another picture of the same sort of thing. */
export function scene(seed: number, kind = 0): Promise<Buffer> {
  const category = galleryCategories[kind];
  if (category === undefined) throw new Error(`there are ${galleryCategories.length} kinds of scenes`);
  return drawScene(category, seed, { width: 160, height: 120 });
}

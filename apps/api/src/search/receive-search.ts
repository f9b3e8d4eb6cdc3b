import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { DomainError, parseRequest } from '#libs/errors';
import type { ExampleQuery, SimilarOptions } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { tooLarge, type UploadedFile, type UploadedForm, UploadReader } from '../images/upload-reader.js';
import { type ReadFile, toExampleQuery } from './examples.dto.js';
import { searchBodySchema, similarQuerySchema, toSimilarOptions } from './search.dto.js';

export interface ReceivedSearch {
  readonly query: ExampleQuery;
  readonly options: SimilarOptions;
  /** Set where one stored image alone was asked about. */
  readonly queryId?: number;
  /** Whether results are to be explained. */
  readonly explain: boolean;
}

/** Takes the body of a search apart, whether it is JSON or a form. */
@Injectable()
export class ReceiveSearch {
  constructor(
    private readonly uploads: UploadReader,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError `invalid_request`, `payload_too_large`, `image_too_large` */
  async receive(request: FastifyRequest): Promise<ReceivedSearch> {
    if (!request.isMultipart()) return this.fromJson(request.body, 'body', noPart);
    return this.uploads.withForm(request, ['query'], async (form) => {
      if (!form.fields.has('query')) return this.fromOneFile(form);
      mustBeAlone(form);
      return this.fromJson(form.fields.get('query'), 'field query', (part, path) => this.part(form.files, part, path));
    });
  }

  /** A search of a batch, which is JSON alone. @throws DomainError `invalid_request` */
  json(search: unknown): Promise<ReceivedSearch> {
    return this.fromJson(search, 'search', noPart);
  }

  private async fromJson(
    value: unknown,
    what: string,
    read: (part: string, path: string) => Promise<ReadFile>,
  ): Promise<ReceivedSearch> {
    const body = parseRequest(searchBodySchema, value, what);
    const query = await toExampleQuery(body, read);
    const options = toSimilarOptions(body);
    return { query, options, explain: body.explain ?? false, ...(body.id !== undefined && { queryId: body.id }) };
  }

  /** The short form: one file, options as fields. */
  private async fromOneFile({ files, fields }: UploadedForm): Promise<ReceivedSearch> {
    const options = toSimilarOptions(parseRequest(similarQuerySchema, Object.fromEntries(fields), 'form'));
    const [file] = files;
    if (!file || files.length > 1) throw misfit('file', 'exactly one file part', String(files.length));
    return { query: { positives: [{ kind: 'upload', ...(await this.read(file, 'file')) }] }, options, explain: false };
  }

  private part(files: readonly UploadedFile[], part: string, path: string): Promise<ReadFile> {
    const file = files.find(({ field }) => field === part);
    if (file) return this.read(file, path);
    throw misfit(path, 'the name of a file part of this form', JSON.stringify(part));
  }

  private async read(file: UploadedFile, path: string): Promise<ReadFile> {
    if (file.tooLarge) throw tooLarge(file, this.settings.limits.maxFileBytes, path);
    return { bytes: await file.read(), name: file.name };
  }
}

const noPart = (part: string, path: string): Promise<ReadFile> =>
  Promise.reject(misfit(path, 'a form with that part instead of JSON', JSON.stringify(part)));

function mustBeAlone({ fields }: UploadedForm): void {
  const other = [...fields.keys()].find((name) => name !== 'query');
  if (other === undefined) return;
  const expected = 'no such field beside query, which holds all options';
  throw new DomainError('invalid_request', `There is no field ${other} beside query, which holds all options.`, {
    fields: [{ path: other, expected, received: 'one' }],
  });
}

function misfit(path: string, expected: string, received: string): DomainError {
  return new DomainError('invalid_request', `Expected ${expected} for ${path} but received ${received}.`, {
    fields: [{ path, expected, received }],
  });
}

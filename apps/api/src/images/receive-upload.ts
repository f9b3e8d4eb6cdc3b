import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { DomainError, parseRequest } from '#libs/errors';
import { IngestImages, IngestUrls, type IngestItem, type IngestOutcome } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { collectionNameSchema } from '../http/schemas.js';
import { boundedGroups } from './bounded-groups.js';
import { imagesByUrlSchema, parseUploadItems, type UploadItem, type UploadQuery } from './image.dto.js';
import { tooLarge, type UploadedFile, type UploadedForm, UploadReader } from './upload-reader.js';

interface NamedFile {
  readonly file: UploadedFile;
  readonly item: UploadItem;
}

/** Takes a form of images apart and stores them, a bounded group at a time; or fetches those that JSON names. */
@Injectable()
export class ReceiveUpload {
  constructor(
    private readonly uploads: UploadReader,
    private readonly ingest: IngestImages,
    private readonly byUrl: IngestUrls,
    private readonly settings: Settings,
  ) {}

  /** @returns one outcome for each file, in the order they were sent; a bad file fails alone */
  receive(request: FastifyRequest, query: UploadQuery): Promise<IngestOutcome[]> {
    if (request.headers['content-type']?.startsWith('application/json') === true) {
      const { items, collection = query.collection } = parseRequest(imagesByUrlSchema, request.body, 'body');
      return this.byUrl.ingest(items, { ...(collection !== undefined && { collection }), wait: query.wait });
    }
    return this.uploads.withForm(request, ['items'], async (form) => {
      const files = describe(form);
      const inForm = form.fields.get('collection');
      const collection =
        inForm === undefined ? query.collection : parseRequest(collectionNameSchema, inForm, 'field collection');
      const outcomes: IngestOutcome[] = [];
      for (const group of boundedGroups(files, ({ file }) => file.size))
        outcomes.push(...(await this.store(group, collection, query.wait)));
      return outcomes;
    });
  }

  private async store(
    group: readonly NamedFile[],
    collection: string | undefined,
    wait: UploadQuery['wait'],
  ): Promise<IngestOutcome[]> {
    const whole = group.filter(({ file }) => !file.tooLarge);
    const items = await Promise.all(
      whole.map(async ({ file, item }): Promise<IngestItem> => ({
        name: file.name,
        bytes: await file.read(),
        ...item,
      })),
    );
    const stored =
      items.length > 0
        ? await this.ingest.ingest(items, { ...(collection !== undefined && { collection }), wait })
        : [];
    const inOrder = stored.values();
    return group.map(({ file }) => {
      if (file.tooLarge) {
        const error = tooLarge(file, this.settings.limits.maxFileBytes).serialise();
        return { name: file.name, status: 'failed', error };
      }
      const next = inOrder.next();
      if (next.done) throw new Error(`the ingest answered ${stored.length} outcomes for ${items.length} files`);
      return next.value;
    });
  }
}

/** Puts to each file what the form's `items` says of it. */
function describe({ files, fields }: UploadedForm): NamedFile[] {
  if (files.length === 0) throw misfit('files', 'at least one file part', 'none');
  if (!fields.has('items')) return files.map((file) => ({ file, item: {} }));
  const items = parseUploadItems(fields.get('items'));
  if (!Array.isArray(items)) {
    const unknown = Object.keys(items).find((name) => !files.some((file) => file.name === name));
    if (unknown !== undefined)
      throw misfit(`items.${unknown}`, 'the name of a file in this form', JSON.stringify(unknown));
    return files.map((file) => ({ file, item: items[file.name] ?? {} }));
  }
  if (items.length !== files.length)
    throw misfit('items', `one entry for each of the ${files.length} files`, `${items.length} entries`);
  return files.map((file, index) => ({ file, item: items[index] ?? {} }));
}

function misfit(path: string, expected: string, received: string): DomainError {
  return new DomainError('invalid_request', `Expected ${expected} for ${path} but received ${received}.`, {
    fields: [{ path, expected, received }],
  });
}

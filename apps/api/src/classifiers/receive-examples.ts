import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { LabelImages, type LabelReport } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { tooLarge, UploadReader } from '../images/upload-reader.js';
import type { ExamplesQuery } from './label.dto.js';

/** Takes forms with images that are looked at but do not go into the catalogue. */
@Injectable()
export class ReceiveExamples {
  constructor(
    private readonly uploads: UploadReader,
    private readonly labels: LabelImages,
    private readonly settings: Settings,
  ) {}

  /** A form with exactly one file; other fields as they came. */
  withOne<T>(
    request: FastifyRequest,
    use: (bytes: Buffer, fields: Readonly<Record<string, unknown>>) => Promise<T>,
  ): Promise<T> {
    return this.uploads.withForm(request, [], async ({ files, fields }) => {
      const [file] = files;
      if (!file || files.length > 1) throw misfit('file', 'exactly one file part', String(files.length));
      if (file.tooLarge) throw tooLarge(file, this.settings.limits.maxFileBytes);
      return use(await file.read(), Object.fromEntries(fields));
    });
  }

  /** Labels every file of a form; a bad one fails alone. */
  label(request: FastifyRequest, classifier: string, { category, value, origin }: ExamplesQuery): Promise<LabelReport> {
    return this.uploads.withForm(request, [], async ({ files }) => {
      if (files.length === 0) throw misfit('files', 'at least one file part', 'none');
      const large = files.find((file) => file.tooLarge);
      if (large) throw tooLarge(large, this.settings.limits.maxFileBytes);
      const images = await Promise.all(
        files.map(async (file) => ({ name: file.name, bytes: await file.read(), category, value })),
      );
      return this.labels.labelOwn(classifier, images, origin);
    });
  }
}

function misfit(path: string, expected: string, received: string): DomainError {
  return new DomainError('invalid_request', `Expected ${expected} but received ${received}.`, {
    fields: [{ path, expected, received }],
  });
}

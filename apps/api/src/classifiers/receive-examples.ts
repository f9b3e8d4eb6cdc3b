import { Injectable } from '@nestjs/common';
import type { LabelOutcome } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { LabelImages, type LabelReport } from '#libs/search';
import type { FastifyRequest } from 'fastify';
import { boundedGroups } from '../images/bounded-groups.js';
import { tooLarge, type UploadedFile, UploadReader } from '../images/upload-reader.js';
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

  /** Labels every file of a form, a bounded group at a time; a bad one fails alone. */
  label(request: FastifyRequest, classifier: string, query: ExamplesQuery): Promise<LabelReport> {
    return this.uploads.withForm(request, [], async ({ files }) => {
      const outcomes: LabelOutcome[] = [];
      let latest: LabelReport | undefined;
      for (const group of boundedGroups(files, ({ size }) => size)) {
        latest = await this.labelGroup(group, classifier, query);
        outcomes.push(...latest.outcomes);
      }
      if (!latest) throw misfit('files', 'at least one file part', 'none');
      return { ...latest, outcomes };
    });
  }

  private async labelGroup(
    files: readonly UploadedFile[],
    classifier: string,
    { category, value, origin }: ExamplesQuery,
  ): Promise<LabelReport> {
    const whole = files.filter((file) => !file.tooLarge);
    const images = await Promise.all(
      whole.map(async (file) => ({ name: file.name, bytes: await file.read(), category, value })),
    );
    const report = await this.labels.labelOwn(classifier, images, origin);
    const inOrder = report.outcomes.values();
    const outcomes = files.map((file): LabelOutcome => {
      if (file.tooLarge) {
        return { status: 'failed', error: tooLarge(file, this.settings.limits.maxFileBytes).serialise() };
      }
      const next = inOrder.next();
      if (next.done)
        throw new Error(`labelling answered ${report.outcomes.length} outcomes for ${images.length} files`);
      return next.value;
    });
    return { ...report, outcomes };
  }
}

function misfit(path: string, expected: string, received: string): DomainError {
  return new DomainError('invalid_request', `Expected ${expected} but received ${received}.`, {
    fields: [{ path, expected, received }],
  });
}

import type { BusboyFileStream } from '@fastify/busboy';
import type { Multipart } from '@fastify/multipart';
import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { madeStorable } from '#libs/catalogue';
import { DomainError, formatBytes } from '#libs/errors';
import type { FastifyRequest } from 'fastify';
import { MemoryBudget } from './memory-budget.js';
import { type SpooledFile, UploadSpool } from './upload-spool.js';

const MEMORY = 256 * 1024 * 1024;
const MAX_NAME = 255;
/** What the parser of forms takes; RFC 2046 allows 70. */
const MAX_BOUNDARY = 252;

/** One file of a form. */
export interface UploadedFile extends SpooledFile {
  /** Name of its part in the form. */
  readonly field: string;
  readonly name: string;
  /** Longer than the limit: its bytes are not all there. */
  readonly tooLarge: boolean;
}

/** A multipart form: files in order, and the other fields as they came (text, or what a JSON part holds). */
export interface UploadedForm {
  readonly files: readonly UploadedFile[];
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Reads multipart forms as they stream in, with the limits of the settings. */
@Injectable()
export class UploadReader {
  private readonly budget = new MemoryBudget(MEMORY);

  constructor(private readonly settings: Settings) {}

  /**
   * Reads the whole form, hands it to `use`, and forgets the files afterwards.
   *
   * @param structured names of fields that hold JSON; such a field may also come as a file part
   * @throws DomainError `unsupported_media_type`, `payload_too_large`, `invalid_request`
   */
  async withForm<T>(
    request: FastifyRequest,
    structured: readonly string[],
    use: (form: UploadedForm) => Promise<T>,
  ): Promise<T> {
    if (!request.isMultipart()) {
      throw new DomainError('unsupported_media_type', 'Expected a body of type multipart/form-data.');
    }
    const spool = new UploadSpool(this.budget);
    try {
      return await use(await this.read(request, spool, new Set(structured)));
    } finally {
      await spool.dispose();
    }
  }

  private async read(
    request: FastifyRequest,
    spool: UploadSpool,
    structured: ReadonlySet<string>,
  ): Promise<UploadedForm> {
    const files: UploadedFile[] = [];
    const fields = new Map<string, unknown>();
    for await (const part of partsOf(request)) {
      if (part.type === 'file' && !structured.has(part.fieldname)) {
        const name = madeStorable(part.filename?.slice(0, MAX_NAME) ?? '') || `file-${files.length + 1}`;
        files.push(await this.keep(part.fieldname, name, part.file, spool));
      } else if (part.type === 'file') {
        const text = (await wholePart(part.toBuffer())).toString('utf8');
        fields.set(part.fieldname, parseJson(part.fieldname, text));
      } else {
        if (part.valueTruncated) throw new DomainError('payload_too_large', `The field ${part.fieldname} is too long.`);
        const parse = structured.has(part.fieldname) && typeof part.value === 'string';
        fields.set(part.fieldname, parse ? parseJson(part.fieldname, String(part.value)) : part.value);
      }
    }
    return { files, fields };
  }

  private async keep(field: string, name: string, stream: BusboyFileStream, spool: UploadSpool): Promise<UploadedFile> {
    const kept = await wholePart(spool.keep(stream));
    return { ...kept, field, name, tooLarge: stream.truncated || kept.size > this.settings.limits.maxFileBytes };
  }
}

/** The parts of a form in order. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<Multipart> {
  try {
    yield* request.parts();
  } catch (error) {
    // What the parser says of a body that is no form is a bare Error; what has a status or a code is something else.
    const isBare = error instanceof Error && !('statusCode' in error || 'code' in error);
    // A limit is met in the middle of the body.
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 413) await passOver(request);
    throw isBare ? malformed(error) : error;
  }
}

/**
 * Reads what is left of the body and forgets it. Whoever still sends when the connection is closed may never see the
 * answer, and learn of a broken connection alone.
 */
async function passOver({ raw }: FastifyRequest): Promise<void> {
  raw.unpipe();
  if (raw.readableEnded || raw.destroyed) return;
  await new Promise<void>((resolve) => {
    raw.once('end', resolve).once('close', resolve).resume();
  });
}

/** The bytes of a part. Where the body ends in the middle of it, reading the part is what fails. */
async function wholePart<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const isCut = error instanceof Error && /unexpected end of multipart data$/i.test(error.message);
    throw isCut ? malformed(error) : error;
  }
}

/** @param cause what the parser says; of a boundary that is too long it speaks in terms of its own search */
function malformed(cause: Error): DomainError {
  const received = cause.message.includes('needle')
    ? `a boundary of more than ${MAX_BOUNDARY} characters`
    : cause.message;
  return new DomainError('invalid_request', `The form cannot be read: ${received}.`, {
    cause,
    fields: [{ path: 'body', expected: 'a well-formed body', received }],
  });
}

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError('invalid_request', `The field ${field} is not JSON.`, {
      fields: [{ path: field, expected: 'JSON', received: JSON.stringify(text.slice(0, 60)) }],
    });
  }
}

/** The error of a file that was cut off at the limit. @param path of the field that names it, where one does */
export function tooLarge(file: UploadedFile, limit: number, path?: string): DomainError {
  const most = formatBytes(limit);
  return new DomainError('image_too_large', `${file.name} has more than the ${most} that are allowed.`, {
    ...(path !== undefined && { fields: [{ path, expected: `at most ${most}`, received: 'more' }] }),
  });
}

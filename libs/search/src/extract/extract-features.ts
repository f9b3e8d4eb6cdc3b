import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LimitSettings } from '#libs/config';
import { findTap, type Encoder } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import type { ImageDecoder } from '#libs/imaging';
import { isFaultOfImage } from '../service/whose-fault.js';
import { ByteBudget } from '../memory/byte-budget.js';
import { MOST_HELD_BYTES } from '../memory/most-held.js';
import { mustEncode } from '../spaces/must-encode.js';
import { writerFor } from './feature-writers.js';
import { listPictures, type LeftOut } from './list-pictures.js';
import { type FeatureSource, PartialFeatures } from './partial-features.js';

/** Pictures being decoded or waiting for their batch. */
const IN_FLIGHT = 64;

export interface ExtractionOrder {
  /** Absolute path of the folder. */
  readonly root: string;
  /** Absolute path of the file to write; its ending names the format. */
  readonly out: string;
  readonly tap: string;
}

export interface ExtractionProgress {
  readonly total: number;
  /** With those that are left out, and those that an earlier run computed. */
  readonly done: number;
  readonly leftOut: number;
}

export interface ExtractionReport {
  readonly out: string;
  /** File with the path of each row. */
  readonly ids: string;
  readonly rows: number;
  readonly dimension: number;
  /** Rows that an interrupted run had computed. */
  readonly resumed: number;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Vectors of all pictures below a folder, in one file: no service, no database. Rows are sorted by path and hold what the
 * network gives, not normalised. Both files appear at the end, whole; an interrupted run is taken up where it stopped.
 */
export class ExtractFeatures {
  private readonly budget: ByteBudget;

  constructor(
    private readonly encoder: Encoder,
    private readonly decoder: ImageDecoder,
    private readonly limits: LimitSettings,
    mostBytes = MOST_HELD_BYTES,
  ) {
    this.budget = new ByteBudget(mostBytes);
  }

  /**
   * @throws DomainError `tap_not_found`, `invalid_usage`, `import_source_unreadable`, `output_unwritable`, `encoder_failed`;
   *   the reason of `signal` once it is aborted
   */
  async extract(
    { root, out, tap }: ExtractionOrder,
    signal: AbortSignal,
    listener: (progress: ExtractionProgress) => void = () => undefined,
  ): Promise<ExtractionReport> {
    const write = writerFor(out);
    const { info } = this.encoder;
    const { dimension } = requireTap(this.encoder, tap);
    const ids = idsFileOf(out);
    const temporary = { out: `${out}.tmp`, ids: `${ids}.tmp` };
    const own = new Set([out, ids, ...Object.values(temporary), ...Object.values(PartialFeatures.filesOf(out))]);
    const listed = await listPictures(root, this.limits, own);
    const partial = await PartialFeatures.open(out, { root, fingerprint: info.fingerprint, tap, dimension });
    try {
      const missing = listed.pictures.filter((picture) => !partial.has(picture));
      const resumed = listed.pictures.length - missing.length;
      const leftOut = [...listed.leftOut];
      const total = listed.pictures.length + listed.leftOut.length;
      let done = total - missing.length;
      listener({ total, done, leftOut: leftOut.length });
      const queue = missing.values();
      const work = async (): Promise<void> => {
        for (const picture of queue) {
          signal.throwIfAborted();
          const problem = await this.add(root, picture, tap, partial);
          if (problem) leftOut.push(problem);
          done += 1;
          listener({ total, done, leftOut: leftOut.length });
        }
      };
      const ended = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, work));
      const broken = ended.find((one) => one.status === 'rejected');
      if (broken) throw broken.reason;

      const without = new Set(leftOut.map(({ id }) => id));
      const kept = listed.pictures.map(({ id }) => id).filter((id) => !without.has(id));
      const unencoded = leftOut.find(({ code }) => code === 'encoder_failed');
      if (unencoded && kept.length === 0) throw new DomainError('encoder_failed', unencoded.detail);
      await write(temporary.out, partial.rows(kept));
      await writeFile(temporary.ids, kept.map((id) => `${id}\n`).join(''));
      await rename(temporary.ids, ids);
      await rename(temporary.out, out);
      await partial.close();
      await partial.remove();
      leftOut.sort((a, b) => (a.id < b.id ? -1 : 1));
      return { out, ids, rows: kept.length, dimension, resumed, leftOut };
    } catch (error) {
      await partial.close().catch(() => undefined);
      await Promise.all(Object.values(temporary).map((file) => rm(file, { force: true })));
      throw error;
    }
  }

  /** @returns why the picture is left out; undefined where its row is kept */
  private async add(
    root: string,
    picture: FeatureSource,
    tap: string,
    partial: PartialFeatures,
  ): Promise<LeftOut | undefined> {
    const { id } = picture;
    try {
      const pixels = await this.budget.within(picture.size, async () =>
        this.decoder.view(await readPicture(path.join(root, id)), this.encoder.info.view),
      );
      const vectors = await this.encoder.encode(pixels, [tap]);
      await partial.keep(picture, vectors[tap] as Float32Array);
      return undefined;
    } catch (error) {
      // Only what is wrong with this one file is left out; what is wrong with the encoder or the disk ends the run.
      if (!(error instanceof DomainError && isFaultOfImage(error))) throw error;
      if (error.code === 'encoder_failed') await mustEncode(this.encoder, [tap]);
      return { id, code: error.code, detail: error.message };
    }
  }
}

/** `features.ids.txt` beside `features.npy`. */
function idsFileOf(out: string): string {
  return path.join(path.dirname(out), `${path.basename(out, path.extname(out))}.ids.txt`);
}

async function readPicture(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new DomainError('import_file_unreadable', (error as Error).message, { cause: error });
  }
}

/** @throws DomainError `tap_not_found` naming those the encoder has */
export function requireTap({ info }: Encoder, name: string): { readonly name: string; readonly dimension: number } {
  const tap = findTap(info, name);
  if (tap) return tap;
  const names = info.taps.map((one) => one.name).join(', ');
  throw new DomainError('tap_not_found', `The encoder ${info.name} has no tap "${name}". It has: ${names}.`);
}

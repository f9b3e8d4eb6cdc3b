import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { loadSettings, type SettingsSource } from '#libs/config';
import { loadEncoder, type Encoder } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { SharpImageDecoder, type ImageDecoder, type RgbPixels } from '#libs/imaging';
import { evenly, shuffled } from '../lib/sampling.js';
import { assertSameThumbnail, decodeIntermediate, makeThumbnail, type Intermediate } from './thumbnail-alone.js';

export const STAGES = ['decode', 'thumbnail', 'decode and thumbnail', 'encode'] as const;
export type StageName = (typeof STAGES)[number];

export interface StageSpeed {
  readonly imagesPerSecond: number;
  /** Of all threads of the process. */
  readonly cpuMsPerImage: number;
}

export type AllSpeeds = Readonly<Record<StageName, StageSpeed>>;

/** Of two times as long as each other: a shared machine changes while a round lasts. */
export function meanSpeeds(before: AllSpeeds, after: AllSpeeds): AllSpeeds {
  const mean = (a: StageSpeed, b: StageSpeed): StageSpeed => {
    const images = a.imagesPerSecond + b.imagesPerSecond;
    const cpuMs = a.cpuMsPerImage * a.imagesPerSecond + b.cpuMsPerImage * b.imagesPerSecond;
    return { imagesPerSecond: images / 2, cpuMsPerImage: cpuMs / images };
  };
  const speeds = {} as Record<StageName, StageSpeed>;
  for (const stage of STAGES) speeds[stage] = mean(before[stage], after[stage]);
  return speeds;
}

interface Photo {
  readonly bytes: Buffer;
  readonly pixels: RgbPixels;
}

/** As many as an import keeps in flight (libs/search, `PrepareImage`). */
const IN_FLIGHT = 8 + 4 * availableParallelism();
/** Photos that the parts by themselves work on, one after the other: decoded ones take much memory, so many stand for all. */
const PHOTOS = 1000;
const INTERMEDIATES = 300;
const SEED = 1;

/**
 * Photos that stand for all `files`, which are in the order of their folders: at even distances. A stage does not always come to
 * the last one, so they are shuffled: those it does come to stand for all, too.
 */
export function standingFor(files: readonly string[], count: number): string[] {
  return shuffled(evenly(files, count), SEED);
}

/** The parts of ingest, each by itself with all cores, through the adapters that an import uses. */
export class Stages {
  private decoder?: ImageDecoder;
  private encoder?: Encoder;
  private tap = '';
  private photos: readonly Photo[] = [];
  private intermediates: readonly Intermediate[] = [];

  /** @returns the files that can be imported, and for each other one the reason why not */
  async load(
    files: readonly string[],
    source: SettingsSource,
  ): Promise<{ usable: string[]; refused: { file: string; reason: string }[] }> {
    const settings = loadSettings(source);
    this.decoder = new SharpImageDecoder(settings.limits);
    this.encoder = await loadEncoder({ ...settings.encoder, dataDir: settings.data.dir });
    this.tap = settings.encoder.tap;
    const { view } = this.encoder.info;
    const [standing, cut] = [standingFor(files, PHOTOS), standingFor(files, INTERMEDIATES)];
    const photos = new Map(standing.map((file) => [file, null as Photo | null]));
    const intermediates = new Map(cut.map((file) => [file, null as Intermediate | null]));
    const usable: string[] = [];
    const refused: { file: string; reason: string }[] = [];
    for (const file of files) {
      try {
        const bytes = await readFile(file);
        const prepared = await this.decoder.prepare(bytes, view);
        usable.push(file);
        if (photos.has(file)) photos.set(file, { bytes, pixels: prepared.pixels });
        if (!intermediates.has(file)) continue;
        const sides = { view: view.resize.to, thumbnail: settings.limits.thumbnailSize };
        const intermediate = await decodeIntermediate(bytes, prepared.facts, sides);
        await assertSameThumbnail(intermediate, prepared);
        intermediates.set(file, intermediate);
      } catch (error) {
        const problem = DomainError.from(error);
        if (!problem.code.startsWith('image_')) throw problem;
        refused.push({ file, reason: problem.message });
      }
    }
    // In the order of those that stand for all; those that are no pictures are missing.
    this.photos = [...photos.values()].filter((one) => one !== null);
    this.intermediates = [...intermediates.values()].filter((one) => one !== null);
    return { usable, refused };
  }

  /** Works on one photo after the other, again and again, for `seconds`. */
  async measure(stage: StageName, seconds: number): Promise<StageSpeed> {
    const { decoder, encoder, tap } = this;
    if (!decoder || !encoder) throw new Error('load() comes first');
    const { view } = encoder.info;
    switch (stage) {
      case 'decode':
        return speed(this.photos, seconds, ({ bytes }) => decoder.view(bytes, view));
      case 'thumbnail':
        return speed(this.intermediates, seconds, makeThumbnail);
      case 'decode and thumbnail':
        return speed(this.photos, seconds, ({ bytes }) => decoder.prepare(bytes, view));
      case 'encode':
        return speed(this.photos, seconds, ({ pixels }) => encoder.encode(pixels, [tap]));
    }
  }

  async stop(): Promise<void> {
    await this.encoder?.close();
  }
}

async function speed<T>(
  items: readonly T[],
  seconds: number,
  work: (item: T) => Promise<unknown>,
): Promise<StageSpeed> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const end = began + 1000 * seconds;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) await work(items[next++ % items.length] as T);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return {
    imagesPerSecond: (1000 * next) / (performance.now() - began),
    cpuMsPerImage: (user + system) / 1000 / next,
  };
}

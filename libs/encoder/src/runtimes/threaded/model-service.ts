import { DomainError } from '#libs/errors';
import { Moved } from '#libs/threads';
import { type CellVectors, cellVectors, type LinearMap, unavailable } from '../../cells.js';
import type { EncoderInfo } from '../../encoder.js';
import type { EncoderManifest } from '../../manifest.js';
import { PixelTensor } from './pixel-tensor.js';
import { type OutputTensor, readMap, readTap } from './tap-reader.js';

/** Vectors of a batch: for each tap, in the order they were asked for, those of all pictures one after the other. */
export type BatchVectors = Float32Array<ArrayBuffer>[];

/** What a runtime says of itself once it has opened a model. */
export type Execution = Pick<EncoderInfo, 'device' | 'engine'>;

/** The output tensors of one run, by name; valid only while they are being read. */
export type Outputs = ReadonlyMap<string, OutputTensor>;

/**
 * Runs a model; lives in a worker thread. What every runtime has in common: bytes become a tensor, taps are read out of
 * the outputs, and whatever is not a finite number is refused. A batch that arrives while another is computed waits
 * for it.
 */
export abstract class ModelService {
  /** Kept between runs. Safe because runs never overlap. */
  private readonly tensor: PixelTensor;
  /** Settles when the run under way, if any, and all that wait for it have ended. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(protected readonly manifest: EncoderManifest) {
    this.tensor = new PixelTensor(manifest.input, manifest.input.view.size);
  }

  /**
   * Opens the model and checks it against its manifest: names, shapes, and that all taps of a synthetic picture are
   * finite numbers. Must be called first.
   *
   * @throws DomainError `encoder_invalid`, `device_unavailable`
   */
  async load(): Promise<Execution> {
    const execution = await this.open();
    await this.selfCheck();
    return execution;
  }

  /**
   * @param pixels interleaved RGB bytes of all pictures, one after the other, each of the manifest's view; left alone by the
   *   caller until the answer
   * @param taps names of the manifest's taps
   * @throws DomainError `encoder_failed` for the whole batch; `device_unavailable` where the model fails for any picture by now
   */
  async encode(pixels: Uint8Array, taps: readonly string[]): Promise<Moved<BatchVectors>> {
    const vectors = await this.inTurn(async () => {
      try {
        return await this.finite(pixels, taps);
      } catch (error) {
        // Asked before anything else is, so that no picture is blamed for a model that has broken down.
        await this.mustWork();
        throw DomainError.from(error, 'encoder_failed');
      }
    });
    return new Moved(
      vectors,
      vectors.map(({ buffer }) => buffer),
    );
  }

  /**
   * One picture's vector at a tap, taken apart by place.
   *
   * @throws DomainError `explanation_unavailable`, `encoder_failed`
   */
  async cells(pixels: Uint8Array, tap: string): Promise<Moved<CellVectors>> {
    const { taps, featureMap, input } = this.manifest;
    const known = taps[tap];
    // The tap's own tensor where it is a feature map that is averaged, else the last one before the pooling.
    const pooledHere = known?.pooling === 'mean';
    const source = pooledHere ? known : featureMap;
    if (!known || !source) throw unavailable();
    const linear = pooledHere ? undefined : await this.linear(known.tensor);
    const tensors = [...new Set([known.tensor, source.tensor])];
    const cells = await this.inTurn(() =>
      this.infer(...this.fill(pixels, 1), tensors, (outputs) => {
        const [output, map] = [outputs.get(known.tensor), outputs.get(source.tensor)];
        const reader = map && readMap(map, source.layout ?? input.layout);
        if (!reader || !output) throw unavailable();
        return cellVectors(reader, linear, readTap(tap, known, output, 1, input.layout));
      }),
    );
    return new Moved(cells, [cells.data.buffer]);
  }

  /** The linear layer that ends in this tensor; undefined where none does or the runtime cannot tell. */
  protected linear(_tensor: string): Promise<LinearMap | undefined> {
    return Promise.resolve(undefined);
  }

  /** Gives the model's memory back. */
  abstract release(): Promise<void>;

  /**
   * Loads the model and checks that it has the tensors the manifest names.
   *
   * @throws DomainError `encoder_invalid`, `device_unavailable`
   */
  protected abstract open(): Promise<Execution>;

  /**
   * Runs the network once.
   *
   * @param input as many numbers as `shape` says; may be overwritten after the run
   * @param tensors names of the outputs wanted
   * @param read takes what it needs out of the outputs, which are given back afterwards
   */
  protected abstract infer<T>(
    input: Float32Array,
    shape: readonly number[],
    tensors: readonly string[],
    read: (outputs: Outputs) => T,
  ): Promise<T>;

  protected async run(pixels: Uint8Array, taps: readonly string[]): Promise<BatchVectors> {
    const { input, taps: known } = this.manifest;
    const count = pixels.length / (3 * input.view.size ** 2);
    const wanted = taps.flatMap((name) => {
      const tap = known[name];
      return tap ? [{ name, tap }] : [];
    });
    const tensors = [...new Set(wanted.map(({ tap }) => tap.tensor))];
    return this.infer(...this.fill(pixels, count), tensors, (outputs) =>
      wanted.map(({ name, tap }) => {
        const output = outputs.get(tap.tensor);
        if (!output) throw new DomainError('encoder_failed', `The model did not answer with the tensor ${tap.tensor}.`);
        return readTap(name, tap, output, count, input.layout);
      }),
    );
  }

  /** The input tensor of a run and its shape. */
  private fill(pixels: Uint8Array, count: number): [filled: Float32Array, shape: readonly number[]] {
    const { input } = this.manifest;
    const { size } = input.view;
    const shape = input.layout === 'nchw' ? [count, 3, size, size] : [count, size, size, 3];
    return [this.tensor.fill(pixels), shape];
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async finite(pixels: Uint8Array, taps: readonly string[]): Promise<BatchVectors> {
    const vectors = await this.run(pixels, taps);
    if (vectors.every(isFinite)) return vectors;
    throw new DomainError('encoder_failed', 'The encoder gave numbers that are not finite.');
  }

  private async mustWork(): Promise<void> {
    try {
      await this.selfCheck();
    } catch (error) {
      throw new DomainError('device_unavailable', DomainError.from(error).message, { cause: error });
    }
  }

  private async selfCheck(): Promise<void> {
    const { input, taps } = this.manifest;
    const names = Object.keys(taps);
    const picture = Uint8Array.from({ length: 3 * input.view.size ** 2 }, (_, i) => (i * 31 + (i >> 7) * 17) & 255);
    let vectors: BatchVectors;
    try {
      vectors = await this.run(picture, names);
    } catch (error) {
      throw DomainError.from(error, 'encoder_invalid');
    }
    const fields = names
      .filter((_, tap) => !isFinite(vectors[tap] ?? []))
      .map((name) => ({ path: `taps.${name}`, expected: 'finite numbers', received: 'infinite ones or NaN' }));
    if (fields.length > 0) {
      throw new DomainError('encoder_invalid', 'The encoder gives numbers that are not finite.', { fields });
    }
  }
}

function isFinite(vector: ArrayLike<number>): boolean {
  for (let i = 0; i < vector.length; i++) if (!Number.isFinite(vector[i])) return false;
  return true;
}

import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { type BundleEntry, decodeTensorflow } from './saved-model-schema.js';
import { type FixedTensor, fromBytes, sizesOf } from './tensor-values.js';

const FOOTER = 48;
/** Little-endian 0xdb4775248b80fb57, at the end of every table. */
const MAGIC = Buffer.from([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);

/**
 * The variables of a SavedModel: an index, which is a sorted table of keys (LevelDB's table format, without compression), and
 * shards with the numbers.
 */
export class TensorBundle {
  private constructor(
    private readonly folder: string,
    private readonly entries: ReadonlyMap<string, BundleEntry>,
    private readonly shards: number,
  ) {}

  /** @param folder `variables` of the SavedModel; one without it has no variables. @throws DomainError `model_unreadable` */
  static async open(folder: string): Promise<TensorBundle> {
    const file = path.join(folder, 'variables.index');
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!bytes) return new TensorBundle(folder, new Map(), 0);
    try {
      const rows = readTable(bytes).filter(([key]) => key !== '');
      const entries = new Map(
        rows.map(([key, value]) => [key, decodeTensorflow<BundleEntry>('BundleEntryProto', value)]),
      );
      const shards = 1 + Math.max(0, ...[...entries.values()].map(({ shardId = 0 }) => shardId));
      return new TensorBundle(folder, entries, shards);
    } catch (error) {
      const words = (error as Error).message;
      throw new DomainError('model_unreadable', `variables.index is damaged: ${words}.`, { cause: error });
    }
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** @throws DomainError `model_unreadable` for a variable that is not there, or ends early */
  async read(key: string): Promise<FixedTensor> {
    const entry = this.entries.get(key);
    if (!entry) throw new DomainError('model_unreadable', `The SavedModel has no variable "${key}".`);
    const { shardId = 0, offset = '0', size = '0', dtype = 'DT_FLOAT' } = entry;
    const name = `variables.data-${String(shardId).padStart(5, '0')}-of-${String(this.shardCount()).padStart(5, '0')}`;
    const handle = await open(path.join(this.folder, name)).catch((error: Error) => {
      throw new DomainError('model_unreadable', `The SavedModel's weights ${name} cannot be read: ${error.message}`, {
        cause: error,
      });
    });
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Number(size)), 0, Number(size), Number(offset));
      if (bytesRead !== Number(size))
        throw new DomainError('model_unreadable', `${name} ends within the variable "${key}".`);
      return fromBytes(key, dtype, sizesOf(entry.shape), buffer);
    } finally {
      await handle.close();
    }
  }

  private shardCount(): number {
    return this.shards;
  }
}

/** Keys and values of a table, in their order. @throws RangeError, Error where it is none */
function readTable(table: Buffer): [string, Uint8Array][] {
  const footer = table.subarray(-FOOTER);
  if (footer.length < FOOTER || !footer.subarray(-MAGIC.length).equals(MAGIC))
    throw new Error('it does not end as a table does');
  const reader = new Reader(footer);
  reader.varint();
  reader.varint();
  const index = block(table, reader.varint(), reader.varint());
  return index.flatMap(([, handle]) => {
    const place = new Reader(handle);
    return block(table, place.varint(), place.varint());
  });
}

/** A block: entries whose keys leave out what they share with the one before, then places to start reading at. */
function block(table: Buffer, offset: number, size: number): [string, Uint8Array][] {
  // A byte with the kind of compression follows each block; TensorFlow writes this table without any.
  if (table[offset + size] !== 0) throw new Error('it is compressed, or ends early');
  const bytes = table.subarray(offset, offset + size);
  const restarts = bytes.readUInt32LE(size - 4);
  const reader = new Reader(bytes.subarray(0, size - 4 * (restarts + 1)));
  const rows: [string, Uint8Array][] = [];
  let key = Buffer.alloc(0);
  while (!reader.ended) {
    const [shared, own, length] = [reader.varint(), reader.varint(), reader.varint()];
    key = Buffer.concat([key.subarray(0, shared), reader.take(own)]);
    rows.push([key.toString('utf8'), reader.take(length)]);
  }
  return rows;
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): number {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('a number does not end');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, (this.at += length));
    if (taken.length < length) throw new RangeError('an entry does not end');
    return taken;
  }
}

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readArchive } from './archive-reader.js';
import { ArchiveWriter } from './archive-writer.js';
import { compressionOf, hasZstd, type Compression } from './compression.js';

const CONTENTS = new Map([
  ['manifest.json', Buffer.from('{"format":1}')],
  ['tables/image/1', Buffer.alloc(300_000, 7)],
  [`originals/${'a'.repeat(150)}`, Buffer.from([1, 2, 3])],
  ['empty', Buffer.alloc(0)],
]);

async function archive(compression: Compression): Promise<Buffer> {
  const writer = new ArchiveWriter(compression);
  const bytes = buffer(writer.stream);
  for (const [name, content] of CONTENTS) await writer.add(name, content);
  await writer.finish();
  return bytes;
}

async function read(bytes: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  // In small chunks, as a slow disk or network gives them.
  const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
    bytes.subarray(i * 1000, i * 1000 + 1000),
  );
  await readArchive(Readable.from(chunks), async (entry) => void found.set(entry.name, await entry.whole()));
  return found;
}

describe.each(['gzip', 'none', ...(hasZstd() ? (['zstd'] as const) : [])] as const)('an archive, %s', (compression) => {
  it('gives back what was put in, in order', async () => {
    const found = await read(await archive(compression));
    expect([...found.keys()]).toEqual([...CONTENTS.keys()]);
    for (const [name, content] of CONTENTS) expect(found.get(name)?.equals(content)).toBe(true);
  });

  it('is the same for the same contents', async () => {
    expect((await archive(compression)).equals(await archive(compression))).toBe(true);
  });

  it('is refused when it is cut short anywhere', async () => {
    const whole = await archive(compression);
    for (const share of [0, 0.1, 0.5, 0.9]) {
      await expect(read(whole.subarray(0, Math.floor(whole.length * share)))).rejects.toMatchObject({
        code: 'archive_corrupt',
      });
    }
  });
});

it('is refused when a byte of a content has changed', async () => {
  const bytes = await archive('none');
  bytes[bytes.indexOf(Buffer.alloc(1000, 7)) + 500] = 8;
  await expect(read(bytes)).rejects.toMatchObject({ code: 'archive_corrupt', message: /tables\/image\/1/ });
});

it('refuses other files', async () => {
  await expect(read(Buffer.from('this is a text'))).rejects.toMatchObject({ code: 'archive_corrupt' });
});

it('says so where entries are read in part only', async () => {
  const names: string[] = [];
  await readArchive(Readable.from([await archive('gzip')]), (entry) => {
    names.push(entry.name);
    return Promise.resolve();
  });
  expect(names).toEqual([...CONTENTS.keys()]);
});

it('takes the compression from the name of the file', () => {
  expect(['a.tar', 'a.tar.gz', 'a.tgz', 'backup', 'a.tar.zst'].map(compressionOf)).toEqual([
    'none',
    'gzip',
    'gzip',
    'gzip',
    'zstd',
  ]);
});

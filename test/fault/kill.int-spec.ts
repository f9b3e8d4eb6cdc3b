import { createHash } from 'node:crypto';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Client, Refused, type ImportDto } from './client.js';
import { killAll, processesOf } from './folder-processes.js';
import { Pictures } from './pictures.js';
import { ServiceProcess, likeness } from './service-process.js';

const KILLS = 20;
/** Most of a life between ready, or the first acknowledgement after it, and the kill. */
const LIFE_MS = 1200;
/** Every so often the kill comes while the service still starts. */
const KILL_WHILE_STARTING_EVERY = 5;
/** Files of one import; the next begins when it is done, so that every kill finds work under way. */
const FOLDER_FILES = 120;
const TIME_LIMIT_MS = 900_000;

/** Small chunks and segments: much is begun and finished within a life. */
const ENVIRONMENT = {
  LIKENESS_IMPORT_CHUNK: '4',
  LIKENESS_INDEX_SEAL_AT: '32',
  LIKENESS_LOG_LEVEL: 'error',
  DATABASE_URL: '',
};

/** What the service has acknowledged, and what it was asked without an answer. */
interface Ledger {
  /** Sha256 by image id. */
  readonly uploaded: Map<string, string>;
  /** Contents whose upload was cut off: there or not, and sent again in the next life. */
  readonly unanswered: Map<string, Buffer>;
  readonly deleted: Map<string, string>;
  readonly deleting: Map<string, string>;
  /** By import id: the contents by path. */
  readonly imports: Map<string, Map<string, string>>;
  /** A folder whose import may or may not have been taken on; it is asked for again. */
  next?: { readonly folder: string; readonly files: Map<string, string> };
}

let top: string | undefined;

afterEach(async () => {
  if (top === undefined) return;
  for (let left = await processesOf(top); left.length > 0; left = await processesOf(top)) {
    killAll(left);
    await sleep(100);
  }
  await rm(top, { recursive: true, force: true });
});

/** mulberry32: one seed, one sequence of moments. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uploads, deletes and imports for as long as the service answers. */
async function keepBusy(
  client: Client,
  pictures: Pictures,
  folders: string,
  ledger: Ledger,
  acknowledged: () => void,
): Promise<void> {
  const upload = async () => {
    for (let turn = 0; ; turn++) {
      const [again] = ledger.unanswered;
      const { sha256, bytes } = again ? { sha256: again[0], bytes: again[1] } : pictures.next();
      ledger.unanswered.set(sha256, bytes);
      const image = await client.upload(bytes, `upload-${turn}.jpg`);
      expect(image.sha256).toBe(sha256);
      ledger.unanswered.delete(sha256);
      ledger.uploaded.set(image.id, sha256);
      acknowledged();
      if (turn % 6 === 5) await remove(image.id, sha256);
    }
  };
  const remove = async (id: string, sha256: string) => {
    ledger.deleting.set(id, sha256);
    ledger.uploaded.delete(id);
    await client.delete(id);
    ledger.deleting.delete(id);
    ledger.deleted.set(id, sha256);
  };
  const importFolders = async () => {
    for (;;) {
      const [last] = [...ledger.imports.keys()].slice(-1);
      if (last === undefined || (await client.import(last)).status === 'done') {
        const folder = path.join(folders, String(ledger.imports.size));
        ledger.next ??= { folder, files: await pictures.writeFolder(folder, FOLDER_FILES) };
        ledger.imports.set((await client.startImport(folder)).id, ledger.next.files);
        ledger.next = undefined;
      }
      await sleep(100);
    }
  };
  for (const [id, sha256] of ledger.deleting) await remove(id, sha256);
  await Promise.all([upload(), importFolders()]);
}

async function finished(client: Client, id: string): Promise<ImportDto> {
  for (;;) {
    const progress = await client.import(id);
    if (progress.status !== 'listing' && progress.status !== 'running') return progress;
    await sleep(200);
  }
}

async function checkImports(client: Client, ledger: Ledger): Promise<void> {
  const ended = new Map<string, ImportDto>();
  for (const id of ledger.imports.keys()) ended.set(id, await finished(client, id));
  const contents = new Map((await client.images()).map((image) => [image.id, image.sha256]));
  for (const [id, files] of ledger.imports) {
    const progress = ended.get(id);
    const items = await client.items(id);
    // First of all the items that failed: each says why.
    expect(items.filter((item) => item.status === 'failed')).toEqual([]);
    expect(progress).toMatchObject({ status: 'done', total: files.size, done: files.size, failed: 0 });
    expect(items.map((item) => item.path).sort()).toEqual([...files.keys()].sort());
    const wrong = items.filter((item) => item.status !== 'done' || contents.get(item.imageId) !== files.get(item.path));
    expect(wrong.slice(0, 5)).toEqual([]);
  }
}

async function checkImages(client: Client, ledger: Ledger): Promise<void> {
  const images = await client.images();
  const contents = images.map((image) => image.sha256);
  expect(new Set(contents).size).toBe(contents.length);
  const imported = [...ledger.imports.values()].flatMap((files) => [...files.values()]);
  const perhapsImported = ledger.next?.files.values() ?? [];
  const acknowledged = [...ledger.uploaded.values(), ...imported];
  const there = new Set(contents);
  expect(acknowledged.filter((sha256) => !there.has(sha256))).toEqual([]);
  expect([...ledger.deleted.values()].filter((sha256) => there.has(sha256))).toEqual([]);
  const asked = new Set([
    ...acknowledged,
    ...ledger.unanswered.keys(),
    ...ledger.deleting.values(),
    ...perhapsImported,
  ]);
  expect(contents.filter((sha256) => !asked.has(sha256))).toEqual([]);
  const byId = new Map(images.map((image) => [image.id, image.sha256]));
  for (const [id, sha256] of ledger.uploaded) {
    expect(byId.get(id)).toBe(sha256);
    expect(
      createHash('sha256')
        .update(await client.original(id))
        .digest('hex'),
    ).toBe(sha256);
  }
}

describe.skipIf(process.platform === 'win32')('kill -9', () => {
  it(
    `loses nothing and doubles nothing over ${KILLS} kills during imports and uploads`,
    async () => {
      const seed = Number(process.env.LIKENESS_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));
      const moments: string[] = [];
      const ledger: Ledger = {
        uploaded: new Map(),
        unanswered: new Map(),
        deleted: new Map(),
        deleting: new Map(),
        imports: new Map(),
      };
      try {
        await run(seed, moments, ledger);
      } catch (error) {
        const told = `LIKENESS_FAULT_SEED=${seed}\n${moments.join('\n')}`;
        throw new Error(`${told}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, {
          cause: error,
        });
      }
      const { uploaded, deleted, imports } = ledger;
      expect(uploaded.size).toBeGreaterThan(0);
      expect(imports.size).toBeGreaterThan(0);
      console.info(
        `kill -9: seed ${seed}, ${moments.length} kills, ${uploaded.size} uploads and ${deleted.size} deletes ` +
          `acknowledged, ${imports.size} imports of ${FOLDER_FILES} files`,
      );
    },
    TIME_LIMIT_MS,
  );
});

async function run(seed: number, moments: string[], ledger: Ledger): Promise<void> {
  const random = randomFrom(seed);
  top = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-fault-')));
  // As root the database runs as another user, who has to enter the folder.
  await chmod(top, 0o711);
  const dataDir = path.join(top, 'data');
  const pictures = await Pictures.draw(seed);
  for (let kill = 0; kill < KILLS; kill++) {
    const what = kill % 2 === 0 ? 'service' : 'everything';
    const starting = kill % KILL_WHILE_STARTING_EVERY === KILL_WHILE_STARTING_EVERY - 1;
    const after = Math.round(random() * LIFE_MS);
    // Half of the lives go on until something was acknowledged, however slow the machine.
    const from = starting ? 'it was started' : random() < 0.5 ? 'it was ready' : 'its first acknowledgement';
    moments.push(`${kill + 1}. ${what}, ${after} ms after ${from}`);
    const service = new ServiceProcess(dataDir, ENVIRONMENT);
    const killed = new AbortController();
    const cutOff = (error: unknown) => {
      // What the service refuses while it lives is a finding; a connection that breaks with it is not.
      if (!killed.signal.aborted || error instanceof Refused) throw error;
    };
    if (starting) {
      await sleep(after);
      killed.abort();
      await service.kill(what);
      continue;
    }
    const client = new Client(await service.ready);
    let acknowledged = () => {};
    const first = new Promise<void>((resolve) => (acknowledged = resolve));
    const busy = keepBusy(client, pictures, path.join(top, 'pictures'), ledger, acknowledged).catch(cutOff);
    if (from === 'its first acknowledgement') await Promise.race([first, busy]);
    await Promise.race([sleep(after), busy]);
    killed.abort();
    await service.kill(what);
    await busy;
  }
  const service = new ServiceProcess(dataDir, ENVIRONMENT);
  const client = new Client(await service.ready);
  await checkImports(client, ledger);
  await checkImages(client, ledger);
  const verified = await likeness(['verify', '--deep', '--json', '--data', dataDir], ENVIRONMENT);
  expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
  expect(await service.stop()).toBe(0);
  expect(await processesOf(top)).toEqual([]);
}

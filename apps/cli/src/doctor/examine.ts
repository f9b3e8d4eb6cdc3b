import { availableParallelism, totalmem } from 'node:os';
import type { Settings } from '#libs/config';
import { formatBytes } from '../format/quantities.js';
import { probeFolder } from '../probe-folder.js';
import { findRunningService } from '../service/running-service.js';
import { check, type Check } from './check.js';
import { hasAvx2 } from './machine.js';
import { embeddedPostgresVersion, installedVersion, loadPackage } from './packages.js';

const LOW_SPACE_BYTES = 1024 ** 3;
/** A PNG of one pixel. */
const ONE_PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWPo6OgAAAM0AZmUse0HAAAAAElFTkSuQmCC';

/** Looks at everything Likeness needs on this machine. Starts no database and changes nothing. */
export async function examine(settings: Settings): Promise<Check[]> {
  return [
    nodeVersion(),
    await processor(),
    await imaging(settings),
    await encoder(settings),
    await vectorIndex(settings),
    await database(settings),
    await dataFolder(settings),
    await runningService(settings),
  ];
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  const detail = `${process.version} on ${process.platform} ${process.arch}`;
  return fits
    ? { name: 'Node.js', status: 'ok', detail }
    : { name: 'Node.js', status: 'problem', detail, remedy: 'Install Node.js 20.19 or newer, or 22.' };
}

function processor(): Promise<Check> {
  const look = async () => {
    const avx2 = await hasAvx2();
    const machine = `${availableParallelism()} cores, ${formatBytes(totalmem())} memory`;
    if (avx2 === false) {
      return {
        status: 'warning' as const,
        detail: `${machine}, no AVX2`,
        remedy: 'Nothing to mend: it works, only more slowly.',
      };
    }
    return { status: 'ok' as const, detail: avx2 === true ? `${machine}, AVX2` : machine };
  };
  return check('Processor', look, { status: 'warning', remedy: 'Nothing to mend: the processor could not be asked.' });
}

function imaging(settings: Settings): Promise<Check> {
  const look = async () => {
    const { SharpImageDecoder } = await import('#libs/imaging');
    await new SharpImageDecoder(settings.limits).thumbnail(Buffer.from(ONE_PIXEL, 'base64'));
    return { status: 'ok' as const, detail: `sharp ${await installedVersion('sharp')} decodes` };
  };
  return check('Images', look, {
    status: 'problem',
    remedy: 'Run `npm ci` again, with optional dependencies, on this machine.',
  });
}

function encoder(settings: Settings): Promise<Check> {
  const look = async () => {
    const { findTap, loadEncoder } = await import('#libs/encoder');
    const loaded = await loadEncoder({ ...settings.encoder, dataDir: settings.data.dir });
    try {
      const { name, fingerprint, view, engine, device } = loaded.info;
      const tap = findTap(loaded.info, settings.encoder.tap);
      if (tap === undefined) throw new Error(`The encoder ${name} has no tap ${settings.encoder.tap}.`);
      const grey = { width: view.size, height: view.size, data: new Uint8Array(view.size * view.size * 3).fill(128) };
      await loaded.encode(grey, [tap.name]);
      const detail = `${name} encodes (${engine}, ${device}); ${tap.name}, ${tap.dimension} components; fingerprint ${fingerprint}`;
      return { status: 'ok' as const, detail };
    } finally {
      await loaded.close();
    }
  };
  return check('Encoder', look, {
    status: 'problem',
    remedy: 'Check LIKENESS_ENCODER and LIKENESS_TAP, and that `npm ci` installed onnxruntime-node on this machine.',
  });
}

function vectorIndex(settings: Settings): Promise<Check> {
  const look = async () => ({ status: 'ok' as const, detail: `hnswlib-node ${await loadPackage('hnswlib-node')}` });
  const build = 'Install a C++ compiler, Python and `make`, then run `npm ci` again.';
  // The service does without, unless it was told not to.
  return check(
    'Index',
    look,
    settings.index.kind === 'hnsw'
      ? { status: 'problem', remedy: `hnswlib-node did not build, and LIKENESS_INDEX=hnsw asks for it. ${build}` }
      : {
          status: 'warning',
          remedy: `hnswlib-node did not build, so searches use the exact index, which is slow on large collections. ${build}`,
        },
  );
}

function database(settings: Settings): Promise<Check> {
  const look = async () => {
    if (settings.database.url !== undefined)
      return { status: 'ok' as const, detail: 'the PostgreSQL that DATABASE_URL names' };
    return { status: 'ok' as const, detail: `embedded: ${await embeddedPostgresVersion()}` };
  };
  return check('Database', look, {
    status: 'problem',
    remedy: 'Run `npm ci` with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  });
}

function dataFolder(settings: Settings): Promise<Check> {
  const { dir } = settings.data;
  const look = async () => {
    const { exists, freeBytes } = await probeFolder(dir);
    const detail = `${dir} can be ${exists ? 'written to' : 'made'}, ${formatBytes(freeBytes)} free`;
    if (freeBytes < LOW_SPACE_BYTES) {
      return { status: 'warning' as const, detail, remedy: 'Free some space, or choose another folder with --data.' };
    }
    return { status: 'ok' as const, detail };
  };
  return check('Data folder', look, {
    status: 'problem',
    remedy: 'Give this user the right to write there, or choose another folder with --data.',
  });
}

function runningService(settings: Settings): Promise<Check> {
  const look = async () => {
    const running = await findRunningService(settings.data.dir);
    const detail = running === undefined ? 'none runs on this data folder' : `runs at ${running.url}`;
    return { status: 'ok' as const, detail };
  };
  return check('Service', look, { status: 'warning', remedy: 'See the log of the service.' });
}

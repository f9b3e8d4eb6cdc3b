/**
 * Images a second from a folder to the catalogue, beside what its parts give by themselves with all cores.
 *
 *   npm run bench:ingest -- --folder DIR [--count N] [--repeat R]
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchService, Spent } from '../lib/bench-service.js';
import { Child } from '../lib/child.js';
import type { LoadGenerator, LoadResult } from '../lib/load-generator.js';
import { note, print } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { listPhotos, writeCopies } from './photo-copies.js';
import { summarise, toMarkdown, type Round } from './results.js';
import { STAGES, type StageName, type Stages, type StageSpeed } from './stages.js';
import { storedIds, timeImport } from './time-import.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    count: { type: 'string', default: '1000' },
    repeat: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    clients: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench:ingest -- --folder DIR
  --folder DIR     photos (JPEG and PNG are used), sub-folders included
  --count N        photos to import in each round, used again where there are fewer [1000]
  --repeat R       rounds [5]
  --seconds S      seconds for each part by itself in each round [2]
  --clients C      clients that search during the second import of a round [4]
  --cpu-prof DIR   writes a CPU profile of the service's main thread
  --keep           leaves the data folder
  --json           one JSON document instead of tables`;

async function main(folder: string): Promise<void> {
  const count = Number(values.count);
  const profile = values['cpu-prof'];
  const photos = await listPhotos(folder, count);
  await withWorkFolder(undefined, values.keep, async (work) => {
    const settings = { ...process.env, LIKENESS_DATA_DIR: path.join(work, 'data') };
    const child = (name: string, flags: string[] = []) => [new URL(name, import.meta.url), flags] as const;
    const stages = new Child<Stages>(...child('./stages.child.js'));
    const service = new Child<BenchService>(
      ...child(
        '../lib/bench-service.child.js',
        profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profile)}`],
      ),
    );
    const load = new Child<LoadGenerator>(...child('../lib/load-generator.child.js'));
    try {
      const { usable, refused } = await stages.call('load', photos, settings);
      for (const { file, reason } of refused) note(`left out: ${file}: ${reason}`);
      const port = await service.call('start', settings);
      await load.call('connect', port);

      const importCopies = async (mark: string): Promise<number> => {
        const copies = await writeCopies(usable, count, path.join(work, mark), mark);
        await service.call('reset');
        const rate = await timeImport(port, copies);
        await rm(copies, { recursive: true });
        return rate;
      };
      note(`warm-up: ${count} photos`);
      await importCopies('warm-up');

      const rounds: Round[] = [];
      for (let n = 1; n <= Number(values.repeat); n++) {
        const alone = {} as Record<StageName, StageSpeed>;
        for (const stage of STAGES) alone[stage] = await stages.call('measure', stage, Number(values.seconds));
        const importing = { imagesPerSecond: await importCopies(`import ${n}`), spent: await service.call('spent') };
        const searching = await importAndSearch(`busy import ${n}`);
        rounds.push({ alone, importing, searching });
        note(`round ${n}: ${importing.imagesPerSecond.toFixed(0)} images/s`);
      }
      const summary = summarise(rounds, { count, files: usable.length, clients: Number(values.clients) });
      print(values.json ? JSON.stringify({ summary, rounds }, null, 2) : toMarkdown(summary));

      async function importAndSearch(
        mark: string,
      ): Promise<{ imagesPerSecond: number; spent: Spent; search: LoadResult }> {
        const ids = await storedIds(port);
        await load.call(
          'prepare',
          'similar',
          ids.map((id) => ({ method: 'GET', path: `/v1/images/${id}/similar?k=10` })),
        );
        const copies = await writeCopies(usable, count, path.join(work, mark), mark);
        await service.call('reset');
        await load.call('begin', 'similar', Number(values.clients));
        const imagesPerSecond = await timeImport(port, copies);
        const spent = await service.call('spent');
        const search = await load.call('finish');
        await rm(copies, { recursive: true });
        return { imagesPerSecond, spent, search };
      }
    } finally {
      await Promise.all([service.end(), stages.end(), load.end()]);
    }
  });
}

if (values.help || values.folder === undefined) {
  print(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.folder);
}

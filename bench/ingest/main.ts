/**
 * Images a second from a folder to the catalogue, beside what its parts give by themselves with all cores.
 *
 *   npm run bench:ingest -- --folder DIR [--count N] [--repeat R]
 */
import path from 'node:path';
import type { BenchService } from '../lib/bench-service.js';
import { benchSettings } from '../lib/bench-settings.js';
import { Child } from '../lib/child.js';
import type { LoadGenerator } from '../lib/load-generator.js';
import { readOptions, wholeNumber } from '../lib/options.js';
import { note, print } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { ImportTurns } from './import-turns.js';
import { listPhotos } from './photo-copies.js';
import { summarise, toMarkdown, type Round } from './results.js';
import { meanSpeeds, STAGES, type AllSpeeds, type StageName, type Stages, type StageSpeed } from './stages.js';

const USAGE = `npm run bench:ingest -- --folder DIR
  --folder DIR     photos (JPEG and PNG are used), sub-folders included
  --count N        photos of each import; every import has others where there are 2 R + 1 times as many, else all have the same [1000]
  --repeat R       rounds [5]
  --seconds S      seconds for each part by itself, before and after an import [1]
  --clients C      clients that search during the second import of a round [4]
  --cpu-prof DIR   writes a CPU profile of the service's main thread
  --keep           leaves the data folder
  --json           one JSON document instead of tables`;

const values = readOptions(
  USAGE,
  {
    folder: { type: 'string' },
    count: { type: 'string', default: '1000' },
    repeat: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    clients: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
  ['folder'],
);

async function main(folder: string): Promise<void> {
  const count = wholeNumber('count', values.count);
  const repeat = wholeNumber('repeat', values.repeat);
  const seconds = wholeNumber('seconds', values.seconds);
  const clients = wholeNumber('clients', values.clients);
  const profile = values['cpu-prof'];
  const imports = 1 + 2 * repeat;
  // A few more than that: some may be no pictures.
  const photos = await listPhotos(folder, Math.ceil(1.04 * count * imports));
  await withWorkFolder(undefined, values.keep, async (work) => {
    const settings = benchSettings(process.env, path.join(work, 'data'));
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profile)}`];
    const service = new Child<BenchService>(new URL('../lib/bench-service.child.js', import.meta.url), flags);
    const stages = new Child<Stages>(new URL('./stages.child.js', import.meta.url));
    const load = new Child<LoadGenerator>(new URL('../lib/load-generator.child.js', import.meta.url));
    try {
      const { usable, refused } = await stages.call('load', photos, settings);
      for (const { file, reason } of refused) note(`left out: ${file}: ${reason}`);
      const port = await service.call('start', settings);
      await load.call('connect', port);

      const turns = new ImportTurns(service, load, port, { files: usable, count, imports, work });
      note(`warm-up: ${count} photos`);
      await turns.importing('warm-up');

      const rounds: Round[] = [];
      for (let n = 1; n <= repeat; n++) {
        const before = await measureAll(stages, seconds);
        const importing = await turns.importing(`import ${n}`);
        const alone = meanSpeeds(before, await measureAll(stages, seconds));
        const searching = await turns.importingAndSearching(`busy import ${n}`, clients);
        rounds.push({ alone, importing, searching });
        note(`round ${n}: ${importing.imagesPerSecond.toFixed(0)} images/s`);
      }
      const summary = summarise(rounds, { count, files: usable.length, clients });
      print(values.json ? JSON.stringify({ summary, rounds }, null, 2) : toMarkdown(summary));
    } finally {
      await Promise.all([service.end(), stages.end(), load.end()]);
    }
  });
}

async function measureAll(stages: Child<Stages>, seconds: number): Promise<AllSpeeds> {
  const speeds = {} as Record<StageName, StageSpeed>;
  for (const stage of STAGES) speeds[stage] = await stages.call('measure', stage, seconds);
  return speeds;
}

await main(values.folder);

/**
 * Searches a second over HTTP, beside a bare loop over hnswlib-node with the same parameters and vectors.
 *
 *   npm run bench:search -- [--count N] [--rounds R] [--workdir DIR]
 */
import path from 'node:path';
import { loadSettings } from '#libs/config';
import { benchSettings } from '../lib/bench-settings.js';
import { Child } from '../lib/child.js';
import type { PlannedRequest } from '../lib/keep-alive-connection.js';
import type { LoadGenerator } from '../lib/load-generator.js';
import { readOptions, wholeNumber } from '../lib/options.js';
import { seededRandom } from '../lib/random.js';
import { note, print } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import type { BareHnswlib } from './bare-hnswlib.js';
import { fillOnce } from './contents.js';
import type { FilledService } from './filled-service.js';
import { measureRecall } from './recall.js';
import { summarise, toMarkdown, WAYS, type LoadTurn, type Round, type Way } from './results.js';

const USAGE = `npm run bench:search -- [options]
  --count N        vectors [100000]
  --rounds R       rounds; each measures everything once [5]
  --seconds S      seconds for each number in each round [4]
  --clients LIST   how many clients ask at once [1,8,32]
  --only WAY       by-id or by-vector alone
  --queries Q      different queries of each kind [1000]
  --recall Q       queries that recall is measured with [300]
  --workdir DIR    keeps catalogue, index and graph here, and uses them again
  --cpu-prof DIR   writes a CPU profile of the main thread of the service
  --keep           leaves the temporary folder
  --json           one JSON document instead of tables`;

const values = readOptions(USAGE, {
  count: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '4' },
  clients: { type: 'string', default: '1,8,32' },
  only: { type: 'string' },
  queries: { type: 'string', default: '1000' },
  recall: { type: 'string', default: '300' },
  workdir: { type: 'string' },
  json: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  'cpu-prof': { type: 'string' },
});

const K = 10;
const LEAD_IN_SECONDS = 0.5;
const WARM_UP_SECONDS = 5;

async function main(): Promise<void> {
  const count = wholeNumber('count', values.count);
  const repeat = wholeNumber('rounds', values.rounds);
  const seconds = wholeNumber('seconds', values.seconds);
  const clientCounts = values.clients.split(',').map((text) => wholeNumber('clients', text));
  const profile = values['cpu-prof'];
  const ways = WAYS.filter((way) => values.only === undefined || way === values.only);
  await withWorkFolder(values.workdir, values.keep, async (work) => {
    const source = benchSettings(process.env, path.join(work, 'data'));
    const { m, efConstruction, ef } = loadSettings(source).index;
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profile)}`];
    const service = new Child<FilledService>(new URL('./filled-service.child.js', import.meta.url), flags);
    const bare = new Child<BareHnswlib>(new URL('./bare-hnswlib.child.js', import.meta.url));
    const load = new Child<LoadGenerator>(new URL('../lib/load-generator.child.js', import.meta.url));
    try {
      const port = await service.call('start', source);
      const dimension = await service.call('dimension');
      const graph = path.join(work, `bare-${count}x${dimension}-m${m}-ef${efConstruction}.graph`);
      const [{ firstId }] = await Promise.all([
        fillOnce(work, count, dimension, service),
        bare.call('open', graph, { dimension, count, m, efConstruction }),
      ]);
      note('waiting for the index to be sealed and idle');
      const index = await service.call('settle', count);

      const unseen = await bare.call('unseen', wholeNumber('queries', values.queries));
      const uniform = seededRandom(7);
      const labels = unseen.map(() => Math.floor(uniform() * count));
      const requests: Record<Way, PlannedRequest[]> = {
        'by-id': labels.map((label) => ({ method: 'GET', path: `/v1/images/${firstId + label}/similar?k=${K}` })),
        'by-vector': unseen.map((vector) => ({
          method: 'POST',
          path: '/v1/search',
          body: { vector: Array.from(vector), k: K },
        })),
      };
      await load.call('connect', port);
      for (const way of ways) await load.call('prepare', way, requests[way]);

      note('recall');
      const asked = unseen.slice(0, wholeNumber('recall', values.recall));
      const bareIds = (await bare.call('search', asked, K, ef)).map((found) => found.map((label) => firstId + label));
      const recall = await measureRecall(port, asked, bareIds, K);

      // A service that has answered for a while is measured, not one whose code is still being compiled.
      note('warm-up');
      for (const way of ways) await load.call('run', way, Math.max(...clientCounts), WARM_UP_SECONDS);
      await bare.call('rate', labels, K, ef, seconds);

      const rounds: Round[] = [];
      for (let n = 1; n <= repeat; n++) {
        const before = await bare.call('rate', labels, K, ef, seconds);
        const turns: LoadTurn[] = [];
        for (const way of ways) {
          for (const clients of clientCounts) {
            await service.call('reset');
            const result = await load.call('run', way, clients, seconds, LEAD_IN_SECONDS);
            turns.push({ way, clients, result, spent: await service.call('spent') });
          }
        }
        // The machine may be quieter or busier at the end of the round than at its beginning.
        const after = await bare.call('rate', labels, K, ef, seconds);
        rounds.push({ bare: [before, after], turns });
        note(`round ${n}: bare ${before.perSecond.toFixed(0)} and ${after.perSecond.toFixed(0)}/s`);
      }
      const summary = summarise(rounds, recall, { count, dimension, m, efConstruction, ef, k: K }, index);
      print(values.json ? JSON.stringify({ summary, rounds }, null, 2) : toMarkdown(summary));
    } finally {
      await Promise.all([service.end(), bare.end(), load.end()]);
    }
  });
}

await main();

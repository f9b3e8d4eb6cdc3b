import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BUNDLED_ENCODER } from '#libs/config';
import { findModel, modelRoots } from '#libs/encoder';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print } from '../lib/report.js';
import { median, percentile } from '../lib/statistics.js';
import type { Contestant, Turn } from './contestant.js';
import { product } from './product.js';
import { pytorch } from './pytorch.js';
import { rawRuntime } from './raw-runtime.js';

const USAGE = `npm run bench:encode -- [options]
  --model NAME[=NETWORK]  a bundled or imported encoder, and how PyTorch's peer names the same network where that differs;
                          may be given several times [the bundled one]
  --data DIR              data folder in which imported encoders lie [./data]
  --tap NAME              which output [penultimate]
  --threads N             threads that every contestant may use [all cores]
  --batch N               pictures in one run [16]
  --rounds N, --seconds S how often each has its turn, and for how long [9, 2]
  --python PATH           a Python with bench/encode/peers/requirements.txt; without it PyTorch is left out
  --json                  every turn as JSON instead of a table`;

const values = readOptions(USAGE, {
  model: { type: 'string', multiple: true, default: [] },
  data: { type: 'string', default: './data' },
  tap: { type: 'string', default: 'penultimate' },
  threads: { type: 'string', default: String(availableParallelism()) },
  batch: { type: 'string', default: '16' },
  rounds: { type: 'string', default: '9' },
  seconds: { type: 'string', default: '2' },
  python: { type: 'string' },
  json: { type: 'boolean', default: false },
});

/** The arrangement Likeness uses; everything is compared with it, and its own share is 95 % or more. */
const SAME = 0;
/** Milliseconds between turns, after which idle threads of the one before no longer spin. */
const REST = 300;

interface Result {
  readonly model: string;
  readonly contestants: readonly { readonly name: string; readonly turns: readonly Turn[] }[];
}

const threads = wholeNumber('threads', values.threads);
const batch = wholeNumber('batch', values.batch);
const rounds = wholeNumber('rounds', values.rounds);
const seconds = Number(values.seconds);

async function contest(given: string): Promise<Result> {
  const [name = '', network = name === BUNDLED_ENCODER ? 'bundled' : name] = given.split('=');
  const data = path.resolve(values.data);
  const model = await findModel(name, modelRoots(data));
  const { tap } = values;
  const contestants: Contestant[] = [];
  try {
    const arranged = (sessions: number, intraOpThreads: number, spinning: boolean) =>
      rawRuntime(model, tap, batch, { sessions, intraOpThreads, spinning });
    // The two that matter side by side, since the machine may be another a minute later.
    contestants.push(await arranged(threads, 1, false), await product(name, tap, { threads, batch, data }));
    if (threads > 1) contestants.push(await arranged(1, threads, false), await arranged(1, threads, true));
    const side = model.manifest.input.view.size;
    const peer =
      values.python === undefined ? undefined : await pytorch(network, { python: values.python, threads, batch, side });
    if (peer) contestants.push(peer);
    const turns = contestants.map((): Turn[] => []);
    for (let round = -1; round < rounds; round++) {
      const order = [...contestants.entries()];
      // There and back again, so that nobody always follows the same one.
      if (round % 2 !== 0) order.reverse();
      for (const [at, contestant] of order) {
        await pause(REST);
        const turn = await contestant.turn(seconds);
        // The first round warms up.
        if (round >= 0) turns[at]?.push(turn);
      }
      note(`${name}: round ${round + 1} of ${rounds}`);
    }
    return {
      model: name,
      contestants: contestants.map((contestant, at) => ({ name: contestant.name, turns: turns[at] ?? [] })),
    };
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}

const rate = ({ pictures, seconds }: Turn): number => pictures / seconds;
const cpu = ({ pictures, cpuSeconds }: Turn): number => (1000 * cpuSeconds) / pictures;

/** Compared within each round, since the machine may be another in the next; the middle half of the rounds in brackets. */
function rows({ model, contestants }: Result): string[][] {
  const reference = contestants[SAME]?.turns ?? [];
  return contestants.map(({ name, turns }) => {
    const share = (of: (turn: Turn) => number, inverse: boolean): string => {
      const ratios = turns.map((turn, round) => {
        const other = reference[round];
        const ratio = other === undefined ? NaN : of(turn) / of(other);
        return 100 * (inverse ? 1 / ratio : ratio);
      });
      const [low, high] = [percentile(ratios, 0.25), percentile(ratios, 0.75)];
      return `${median(ratios).toFixed(1)} % (${low.toFixed(1)} – ${high.toFixed(1)})`;
    };
    const rates = turns.map(rate);
    return [
      model,
      name,
      median(rates).toFixed(1),
      Math.max(...rates).toFixed(1),
      share(rate, false),
      median(turns.map(cpu)).toFixed(3),
      share(cpu, true),
    ];
  });
}

const results: Result[] = [];
for (const model of values.model.length > 0 ? values.model : [BUNDLED_ENCODER]) results.push(await contest(model));
if (values.json) print(JSON.stringify({ machine: machine(), threads, batch, seconds, results }, null, 2));
else {
  print(`${threads} threads, batch ${batch}, ${rounds} rounds of ${values.seconds} s; ${machine()}\n`);
  const head = ['model', 'way', 'images/s', 'best', 'of raw', 'CPU ms/image', 'of raw by CPU time'];
  print(markdownTable(head, results.flatMap(rows)));
  print('\nMedians of the rounds; in brackets the middle half of them. Raw is the first line of each model.');
}

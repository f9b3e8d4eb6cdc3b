import type { IndexStats } from '#libs/vector-index';
import type { Spent } from '../lib/bench-service.js';
import type { LoadResult } from '../lib/load-generator.js';
import { machine, markdownTable } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import type { BareSpeed } from './bare-hnswlib.js';
import type { Recall } from './recall.js';

export const WAYS = ['by-id', 'by-vector'] as const;
export type Way = (typeof WAYS)[number];

export interface LoadTurn {
  readonly way: Way;
  readonly clients: number;
  readonly result: LoadResult;
  readonly spent: Spent;
}

/** One turn of everything: rates are compared within a round, since a shared machine changes between them. */
export interface Round {
  /** At its beginning and at its end. */
  readonly bare: readonly BareSpeed[];
  readonly turns: readonly LoadTurn[];
}

export interface SearchSetup {
  readonly count: number;
  readonly dimension: number;
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
  readonly k: number;
}

interface Row {
  readonly way: Way;
  readonly clients: number;
  readonly perSecond: number;
  readonly shareOfBare: number;
  readonly shareLeast: number;
  readonly shareMost: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMsPerQuery: number;
  readonly mainThreadBusy: number;
  readonly loopDelayP99: number;
}

export interface Summary {
  readonly machine: string;
  readonly rounds: number;
  readonly setup: SearchSetup;
  readonly recall: Recall;
  readonly segments: readonly number[];
  readonly bare: BareSpeed;
  readonly rssBytes: number;
  readonly rows: readonly Row[];
}

export function summarise(
  rounds: readonly Round[],
  recall: Recall,
  setup: SearchSetup,
  index: Pick<IndexStats, 'segments'>,
): Summary {
  const rows = (rounds[0]?.turns ?? []).map(({ way, clients }, at): Row => {
    const turns = rounds.flatMap(({ turns }) => turns[at] ?? []);
    const shares = rounds.map((round) => (round.turns[at]?.result.perSecond ?? NaN) / barePerSecond(round));
    return {
      way,
      clients,
      perSecond: median(turns.map(({ result }) => result.perSecond)),
      shareOfBare: median(shares),
      shareLeast: Math.min(...shares),
      shareMost: Math.max(...shares),
      p50: median(turns.map(({ result }) => result.p50)),
      p99: median(turns.map(({ result }) => result.p99)),
      cpuMsPerQuery: median(turns.map(({ spent, result }) => spent.cpuMs / result.requestsInAll)),
      mainThreadBusy: median(turns.map(({ spent }) => spent.mainThreadBusy)),
      loopDelayP99: Math.max(...turns.map(({ spent }) => spent.loopDelay.p99)),
    };
  });
  return {
    machine: machine(),
    rounds: rounds.length,
    setup,
    recall,
    segments: index.segments.map(({ count }) => count),
    bare: {
      perSecond: median(rounds.map(barePerSecond)),
      cpuMsPerQuery: median(rounds.flatMap(({ bare }) => bare.map(({ cpuMsPerQuery }) => cpuMsPerQuery))),
    },
    rssBytes: Math.max(...rounds.flatMap(({ turns }) => turns.map(({ spent }) => spent.rssBytes))),
    rows,
  };
}

function barePerSecond({ bare }: Round): number {
  return bare.reduce((sum, { perSecond }) => sum + perSecond, 0) / bare.length;
}

export function toMarkdown({ machine, rounds, setup, recall, segments, bare, rssBytes, rows }: Summary): string {
  const { count, dimension, m, efConstruction, ef, k } = setup;
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    `${machine}; ${count} vectors of ${dimension}, M ${m}, efConstruction ${efConstruction}, ef ${ef}, k ${k}; ${rounds} rounds`,
    '',
    markdownTable(
      [
        'who',
        'clients',
        'searches/s',
        'of bare',
        'least – most',
        'p50 ms',
        'p99 ms',
        'CPU ms',
        'main busy',
        'loop p99 ms',
      ],
      [
        [
          'bare loop over hnswlib-node',
          1,
          bare.perSecond.toFixed(0),
          '100 %',
          '',
          '',
          '',
          bare.cpuMsPerQuery.toFixed(2),
          '',
          '',
        ],
        ...rows.map((row) => [
          row.way,
          row.clients,
          row.perSecond.toFixed(0),
          percent(row.shareOfBare),
          `${percent(row.shareLeast)} – ${percent(row.shareMost)}`,
          row.p50.toFixed(2),
          row.p99.toFixed(2),
          row.cpuMsPerQuery.toFixed(2),
          percent(row.mainThreadBusy),
          row.loopDelayP99.toFixed(1),
        ]),
      ],
    ),
    '',
    markdownTable(
      ['what', 'value'],
      [
        [`recall@${k} of the service (n = ${recall.queries})`, recall.service.toFixed(4)],
        [`recall@${k} of the bare graph`, recall.bare.toFixed(4)],
        ['plan', recall.plans.join(', ')],
        ['segments', segments.join(' + ')],
        ['RSS of the service', `${(rssBytes / 2 ** 20).toFixed(0)} MiB`],
      ],
    ),
  ].join('\n');
}

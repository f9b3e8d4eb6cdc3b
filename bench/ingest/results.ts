import type { Spent } from '../lib/bench-service.js';
import type { LoadResult } from '../lib/load-generator.js';
import { machine, markdownTable } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import type { ImportTurn } from './import-turns.js';
import { STAGES, type AllSpeeds, type StageName } from './stages.js';

/** One turn of everything: parts and whole are compared within a round, since a shared machine changes between them. */
export interface Round {
  readonly alone: AllSpeeds;
  readonly importing: ImportTurn;
  readonly searching: ImportTurn & { readonly search: LoadResult };
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Summary {
  readonly machine: string;
  readonly rounds: number;
  readonly setup: { readonly count: number; readonly files: number; readonly clients: number };
  readonly alone: Readonly<Record<StageName, { imagesPerSecond: Spread; cpuMsPerImage: number }>>;
  readonly importing: Importing;
  readonly searching: Importing & { readonly searchesPerSecond: Spread; readonly p99: number };
  /** Images a second: 1 / (1/decode + 1/thumbnail + 1/encode). */
  readonly bound: Spread;
  readonly shareOfBound: Spread;
}

interface Importing {
  readonly imagesPerSecond: Spread;
  readonly cpuMsPerImage: number;
  readonly mainThreadBusy: number;
  /** Milliseconds; the worst round's. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Milliseconds, the worst round's: what a process that does nothing saw at the same time. */
  readonly idleDelayP99: number;
  readonly rssBytes: number;
}

export function boundOf({ alone }: Round): number {
  const seconds = (['decode', 'thumbnail', 'encode'] as const).map((stage) => 1 / alone[stage].imagesPerSecond);
  return 1 / seconds.reduce((sum, each) => sum + each, 0);
}

export function summarise(rounds: readonly Round[], setup: Summary['setup']): Summary {
  const alone = Object.fromEntries(
    STAGES.map((stage) => [
      stage,
      {
        imagesPerSecond: spread(rounds.map((round) => round.alone[stage].imagesPerSecond)),
        cpuMsPerImage: median(rounds.map((round) => round.alone[stage].cpuMsPerImage)),
      },
    ]),
  ) as Summary['alone'];
  const searching = rounds.map((round) => round.searching);
  return {
    machine: machine(),
    rounds: rounds.length,
    setup,
    alone,
    importing: importingOf(
      rounds.map((round) => round.importing),
      setup.count,
    ),
    searching: {
      ...importingOf(searching, setup.count),
      searchesPerSecond: spread(searching.map(({ search }) => search.perSecond)),
      p99: median(searching.map(({ search }) => search.p99)),
    },
    bound: spread(rounds.map(boundOf)),
    shareOfBound: spread(rounds.map((round) => round.importing.imagesPerSecond / boundOf(round))),
  };
}

function importingOf(turns: readonly ImportTurn[], count: number): Importing {
  const worst = (of: (spent: Spent) => number): number => Math.max(...turns.map(({ spent }) => of(spent)));
  return {
    imagesPerSecond: spread(turns.map((turn) => turn.imagesPerSecond)),
    cpuMsPerImage: median(turns.map(({ spent }) => spent.cpuMs)) / count,
    mainThreadBusy: median(turns.map(({ spent }) => spent.mainThreadBusy)),
    loopDelay: {
      p50: worst(({ loopDelay }) => loopDelay.p50),
      p99: worst(({ loopDelay }) => loopDelay.p99),
      max: worst(({ loopDelay }) => loopDelay.max),
    },
    idleDelayP99: Math.max(...turns.map((turn) => turn.idleDelayP99)),
    rssBytes: worst(({ rssBytes }) => rssBytes),
  };
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export function toMarkdown(summary: Summary): string {
  const { alone, importing, searching, bound, shareOfBound, setup } = summary;
  const range = ({ least, most }: Spread, digits = 0): string => `${least.toFixed(digits)} – ${most.toFixed(digits)}`;
  const speedRow = (name: string, rate: Spread, cpu?: number): string[] => [
    name,
    rate.median.toFixed(0),
    range(rate),
    cpu?.toFixed(2) ?? '',
  ];
  const delayRow = (name: string, { loopDelay, idleDelayP99, mainThreadBusy, rssBytes }: Importing): string[] => [
    name,
    loopDelay.p50.toFixed(1),
    loopDelay.p99.toFixed(1),
    loopDelay.max.toFixed(1),
    idleDelayP99.toFixed(1),
    `${(100 * mainThreadBusy).toFixed(0)} %`,
    `${(rssBytes / 2 ** 20).toFixed(0)} MiB`,
  ];
  const searches = `${searching.searchesPerSecond.median.toFixed(0)} searches/s beside it, p99 ${searching.p99.toFixed(0)} ms`;
  return [
    `${summary.machine}; ${setup.count} photos an import, of ${setup.files} different ones; ${summary.rounds} rounds`,
    '',
    markdownTable(
      ['what', 'images/s, median', 'least – most', 'CPU ms/image'],
      [
        ...STAGES.map((stage) => speedRow(`${stage} alone`, alone[stage].imagesPerSecond, alone[stage].cpuMsPerImage)),
        speedRow('bound: 1 / (1/decode + 1/thumbnail + 1/encode)', bound),
        speedRow('**import, end to end**', importing.imagesPerSecond, importing.cpuMsPerImage),
        ['**share of the bound**', `${(100 * shareOfBound.median).toFixed(0)} %`, percent(shareOfBound), ''],
        speedRow(`import while ${setup.clients} clients search`, searching.imagesPerSecond, searching.cpuMsPerImage),
      ],
    ),
    '',
    markdownTable(
      [
        'event loop of the service',
        'p50 ms',
        'p99 ms',
        'max ms',
        'p99 ms of an idle process',
        'main thread busy',
        'RSS',
      ],
      [delayRow('importing', importing), delayRow(`importing and searching (${searches})`, searching)],
    ),
  ].join('\n');
}

const percent = ({ least, most }: Spread): string => `${(100 * least).toFixed(0)} – ${(100 * most).toFixed(0)} %`;

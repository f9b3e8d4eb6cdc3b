import { fitLinear } from '../../libs/classifiers/src/heads/fit-linear.js';
import { LinearObjective } from '../../libs/classifiers/src/heads/linear-objective.js';
import { markdownTable, note, type Cell } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import { ScikitPeer, type FitOrder, type TimedFit } from './scikit-peer.js';
import type { SolverData } from './solver-data.js';
import { problemOf } from './solver-problem.js';

const STRENGTHS = [1e-4, 1e-3, 1e-2];
/** Of the least objective; what both must reach. */
const WITHIN = 1e-4;

interface Variant {
  readonly name: string;
  readonly threads: number;
  readonly order: Omit<FitOrder, 'l2'>;
}

const SCIKIT: readonly Variant[] = [
  { name: 'scikit-learn, its tolerance (1e-4)', threads: 0, order: { tolerance: 1e-4, type: 'float64' } },
  { name: 'scikit-learn, its tolerance, one thread', threads: 1, order: { tolerance: 1e-4, type: 'float64' } },
  { name: 'scikit-learn, its tolerance, one thread, float32', threads: 1, order: { tolerance: 1e-4, type: 'float32' } },
  { name: 'scikit-learn, tolerance 1e-5, one thread', threads: 1, order: { tolerance: 1e-5, type: 'float64' } },
];

/**
 * One softmax fit here and by scikit-learn, in turn, round after round, from features in memory to weights. The optimum is what scikit-learn
 * reaches with a tolerance of 1e-9, not timed; where scikit-learn cannot be had it is left out, and with it how near the optimum we come.
 */
export async function timeSolver(data: SolverData, python: string, rounds: number): Promise<string> {
  const peers = new Map<number, ScikitPeer>();
  for (const threads of [0, 1]) {
    const peer = await ScikitPeer.start(python, data, threads);
    if (!peer) break;
    peers.set(threads, peer);
  }
  const rows: Cell[][] = [];
  for (const l2 of STRENGTHS) {
    note(`l2 ${l2}`);
    const exact = await peers.get(1)?.fit({ l2, tolerance: 1e-9, type: 'float64' });
    const runs: { name: string; fits: TimedFit[]; run(): Promise<TimedFit> }[] = [
      { name: 'Likeness', fits: [], run: () => Promise.resolve(fitHere(data, l2)) },
      ...SCIKIT.flatMap(({ name, threads, order }) => {
        const peer = peers.get(threads);
        return peer ? { name, fits: [], run: () => peer.fit({ ...order, l2 }) } : [];
      }),
    ];
    for (let round = 0; round <= rounds; round++) {
      for (const { fits, run } of runs) {
        const fit = await run();
        // The first round warms up: code is compiled, memory is mapped.
        if (round > 0) fits.push(fit);
      }
    }
    for (const { name, fits } of runs) {
      const above = exact && (fits[0]?.objective ?? NaN) / exact.objective - 1;
      rows.push([
        l2,
        name,
        fits[0]?.iterations ?? '',
        above?.toExponential(1) ?? '–',
        above === undefined ? '–' : above <= WITHIN ? 'yes' : 'no',
        (1000 * median(fits.map(({ wall }) => wall))).toFixed(0),
        (1000 * median(fits.map(({ cpu }) => cpu))).toFixed(0),
      ]);
    }
  }
  for (const peer of peers.values()) peer.end();
  const head = ['l2', 'who', 'iterations', 'share above the optimum', `within ${WITHIN}`, 'wall ms', 'CPU ms'];
  return markdownTable(head, rows);
}

function fitHere(data: SolverData, l2: number): TimedFit {
  const usage = process.cpuUsage();
  const started = performance.now();
  const problem = problemOf(data);
  const fit = fitLinear(problem, { l2, tolerance: WITHIN });
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(usage);
  const objective = new LinearObjective(problem, l2);
  objective.isExact = true;
  const value = objective.evaluate(fit.parameters, new Float64Array(objective.size));
  return { wall, cpu: (user + system) / 1e6, iterations: fit.iterations, objective: value };
}

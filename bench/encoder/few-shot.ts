import { fitLinear } from '../../libs/classifiers/src/heads/fit-linear.js';
import { networkOutputs } from '../../libs/classifiers/src/heads/network-outputs.js';
import { labelWeights } from '../../libs/classifiers/src/heads/problem.js';
import { FeatureMatrix } from '../../libs/classifiers/src/numeric/feature-matrix.js';
import { Random } from '../../libs/classifiers/src/numeric/random.js';
import type { Described } from './measures.js';

/** One strength for every descriptor and draw: with so few photos nothing is left to choose it by. */
const L2 = 1e-3;
/** Length of the rows that are fitted: at 1 the weights would have to be large, and the penalty would rule. */
const LENGTH = 10;

/**
 * Softmax regression on `shots` photos of each class, drawn at random, and its accuracy on all other photos; classes count
 * alike.
 *
 * @returns how many classes have photos to spare for asking, the others being left out, and one accuracy for each draw; none where fewer
 * than two classes are left, since nothing is told apart then
 */
export function fewShotAccuracies(
  { vectors, dimension, classes }: Described,
  shots: number,
  draws: number,
): { classes: number; accuracies: number[] } {
  const members = new Map<number, number[]>();
  for (const [row, one] of classes.entries()) members.set(one, [...(members.get(one) ?? []), row]);
  const groups = [...members.values()].filter((rows) => rows.length > shots);
  const told = groups.length < 2 ? 0 : draws;
  const accuracies = Array.from({ length: told }, (_, draw) => {
    const random = Random.for(17, 'few-shot', shots, draw);
    const shuffled = groups.map((rows) => random.shuffle([...rows]));
    const units = groups.length;
    const matrixOf = (rows: readonly number[]): FeatureMatrix => {
      const matrix = new FeatureMatrix(rows.length, dimension, units);
      for (const [at, row] of rows.entries()) {
        const target = matrix.row(at);
        for (let i = 0; i < dimension; i++) target[i] = LENGTH * (vectors[row * dimension + i] ?? 0);
      }
      return matrix;
    };
    const train = shuffled.flatMap((rows) => rows.slice(0, shots));
    const targets = new Int8Array(train.length * units).fill(-1);
    for (let at = 0; at < train.length; at++) targets[at * units + Math.floor(at / shots)] = 1;
    const weights = labelWeights('single', units, targets, false);
    const fit = fitLinear({ mode: 'single', units, matrix: matrixOf(train), targets, weights }, { l2: L2 });
    const shares = shuffled.map((rows, unit) => {
      const asked = rows.slice(shots);
      const outputs = networkOutputs(fit, matrixOf(asked));
      const right = asked.filter((_row, at) => {
        const scores = outputs.subarray(at * units, (at + 1) * units);
        return scores.every((score) => score <= (scores[unit] ?? -Infinity));
      });
      return right.length / asked.length;
    });
    return shares.reduce((sum, share) => sum + share, 0) / units;
  });
  return { classes: groups.length, accuracies };
}

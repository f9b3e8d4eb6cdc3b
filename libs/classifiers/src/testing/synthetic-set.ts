import { Random } from '../numeric/random.js';
import type { ClassifierMode, TrainingSet } from '../training/training-set.js';

/** Clouds around one centre a category, seeded: a training set that a linear head can nearly separate. */
export function syntheticSet(options: {
  categories?: number;
  perCategory?: number;
  dimension?: number;
  noise?: number;
  mode?: ClassifierMode;
  seed?: number;
}): TrainingSet {
  const { categories = 3, perCategory = 12, dimension = 10, noise = 0.7, mode = 'single', seed = 7 } = options;
  const random = new Random(seed);
  const centres = Array.from({ length: categories }, () => Array.from({ length: dimension }, () => random.normal()));
  const rows = categories * perCategory;
  const features = new Float32Array(rows * dimension);
  const labels = new Int8Array(rows * categories).fill(mode === 'multi' ? -1 : 0);
  for (let row = 0; row < rows; row++) {
    const category = row % categories;
    labels[row * categories + category] = 1;
    for (let column = 0; column < dimension; column++) {
      features[row * dimension + column] = (centres[category]?.[column] ?? 0) + noise * random.normal();
    }
  }
  return {
    mode,
    categories: Array.from({ length: categories }, (_, at) => ({ id: `c${at}`, name: `category ${at}` })),
    encoderFingerprint: 'f'.repeat(64),
    ids: Array.from({ length: rows }, (_, row) => `image ${row}`),
    features: { penultimate: features },
    labels,
    groups: Int32Array.from({ length: rows }, (_, row) => row),
  };
}

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seededNormal, seededRandom } from '../lib/random.js';

/** Standardised features with labels, also as files for programs of other languages. */
export interface SolverData {
  readonly rows: number;
  readonly columns: number;
  readonly categories: number;
  /** Row-major, every column of mean 0 and deviation 1. */
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly files: { readonly features: string; readonly labels: string };
}

const LATENT = 96;

/**
 * Rows whose columns hang together as those of an encoder do: latent factors of falling size, mixed into all columns, with
 * noise; each category shifts the factors. Seeded.
 */
export async function makeSolverData(folder: string, rows = 8000, columns = 512, categories = 8): Promise<SolverData> {
  const normal = seededNormal(seededRandom(5));
  const mixing = Float64Array.from(
    { length: LATENT * columns },
    (_, at) => normal() / (1 + Math.floor(at / columns) / 8),
  );
  const centres = Float64Array.from({ length: categories * LATENT }, () => 0.45 * normal());
  const features = new Float32Array(rows * columns);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % categories);
  const own = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) own[column] = 0.5 * normal();
    const centre = (labels[row] as number) * LATENT;
    for (let factor = 0; factor < LATENT; factor++) {
      const size = normal() + (centres[centre + factor] as number);
      const from = factor * columns;
      for (let column = 0; column < columns; column++) {
        own[column] = (own[column] as number) + size * (mixing[from + column] as number);
      }
    }
    features.set(own, row * columns);
  }
  standardise(features, rows, columns);
  const files = { features: path.join(folder, 'solver-features.f32'), labels: path.join(folder, 'solver-labels.i32') };
  await writeFile(files.features, features);
  await writeFile(files.labels, labels);
  return { rows, columns, categories, features, labels, files };
}

function standardise(features: Float32Array, rows: number, columns: number): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    let squares = 0;
    for (let at = column; at < features.length; at += columns) {
      sum += features[at] as number;
      squares += (features[at] as number) ** 2;
    }
    const mean = sum / rows;
    const deviation = Math.sqrt(squares / rows - mean * mean);
    for (let at = column; at < features.length; at += columns) {
      features[at] = ((features[at] as number) - mean) / deviation;
    }
  }
}

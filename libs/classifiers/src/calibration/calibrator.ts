import type { HeadDocument } from '../scoring/head-document.js';
import type { ClassifierMode } from '../training/training-set.js';
import { fitPlatt } from './platt.js';
import { fitTemperature } from './temperature.js';
import { thresholdForPrecision } from './threshold.js';

export type Calibration = HeadDocument['calibration'];

/** Raw outputs of rows and what they should have been. */
export interface Outputs {
  readonly mode: ClassifierMode;
  readonly units: number;
  /** Row-major n × C. */
  readonly values: Float64Array;
  /** Row-major n × C. */
  readonly targets: Int8Array;
  /** How often each row occurs, where outputs of several foldings are pooled. */
  readonly repeats?: number;
  /** n numbers: which independent image each row is of (a group of near-duplicates). Left out: each of its own. */
  readonly examples?: Int32Array;
}

/** Temperature (single) or one Platt line a category (multi), fitted to outputs for rows the head did not see. */
export function fitCalibration({ mode, units, values, targets, repeats = 1 }: Outputs): Calibration {
  const rows = targets.length / units;
  if (mode === 'single') {
    const labels = Int32Array.from({ length: rows }, (_, row) =>
      targets.subarray(row * units, (row + 1) * units).indexOf(1),
    );
    return { kind: 'temperature', slope: fitTemperature(values, units, labels, rows / repeats) };
  }
  const lines = Array.from({ length: units }, (_, unit) => {
    const known = knownRows(targets, units, unit);
    return fitPlatt(
      known.map((row) => values[row * units + unit] as number),
      known.map((row) => targets[row * units + unit] === 1),
      repeats,
    );
  });
  return { kind: 'platt', slopes: lines.map(({ slope }) => slope), offsets: lines.map(({ offset }) => offset) };
}

/** What stands for "not calibrated". */
export function plainCalibration(mode: ClassifierMode, units: number): Calibration {
  if (mode === 'single') return { kind: 'temperature', slope: 1 };
  return { kind: 'platt', slopes: new Array<number>(units).fill(1), offsets: new Array<number>(units).fill(0) };
}

/** Turns one row of raw outputs into probabilities, in place. */
export function calibrateRow(calibration: Calibration, outputs: Float64Array): Float64Array {
  if (calibration.kind === 'platt') {
    for (let unit = 0; unit < outputs.length; unit++) {
      const logit = (calibration.slopes[unit] ?? 1) * (outputs[unit] as number) + (calibration.offsets[unit] ?? 0);
      outputs[unit] = 1 / (1 + Math.exp(-logit));
    }
    return outputs;
  }
  const { slope } = calibration;
  let greatest = -Infinity;
  for (let unit = 0; unit < outputs.length; unit++) greatest = Math.max(greatest, slope * (outputs[unit] as number));
  let sum = 0;
  for (let unit = 0; unit < outputs.length; unit++) {
    const value = Math.exp(slope * (outputs[unit] as number) - greatest);
    outputs[unit] = value;
    sum += value;
  }
  for (let unit = 0; unit < outputs.length; unit++) outputs[unit] = (outputs[unit] as number) / sum;
  return outputs;
}

/** Per category the threshold for the wanted precision on these rows; null where fewer than three independent images reach it. */
export function thresholdsOf(outputs: Outputs, calibration: Calibration, target: number): (number | null)[] {
  const { units, values, targets, examples } = outputs;
  const probabilities = new Float64Array(values.length);
  for (let from = 0; from < values.length; from += units) {
    probabilities.set(calibrateRow(calibration, values.slice(from, from + units)), from);
  }
  return Array.from({ length: units }, (_, unit) => {
    const known = knownRows(targets, units, unit);
    return thresholdForPrecision(
      known.map((row) => probabilities[row * units + unit] as number),
      known.map((row) => targets[row * units + unit] === 1),
      target,
      known.map((row) => examples?.[row] ?? row),
    );
  });
}

function knownRows(targets: Int8Array, units: number, unit: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row * units < targets.length; row++) if (targets[row * units + unit] !== 0) rows.push(row);
  return rows;
}

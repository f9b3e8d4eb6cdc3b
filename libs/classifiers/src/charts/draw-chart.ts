import * as vega from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import type { HeadDocument } from '../scoring/head-document.js';
import { accuracyCurve } from './accuracy-curve.js';
import { calibration } from './calibration.js';
import { categoryWeights } from './category-weights.js';
import type { ChartName } from './chart-names.js';
import { confusion } from './confusion.js';
import { learningCurve } from './learning-curve.js';
import { searchedLearningRate, searchedRegularisation } from './searched-points.js';
import { weights } from './weights.js';

/** A version: the head, and what was measured while it was trained where that is known. */
export interface DrawnVersion {
  readonly head: HeadDocument;
  readonly report: TrainingReport | null;
}

type Draw = (version: DrawnVersion) => vega.Spec | null;

const ofReport =
  (draw: (report: TrainingReport) => vega.Spec | null): Draw =>
  ({ report }) =>
    report && draw(report);
const ofHead =
  (draw: (head: HeadDocument) => vega.Spec | null): Draw =>
  ({ head }) =>
    draw(head);

const CHARTS: Readonly<Record<ChartName, Draw>> = {
  'learning-curve': ofReport(learningCurve),
  'accuracy-curve': ofReport(accuracyCurve),
  regularisation: ofReport(searchedRegularisation),
  'learning-rate': ofReport(searchedLearningRate),
  confusion: ofReport(confusion),
  calibration: ofReport(calibration),
  weights: ofHead(weights),
  'category-weights': ofHead(categoryWeights),
};

/** A chart of a version as SVG; null where the version holds nothing to draw in it. */
export async function drawChart(version: DrawnVersion, chart: ChartName): Promise<string | null> {
  const spec = CHARTS[chart](version);
  return spec && new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}

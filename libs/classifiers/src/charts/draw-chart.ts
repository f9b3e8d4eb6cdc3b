import * as vega from 'vega';
import type { TrainingReport } from '../report/training-report.js';
import { accuracyCurve } from './accuracy-curve.js';
import { calibration } from './calibration.js';
import type { ChartName } from './chart-names.js';
import { confusion } from './confusion.js';
import { learningCurve } from './learning-curve.js';
import { searchedLearningRate, searchedRegularisation } from './searched-points.js';

const CHARTS: Readonly<Record<ChartName, (report: TrainingReport) => vega.Spec | null>> = {
  'learning-curve': learningCurve,
  'accuracy-curve': accuracyCurve,
  regularisation: searchedRegularisation,
  'learning-rate': searchedLearningRate,
  confusion,
  calibration,
};

/** A chart of a report as SVG; null where the report holds nothing to draw in it. */
export async function drawChart(report: TrainingReport, chart: ChartName): Promise<string | null> {
  const spec = CHARTS[chart](report);
  return spec && new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}

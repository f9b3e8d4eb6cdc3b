import type { TrainingReport } from '../report/training-report.js';
import type { ChartName } from './chart-names.js';
import { drawChart } from './draw-chart.js';

/** What runs in the chart thread. */
export class ChartService {
  draw(report: TrainingReport, chart: ChartName): Promise<string | null> {
    return drawChart(report, chart);
  }
}

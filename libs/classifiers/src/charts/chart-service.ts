import type { ChartName } from './chart-names.js';
import { drawChart, type DrawnVersion } from './draw-chart.js';

/** What runs in the chart thread. */
export class ChartService {
  draw(version: DrawnVersion, chart: ChartName): Promise<string | null> {
    return drawChart(version, chart);
  }
}

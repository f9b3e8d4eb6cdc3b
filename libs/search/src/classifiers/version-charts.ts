import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CHART_NAMES, ChartDrawer, type ChartName } from '#libs/classifiers';
import { DomainError } from '#libs/errors';
import { svgToPng } from '#libs/imaging';
import { ManageVersions } from './manage-versions.js';

export type ChartFormat = 'svg' | 'png';

/** Use case: what a version has learnt and what was measured of it, as pictures. */
@Injectable()
export class VersionCharts implements OnModuleDestroy {
  private readonly drawer = new ChartDrawer();

  constructor(private readonly versions: ManageVersions) {}

  /**
   * @param key name or id of a classifier
   * @param chart one of CHART_NAMES
   * @throws DomainError `version_not_found`; `chart_not_found` where there is no such chart, or nothing to draw in it
   */
  async draw(key: string, number: number, chart: string, format: ChartFormat): Promise<Buffer> {
    const version = await this.versions.get(key, number);
    if (!isChart(chart)) {
      throw new DomainError('chart_not_found', `Expected one of ${CHART_NAMES.join(', ')} but received ${chart}.`);
    }
    const { report } = version.document;
    const svg = await this.drawer.draw({ head: await this.versions.headOf(version), report }, chart);
    if (svg === null) {
      throw new DomainError(
        'chart_not_found',
        `Version ${number} of ${version.classifier.name} holds nothing to draw in the chart ${chart}.`,
      );
    }
    return format === 'svg' ? Buffer.from(svg) : svgToPng(svg);
  }

  onModuleDestroy(): Promise<void> {
    return this.drawer.close();
  }
}

const isChart = (name: string): name is ChartName => (CHART_NAMES as readonly string[]).includes(name);

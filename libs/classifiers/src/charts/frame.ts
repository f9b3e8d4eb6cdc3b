import type { Axis, Data, Mark, Scale, Spec, Legend } from 'vega';

export const WIDTH = 520;
export const HEIGHT = 300;

export interface Frame {
  readonly title: string;
  /** Smaller, under the title. */
  readonly subtitle: string;
  readonly data: Data[];
  readonly scales: Scale[];
  readonly axes: Axis[];
  readonly marks: Mark[];
  readonly legends?: Legend[];
  readonly width?: number;
  readonly height?: number;
}

/** A Vega specification with the looks that all charts share. */
export function frame({ title, subtitle, width = WIDTH, height = HEIGHT, legends = [], ...rest }: Frame): Spec {
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    background: 'white',
    padding: 12,
    width,
    height,
    title: {
      text: title,
      subtitle,
      anchor: 'start',
      fontSize: 15,
      subtitleFontSize: 11,
      subtitleColor: '#555',
      offset: 14,
    },
    config: {
      axis: { gridColor: '#e4e4e4', labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', titlePadding: 8 },
      legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' },
    },
    legends,
    ...rest,
  };
}

import { Plot, type Series } from './plot.js';
import { leastLoss } from './report-readings.js';
import type { CurvePoint, Report, SearchedPoint } from './types.js';

/** Loss and accuracy against the step of the fit. */
export function LearningCurve({ curve }: { curve: readonly CurvePoint[] }) {
  if (curve.length < 2) return null;
  const series: Series[] = [
    { name: 'fitted on', joined: true, points: curve.map(({ step, trainLoss }) => ({ x: step, y: trainLoss })) },
    {
      name: 'left out',
      joined: true,
      points: curve.flatMap(({ step, validationLoss }) =>
        validationLoss === null ? [] : [{ x: step, y: validationLoss }],
      ),
    },
  ];
  const accuracy = curve.flatMap(({ step, validationAccuracy }) =>
    validationAccuracy === null ? [] : [{ x: step, y: validationAccuracy }],
  );
  const last = curve.at(-1);
  return (
    <>
      <div>
        <h3>Learning curve</h3>
        <Plot
          label={`Loss against step; ${last?.trainLoss.toFixed(3)} at step ${last?.step}`}
          x={{ title: 'step' }}
          y={{ title: 'loss' }}
          series={series.filter(({ points }) => points.length > 0)}
        />
      </div>
      {accuracy.length > 1 && (
        <div>
          <h3>Accuracy on images left out</h3>
          <Plot
            label={`Accuracy against step; ${accuracy.at(-1)?.y.toFixed(3)} at the end`}
            x={{ title: 'step' }}
            y={{ title: 'accuracy', range: [0, 1] }}
            series={[{ name: 'left out', joined: true, points: accuracy }]}
          />
        </div>
      )}
    </>
  );
}

/** Every setting tried: regularisation against loss on images left out. */
export function SearchedPoints({ searched }: { searched: readonly SearchedPoint[] }) {
  const kinds = [...new Set(searched.map(({ kind }) => kind))];
  const series = kinds.map((kind): Series => ({
    name: kind,
    points: searched.flatMap((point) =>
      point.kind === kind && point.loss !== null ? [{ x: point.l2, y: point.loss }] : [],
    ),
  }));
  const losses = series.flatMap(({ points }) => points.map(({ y }) => y));
  const best = leastLoss(searched);
  if (!best || series.every(({ points }) => points.every(({ x }) => x <= 0))) return null;
  return (
    <div>
      <h3>Settings tried</h3>
      <Plot
        label={`${searched.length} settings; the least loss is ${best.loss?.toFixed(3)}`}
        x={{ title: 'regularisation (L2)', log: true }}
        y={{ title: 'loss on images left out', log: Math.max(...losses) > 10 * Math.min(...losses) }}
        series={series.filter(({ points }) => points.length > 0)}
      />
      <p class="muted">
        {searched.length} tried; least loss with {best.kind} on {best.taps.join(' + ')}
        {best.accuracy !== null && `, ${(100 * best.accuracy).toFixed(1)} % right on images left out`}.
      </p>
    </div>
  );
}

/** Would more labels help? */
export function AccuracyCurve({ curve }: { curve: Report['accuracyCurve'] }) {
  if (curve.length < 2) return null;
  return (
    <div>
      <h3>Would more labels help?</h3>
      <Plot
        label="Accuracy with its 95 % interval against examples of each category"
        x={{ title: 'examples of each category' }}
        y={{ title: 'accuracy', range: [0, 1] }}
        series={[
          {
            name: 'accuracy',
            joined: true,
            points: curve.map(({ examplesPerCategory, accuracy, low, high }) => ({
              x: examplesPerCategory,
              y: accuracy,
              low,
              high,
            })),
          },
        ]}
      />
    </div>
  );
}

import { describe, expect, it } from 'vitest';
import { PRESETS } from './presets.js';

const names = PRESETS.map(({ name }) => name);

describe('the presets', () => {
  it('have names of their own, fit for a folder', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
  });

  it.each(PRESETS)(
    '$name cuts its view out of something larger and names where its weights are',
    ({ view, weights, normalisation }) => {
      expect(view.resize.to).toBeGreaterThanOrEqual(view.size);
      expect(normalisation.scale.every((scale) => scale > 0 && scale <= 1)).toBe(true);
      const places = weights.kind === 'download' ? weights.urls : [weights.page];
      for (const place of places) expect(new URL(place).protocol).toBe('https:');
      if (weights.kind === 'download' && weights.sha256 !== undefined) expect(weights.sha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it.each<[string, object]>([
    ['alexnet', { penultimate: 4096, logits: 1000 }],
    ['vgg16', { penultimate: 4096, logits: 1000 }],
    ['vgg19', { penultimate: 4096, logits: 1000 }],
    ['googlenet', { penultimate: 1024, logits: 1000 }],
    ['inception-v3', { penultimate: 2048, logits: 1000 }],
    ['resnet50', { penultimate: 2048, logits: 1000 }],
    ['densenet121', { penultimate: 1024, logits: 1000 }],
  ])('%s states the published dimensions', (name, dimensions) => {
    expect(PRESETS.find((preset) => preset.name === name)?.dimensions).toMatchObject(dimensions);
  });

  it('states ImageNet statistics as bytes', () => {
    const { mean, scale } = PRESETS.find(({ name }) => name === 'resnet50')?.normalisation ?? { mean: [], scale: [] };
    expect(mean[0]).toBeCloseTo(123.675, 10);
    expect(scale.map((value) => 1 / value)).toEqual(
      [58.395, 57.12, 57.375].map((value) => expect.closeTo(value, 9) as number),
    );
  });
});

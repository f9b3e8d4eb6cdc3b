import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { centralRegion, intermediateSize, thumbnailSize, viewGeometry } from './view-geometry.js';

const view = (size: number, to: number) =>
  ({ size, resize: { rule: 'shortest-side', to }, kernel: 'cubic', antialias: true }) as const;

describe('viewGeometry', () => {
  it('scales the shorter side and cuts from the centre, an odd remainder to the right and bottom', () => {
    const { scaled, crop } = viewGeometry({ width: 400, height: 300 }, view(128, 144));
    expect(scaled).toEqual({ width: 192, height: 144 });
    expect(crop).toEqual({ left: 32, top: 8, width: 128, height: 128 });
    expect(viewGeometry({ width: 129, height: 128 }, view(128, 128)).crop.left).toBe(0);
  });

  it('enlarges what is smaller', () => {
    expect(viewGeometry({ width: 1, height: 1 }, view(128, 128)).scaled).toEqual({ width: 128, height: 128 });
  });

  it('stretches to a square, whatever the shape', () => {
    const stretched = { ...view(224, 256), resize: { rule: 'stretch', to: 256 } } as const;
    const { scaled, crop } = viewGeometry({ width: 640, height: 200 }, stretched);
    expect(scaled).toEqual({ width: 256, height: 256 });
    expect(crop).toEqual({ left: 16, top: 16, width: 224, height: 224 });
  });

  it('refuses a view larger than what it is cut from', () => {
    expect(() => viewGeometry({ width: 9, height: 9 }, view(160, 128))).toThrow(DomainError);
  });
});

describe('centralRegion', () => {
  it('is the middle of an image more elongated than 8:1, and nothing for others', () => {
    expect(centralRegion({ width: 1, height: 5000 })).toEqual({ left: 0, top: 2496, width: 1, height: 8 });
    expect(centralRegion({ width: 9000, height: 100 })).toEqual({ left: 4100, top: 0, width: 800, height: 100 });
    expect(centralRegion({ width: 800, height: 100 })).toBeUndefined();
  });
});

describe('thumbnailSize', () => {
  it('fits the longer side, never enlarges and keeps at least one pixel', () => {
    expect(thumbnailSize({ width: 1000, height: 500 }, 256)).toEqual({ width: 256, height: 128 });
    expect(thumbnailSize({ width: 100, height: 50 }, 256)).toEqual({ width: 100, height: 50 });
    expect(thumbnailSize({ width: 1, height: 5000 }, 256)).toEqual({ width: 1, height: 256 });
  });
});

describe('intermediateSize', () => {
  it('is large enough for view and thumbnail and never larger than the image', () => {
    expect(intermediateSize({ width: 4000, height: 3000 }, 256, 256)).toEqual({ width: 341, height: 256 });
    expect(intermediateSize({ width: 4000, height: 3000 }, 0, 256)).toEqual({ width: 256, height: 192 });
    expect(intermediateSize({ width: 4000, height: 3000 }, 256, 1024)).toEqual({ width: 1024, height: 768 });
    expect(intermediateSize({ width: 300, height: 224 }, 256, 256)).toEqual({ width: 300, height: 224 });
  });
});

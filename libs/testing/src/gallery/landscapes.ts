import { curve, hsl, ridge, type Point, type Scene } from './scene.js';

/** Soft clouds in the upper part of a picture. */
export function clouds(scene: Scene, count: number, colour: string, bottom: number): void {
  const { random, width } = scene;
  scene.group({ filter: scene.blur(4) }, () => {
    for (let i = 0; i < count; i++) {
      const [x, y, size] = [random.range(0, width), random.range(0, bottom), random.range(18, 46)];
      for (let puff = 0; puff < 5; puff++) {
        scene.ellipse(
          x + (puff - 2) * size * 0.6,
          y + random.range(-5, 5),
          size * random.range(0.6, 1),
          size * random.range(0.18, 0.34),
          colour,
        );
      }
    }
  });
}

export function sunsetSea(scene: Scene): void {
  const { random, width, height } = scene;
  const horizon = random.range(115, 210);
  const hue = random.pick([18, 350, 275, 40, 205]);
  const sunX = random.range(0.12, 0.88) * width;
  const sunY = horizon - random.range(-4, 70);
  const sky = [
    hsl(hue + 205, 40, random.range(18, 45)),
    hsl(hue + 20, 55, 55),
    hsl(hue + 12, 90, 66),
    hsl(hue + 30, 95, 76),
  ];
  scene.rect(0, 0, width, horizon + 2, scene.gradient(sky));
  scene.ellipse(sunX, sunY, 120, 90, scene.glow([hsl(hue + 30, 100, 85, 0.9), hsl(hue + 25, 100, 70, 0)]));
  clouds(scene, random.int(1, 6), hsl(hue - 10, 50, random.range(35, 75), 0.5), horizon * 0.8);
  const radius = random.range(10, 24);
  scene.ellipse(sunX, sunY, radius, radius, hsl(hue + 38, 100, 88));
  const sea = [hsl(hue + 18, 60, 55), hsl(hue + 190, 35, 32), hsl(hue + 205, 45, 14)];
  scene.rect(0, horizon, width, height - horizon, scene.gradient(sea), { filter: scene.grainy(0.012, 0.16, 0.55) });
  for (let i = 0; i < 110; i++) {
    const depth = random.next() ** 1.6;
    const y = horizon + 2 + depth * (height - horizon);
    const spread = 10 + depth * 70;
    const x = sunX + random.range(-spread, spread);
    const reach = 3 + depth * 20;
    scene.line(
      `M${x - reach} ${y}q${reach} ${random.range(-2, 2)} ${2 * reach} 0`,
      hsl(hue + 32, 100, 82, 0.55),
      0.8 + depth * 1.6,
    );
  }
  if (random.chance(0.5)) {
    const from = random.chance(0.5) ? 0 : width;
    const reach = random.range(0.2, 0.5) * width * (from === 0 ? 1 : -1);
    const shore: Point[] = [
      [from, horizon - random.range(15, 45)],
      [from + reach * 0.5, horizon - random.range(8, 26)],
      [from + reach, horizon + 3],
    ];
    scene.path(`${curve(shore)}L${from} ${horizon + 3}Z`, hsl(hue + 210, 30, 12));
  }
  for (let bird = random.int(0, 5); bird > 0; bird--) {
    const [x, y, span] = [random.range(20, width - 20), random.range(15, horizon - 50), random.range(3, 8)];
    scene.line(
      `M${x - span} ${y}q${span / 2} ${-span * 0.7} ${span} 0q${span / 2} ${-span * 0.7} ${span} 0`,
      hsl(hue, 20, 12),
      1.2,
    );
  }
}

export function forest(scene: Scene): void {
  const { random, width, height } = scene;
  const hue = random.pick([105, 85, 135, 38, 24, 180]);
  const bright = random.range(0.75, 1.15);
  scene.rect(
    0,
    0,
    width,
    height,
    scene.gradient([hsl(hue + 10, 35, 78 * bright), hsl(hue, 40, 58 * bright), hsl(hue - 15, 40, 30)]),
  );
  const ground = random.range(205, 260);
  const layers = random.int(3, 4);
  for (let layer = 0; layer < layers; layer++) {
    const near = (layer + 1) / layers;
    const base = ground - 45 * (1 - near);
    const lightness = (62 - 46 * near) * bright;
    if (layer === layers - 1) {
      scene.rect(0, base - 8, width, height, scene.gradient([hsl(hue - 20, 45, 34 * bright), hsl(hue - 30, 45, 16)]), {
        filter: scene.grainy(0.05, 0.09, 0.7),
      });
    }
    const count = Math.round((15 - 9 * near) * random.range(0.7, 1.3));
    for (let tree = 0; tree < count; tree++) {
      const x = random.range(-10, width + 10);
      const trunk = (3 + 15 * near ** 2) * random.range(0.6, 1.4);
      const lean = random.range(-12, 12);
      const foot = base + random.range(0, 22) * near;
      const bark = scene.gradient(
        [hsl(30, 22, lightness + 14), hsl(25, 25, lightness), hsl(20, 30, lightness * 0.55)],
        'across',
      );
      scene.polygon(
        [
          [x - trunk / 2, foot],
          [x + trunk / 2, foot],
          [x + lean + trunk * 0.32, -5],
          [x + lean - trunk * 0.32, -5],
        ],
        bark,
      );
      for (let leaf = 0; leaf < 6; leaf++) {
        const size = (16 + 26 * near) * random.range(0.5, 1);
        const colour = hsl(hue + random.range(-18, 18), 48, (lightness + random.range(4, 20)) * 0.95, 0.8);
        scene.ellipse(x + lean + random.range(-32, 32), random.range(-15, 105 - 40 * near), size, size * 0.55, colour);
      }
    }
  }
  for (let shaft = random.int(0, 4); shaft > 0; shaft--) {
    const x = random.range(0, width);
    scene.polygon(
      [
        [x, 0],
        [x + 18, 0],
        [x + 75, ground + 20],
        [x + 25, ground + 20],
      ],
      hsl(55, 90, 88, 0.16),
    );
  }
}

export function snowyMountains(scene: Scene): void {
  const { random, width, height } = scene;
  const hue = random.pick([212, 200, 225, 28, 330]);
  scene.rect(
    0,
    0,
    width,
    height,
    scene.gradient([hsl(hue, random.range(30, 65), random.range(38, 68)), hsl(hue + 5, 45, 84)]),
  );
  clouds(scene, random.int(0, 4), 'rgba(255,255,255,0.7)', 90);
  const layers = random.int(2, 3);
  for (let layer = 0; layer < layers; layer++) {
    const near = (layer + 1) / layers;
    const level = 165 + 55 * near + random.range(-20, 10);
    const line = ridge(random, width, level, random.range(95, 150) * (1.15 - 0.4 * near), 0.55);
    const outline = `M-10 310${line.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join('')}L${width + 10} 310Z`;
    const rock = scene.gradient([hsl(hue + 15, 22, 62 - 18 * near), hsl(hue + 10, 25, 44 - 14 * near)]);
    const snow = scene.gradient([hsl(hue, 25, 98), hsl(hue + 8, 30, 84)]);
    const snowline = random.range(25, 80);
    scene.group({ 'clip-path': scene.clip(outline) }, () => {
      scene.rect(-10, 0, width + 20, 310, snow);
      facets(scene, line, hsl(hue + 10, 40, 55, 0.45));
      let drift = 0.6;
      const rocks = line.map(([x, y]): Point => {
        drift = Math.max(0.1, Math.min(1.3, drift + random.range(-0.42, 0.42)));
        return [x, y + drift * Math.max(4, ((level + 40 - y) * snowline) / 70)];
      });
      scene.polygon([...rocks, [width + 10, 310], [-10, 310]], rock);
      facets(scene, rocks, hsl(hue + 10, 30, 14, 0.35));
    });
  }
  const firs = random.chance(0.75) ? random.int(12, 44) : 0;
  scene.path(
    `M0 ${height}V${height - 34}Q${width / 2} ${height - random.range(20, 62)} ${width} ${height - 28}V${height}Z`,
    hsl(hue, 25, random.pick([92, 88, 30])),
  );
  for (let i = 0; i < firs; i++) {
    const [x, foot, tall] = [random.range(0, width), height - random.range(-6, 34), random.range(16, 46)];
    for (const part of [0, 0.3, 0.55]) {
      const half = tall * (0.3 - part * 0.28);
      scene.polygon(
        [
          [x - half, foot - tall * part],
          [x + half, foot - tall * part],
          [x, foot - tall * (part + 0.5)],
        ],
        hsl(150, 28, random.range(13, 24)),
      );
    }
  }
}

/** The sides of the peaks that the light does not reach. */
function facets(scene: Scene, line: readonly Point[], shade: string): void {
  const { random } = scene;
  for (const [i, [x, y]] of line.entries()) {
    const isPeak = y < (line[i - 2]?.[1] ?? 0) && y < (line[i + 2]?.[1] ?? 0);
    if (!isPeak) continue;
    const [reach, drop] = [random.range(12, 42), random.range(35, 120)];
    scene.polygon(
      [
        [x, y - 8],
        [x + reach * 0.35, y + drop * 0.3],
        [x + reach * 0.1, y + drop * 0.55],
        [x + reach * 0.5, y + drop],
        [x + reach * 1.8, y + drop * 0.8],
        [x + reach, y - 4],
      ],
      shade,
    );
  }
}

export function desertDunes(scene: Scene): void {
  const { random, width, height } = scene;
  const hue = random.pick([36, 28, 18, 44, 350]);
  const horizon = random.range(70, 150);
  const skyHue = random.pick([205, 215, 28, 265]);
  scene.rect(0, 0, width, height, scene.gradient([hsl(skyHue, 55, random.range(35, 62)), hsl(skyHue + 10, 45, 84)]));
  const sunX = random.range(0.1, 0.9) * width;
  if (random.chance(0.6)) scene.ellipse(sunX, horizon * random.range(0.25, 0.7), 15, 15, hsl(50, 100, 90));
  const layers = random.int(3, 6);
  scene.group({ filter: scene.grainy(0.02, random.range(0.2, 0.36), 0.3, 'canvas') }, () => {
    for (let layer = 0; layer < layers; layer++) {
      const near = layer / (layers - 1);
      const level = horizon + (height - horizon) * near * 0.8;
      const peak: Point = [random.range(0.1, 0.9) * width, level - random.range(12, 48) * (0.6 + near)];
      const crest: Point[] = [[-10, level + random.range(-8, 14)], peak, [width + 10, level + random.range(-8, 18)]];
      const lightness = random.range(52, 66) - 6 * near;
      const lit = scene.gradient([hsl(hue + 6, 68, lightness + 14), hsl(hue, 60, lightness - 8)]);
      const outline = `${curve(crest)}V310H-10Z`;
      const side = random.chance(0.5) ? 1 : -1;
      const edge = side > 0 ? width + 20 : -20;
      const [turnX, footX] = [peak[0] + side * random.range(-20, 25), peak[0] + side * random.range(50, 170)];
      const foot = level + random.range(45, 120);
      const shade = scene.gradient([
        hsl(hue - 10, 50, lightness - random.range(14, 28)),
        hsl(hue - 5, 50, lightness - 8),
      ]);
      scene.group({ 'clip-path': scene.clip(outline) }, () => {
        scene.path(outline, lit);
        scene.path(
          `M${peak[0]} ${peak[1] - 20}V${peak[1]}Q${turnX} ${(peak[1] + foot) / 2} ${footX} ${foot}L${edge} ${foot + 40}V${peak[1] - 20}Z`,
          shade,
        );
      });
    }
  });
  for (let bush = random.int(0, 9); bush > 0; bush--) {
    const [x, y, size] = [random.range(0, width), random.range(horizon + 70, height), random.range(2, 7)];
    scene.ellipse(x, y, size * 1.5, size, hsl(70, 25, 26));
    scene.ellipse(x + size, y + size, size * 2.6, size * 0.4, hsl(hue, 40, 20, 0.4));
  }
}

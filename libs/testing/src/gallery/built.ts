import { hsl, type Point, type Scene } from './scene.js';

export function brickWall(scene: Scene): void {
  const { random, width } = scene;
  const [hue, saturation, lightness] = random.pick([
    [12, 50, 42],
    [20, 42, 52],
    [40, 34, 62],
    [5, 8, 84],
    [210, 6, 46],
    [8, 58, 30],
  ]);
  const brickHeight = random.range(13, 34);
  const brickWidth = brickHeight * random.range(2, 2.9);
  const gap = brickHeight * random.range(0.1, 0.2);
  const tilt = `translate(${width / 2} 150) rotate(${random.range(-9, 9).toFixed(1)}) skewY(${random.range(-14, 14).toFixed(1)}) translate(${-width / 2} -150)`;
  const mortar = hsl(hue + 15, 10, random.pick([78, 64, 38]));
  scene.rect(0, 0, width, 300, mortar);
  const spread = random.range(3, 11);
  scene.group({ filter: scene.grainy(0.09, 0.13, 0.75, 'canvas') }, () => {
    scene.rect(0, 0, width, 300, mortar);
    scene.group({ transform: tilt }, () => {
      for (let row = -3; row * brickHeight < 400; row++) {
        const shift = (row % 2 === 0 ? 0 : brickWidth / 2) - 120;
        for (let x = shift; x < width + 120; x += brickWidth) {
          const tone = hsl(hue + random.range(-6, 6), saturation, lightness + random.range(-spread, spread));
          const y = row * brickHeight - 40;
          scene.rect(x, y, brickWidth - gap, brickHeight - gap, tone, { rx: 1.5 });
          scene.rect(x, y + brickHeight - gap - 2, brickWidth - gap, 2, 'rgba(0,0,0,0.25)');
        }
      }
    });
  });
  if (random.chance(0.35)) sashWindow(scene);
  if (random.chance(0.35)) ivy(scene);
  const shade = ['rgba(0,0,0,0.55)', 'rgba(0,0,0,0)', 'rgba(255,240,210,0.18)'];
  scene.rect(
    0,
    0,
    width,
    300,
    scene.gradient(random.chance(0.5) ? shade : shade.toReversed(), random.pick(['down', 'across'])),
  );
}

function sashWindow(scene: Scene): void {
  const { random, width } = scene;
  const [x, y, wide, tall] = [
    random.range(0.1, 0.65) * width,
    random.range(20, 110),
    random.range(70, 110),
    random.range(90, 150),
  ];
  scene.rect(x - 7, y - 7, wide + 14, tall + 14, hsl(35, 15, random.pick([90, 30, 75])));
  scene.rect(x, y, wide, tall, scene.gradient([hsl(210, 35, 62), hsl(215, 40, 18)]));
  scene.rect(x + wide / 2 - 2, y, 4, tall, hsl(35, 10, 85));
  scene.rect(x, y + tall / 2 - 2, wide, 4, hsl(35, 10, 85));
}

function ivy(scene: Scene): void {
  const { random, width } = scene;
  const [x, y] = [random.pick([0, width]), random.pick([0, 300])];
  for (let leaf = 0; leaf < 130; leaf++) {
    const reach = random.next() ** 0.8 * 150;
    const angle = random.range(0, Math.PI * 2);
    scene.ellipse(
      x + reach * Math.cos(angle),
      y + reach * Math.sin(angle),
      random.range(4, 9),
      random.range(3, 6),
      hsl(random.range(85, 135), 42, random.range(20, 42)),
    );
  }
}

export function nightSkyline(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.pick([225, 250, 205, 285, 20]);
  const ground = random.chance(0.55) ? random.range(190, 240) : 300;
  scene.rect(
    0,
    0,
    width,
    300,
    scene.gradient([hsl(hue, 55, 7), hsl(hue + 10, 50, 18), hsl(hue + 30, 55, random.range(28, 46))]),
  );
  for (let star = 0; star < 50; star++)
    scene.ellipse(random.range(0, width), random.range(0, 130), 0.8, 0.8, hsl(50, 50, 90, random.next()));
  if (random.chance(0.5))
    scene.ellipse(random.range(0.1, 0.9) * width, random.range(25, 70), 14, 14, scene.ball(48, 40, 84));
  const windowHue = random.pick([46, 40, 55, 190]);
  for (let layer = 0; layer < 3; layer++) {
    const near = layer / 2;
    for (let x = -20; x < width;) {
      const wide = random.range(20, 58) * (0.7 + 0.5 * near);
      const top = ground - random.range(45, 165 - 40 * near);
      scene.rect(x, top, wide, ground - top, hsl(hue + random.range(-8, 8), 30, 19 - 12 * near));
      if (random.chance(0.25)) scene.rect(x + wide / 2 - 1, top - 18, 2, 18, hsl(hue, 30, 19 - 12 * near));
      const step = random.range(5, 8);
      for (let wy = top + 5; wy < ground - 6; wy += step * 1.3) {
        for (let wx = x + 4; wx < x + wide - 5; wx += step) {
          if (random.chance(0.42))
            scene.rect(
              wx,
              wy,
              step * 0.5,
              step * 0.65,
              hsl(windowHue + random.range(-10, 10), 85, random.range(45, 82), 0.4 + 0.55 * near),
            );
        }
      }
      x += wide + random.range(-4, 8);
    }
  }
  if (ground === 300) return;
  scene.rect(0, ground, width, 300 - ground, scene.gradient([hsl(hue + 15, 45, 22), hsl(hue, 55, 6)]));
  for (let glint = 0; glint < 150; glint++) {
    const [x, y] = [random.range(0, width), random.range(ground, 300)];
    scene.rect(
      x,
      y,
      random.range(4, 22),
      1.4,
      hsl(random.pick([windowHue, windowHue, hue + 40]), 80, 62, random.range(0.15, 0.7)),
    );
  }
}

export function checkeredFloor(scene: Scene): void {
  const { random, width } = scene;
  const horizon = random.range(55, 150);
  const hue = random.range(0, 360);
  const dark = hsl(hue, random.range(5, 60), random.range(8, 34));
  const light = hsl(hue + random.pick([0, 30, 180]), random.range(5, 50), random.range(76, 94));
  scene.rect(
    0,
    0,
    width,
    horizon + 1,
    scene.gradient([hsl(hue + 190, 25, random.range(20, 70)), hsl(hue + 200, 25, random.range(50, 88))]),
  );
  scene.rect(0, horizon, width, 300 - horizon, light);
  const vanish = random.range(0.2, 0.8) * width;
  const tile = random.range(38, 90);
  const rows = 15;
  const depthOf = (row: number) => horizon + (300 - horizon + 20) / (1 + row * rowShrinkage(tile));
  for (let row = 0; row < rows; row++) {
    const [front, back] = [depthOf(row), depthOf(row + 1)];
    for (let column = -16; column < 16; column++) {
      if ((row + column) % 2 === 0) continue;
      const at = (x: number, y: number): Point => [vanish + (x * tile * 1.4 * (y - horizon)) / (300 - horizon), y];
      scene.polygon([at(column, front), at(column + 1, front), at(column + 1, back), at(column, back)], dark);
    }
  }
  scene.rect(0, horizon, width, 300 - horizon, scene.gradient([hsl(hue + 200, 25, 70, 0.75), hsl(hue, 20, 50, 0)]));
  const balls = Array.from({ length: random.int(2, 7) }, () => random.range(0.12, 0.9)).sort((a, b) => a - b);
  for (const near of balls) {
    const radius = 9 + 42 * near * random.range(0.6, 1);
    const [x, y] = [random.range(0.05, 0.95) * width, horizon + (300 - horizon) * near];
    scene.ellipse(x + radius * 0.5, y, radius * 1.15, radius * 0.3, scene.glow(['rgba(0,0,0,0.7)', 'rgba(0,0,0,0)']));
    scene.ellipse(
      x,
      y - radius,
      radius,
      radius,
      scene.ball(random.range(0, 360), random.range(20, 85), random.range(38, 58)),
    );
    scene.ellipse(x - radius * 0.35, y - radius * 1.4, radius * 0.2, radius * 0.14, 'rgba(255,255,255,0.75)');
  }
}

/** How fast rows of tiles shrink towards the horizon. */
const rowShrinkage = (tile: number) => tile / 130;

export function wovenTextile(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.range(0, 360);
  const palette = Array.from({ length: 4 }, (_, i) =>
    hsl(hue + random.pick([0, 25, 150, 190]) * (i > 1 ? 1 : 0), random.range(15, 70), random.range(18, 82)),
  );
  const sett = Array.from({ length: random.int(4, 8) }, () => ({
    colour: palette[random.int(0, 3)] ?? 'black',
    size: random.range(4, 34),
  }));
  const turn = `translate(${width / 2} 150) rotate(${random.range(-45, 45).toFixed(1)}) scale(${random.range(0.8, 1.6).toFixed(2)})`;
  const thread = random.range(2.4, 5);
  // Behind the cloth, which the bending pulls away from the edges.
  scene.rect(-40, -40, width + 80, 380, palette[0] ?? 'black');
  scene.group({ filter: scene.wobbly(random.range(0.006, 0.014), random.range(8, 42)) }, () => {
    scene.rect(-40, -40, width + 80, 380, palette[0] ?? 'black');
    scene.group({ transform: turn }, () => {
      for (const direction of ['warp', 'weft']) {
        for (let at = -340, i = 0; at < 340; i++) {
          const stripe = sett[i % sett.length] ?? { colour: 'black', size: 10 };
          const [w, h] = direction === 'warp' ? [stripe.size, 700] : [700, stripe.size];
          const [x, y] = direction === 'warp' ? [at, -350] : [-350, at];
          scene.rect(x, y, w, h, stripe.colour, { opacity: direction === 'warp' ? 1 : 0.55 });
          at += stripe.size;
        }
      }
      scene.rect(-350, -350, 700, 700, scene.weave(thread));
    });
  });
  for (let fold = random.int(0, 4); fold > 0; fold--) {
    const x = random.range(-40, width);
    scene.rect(
      x,
      -20,
      random.range(40, 110),
      340,
      scene.gradient(['rgba(0,0,0,0)', 'rgba(0,0,0,0.45)', 'rgba(255,255,255,0.22)', 'rgba(0,0,0,0)'], 'across'),
      {
        transform: `rotate(${random.range(-25, 25).toFixed(1)} ${x.toFixed(1)} 150)`,
      },
    );
  }
}

import { hsl, type Scene } from './scene.js';

export function fruitBowl(scene: Scene): void {
  const { random, width } = scene;
  const table = random.range(150, 215);
  const wall = random.range(0, 360);
  scene.rect(
    0,
    0,
    width,
    table,
    scene.gradient(
      [hsl(wall, 22, random.range(25, 75)), hsl(wall + 10, 25, random.range(40, 85))],
      random.pick(['down', 'across']),
    ),
  );
  const wood = hsl(random.pick([28, 18, 210, 350]), random.range(12, 55), random.range(28, 66));
  scene.rect(0, table, width, 300 - table, wood, { filter: scene.grainy(0.008, 0.16, 0.6) });
  const [x, y, wide] = [width * random.range(0.35, 0.65), table + random.range(10, 50), random.range(85, 150)];
  scene.ellipse(x + 15, y + wide * 0.42, wide, wide * 0.2, scene.glow(['rgba(0,0,0,0.6)', 'rgba(0,0,0,0)']));
  const bowl = random.range(0, 360);
  scene.ellipse(x, y - wide * 0.1, wide, wide * 0.25, hsl(bowl, 30, 22));
  const count = random.int(6, 12);
  for (let i = 0; i < count; i++) {
    const spread = (i / (count - 1)) * 2 - 1;
    fruit(
      scene,
      x + spread * wide * 0.68 * random.range(0.8, 1),
      y - wide * random.range(0.12, 0.5) * (1.1 - Math.abs(spread) * 0.5),
      wide * random.range(0.19, 0.27),
    );
  }
  for (let i = 0; i < 4; i++)
    fruit(scene, x + (i - 1.5) * wide * 0.42, y - wide * 0.14, wide * random.range(0.2, 0.25));
  const glaze = scene.gradient([hsl(bowl, 40, 72), hsl(bowl, 42, 48), hsl(bowl, 45, 20)], 'across');
  const rim = y - wide * 0.08;
  scene.path(
    `M${x - wide} ${rim}Q${x} ${rim + wide * 0.42} ${x + wide} ${rim}Q${x + wide * 0.75} ${y + wide * 0.52} ${x} ${y + wide * 0.52}Q${x - wide * 0.75} ${y + wide * 0.52} ${x - wide} ${rim}Z`,
    glaze,
  );
  if (random.chance(0.6))
    fruit(scene, x + random.pick([-1, 1]) * wide * random.range(0.95, 1.25), y + wide * 0.4, wide * 0.22);
}

function fruit(scene: Scene, x: number, y: number, radius: number): void {
  const { random } = scene;
  switch (random.int(0, 4)) {
    case 0: {
      scene.path(
        `M${x - radius * 1.5} ${y - radius * 0.5}Q${x} ${y + radius * 1.5} ${x + radius * 1.6} ${y - radius * 0.7}Q${x} ${y + radius * 0.5} ${x - radius * 1.5} ${y - radius * 0.5}Z`,
        scene.gradient([hsl(52, 90, 66), hsl(46, 88, 46)]),
        { transform: `rotate(${random.range(-40, 40).toFixed(0)} ${x.toFixed(1)} ${y.toFixed(1)})` },
      );
      return;
    }
    case 1: {
      const hue = random.pick([285, 95]);
      for (let grape = 0; grape < 11; grape++) {
        scene.ellipse(
          x + random.range(-0.8, 0.8) * radius,
          y + random.range(-0.7, 0.9) * radius,
          radius * 0.32,
          radius * 0.34,
          scene.ball(hue, 42, 36),
        );
      }
      return;
    }
    default: {
      const [hue, saturation, lightness] = random.pick([
        [4, 78, 40],
        [28, 92, 52],
        [85, 60, 44],
        [54, 85, 56],
        [345, 60, 32],
      ]);
      scene.ellipse(x, y, radius * random.range(0.9, 1.08), radius, scene.ball(hue, saturation, lightness));
      scene.line(`M${x} ${y - radius * 0.9}q2 ${-radius * 0.3} ${radius * 0.25} ${-radius * 0.38}`, hsl(28, 40, 20), 2);
      if (random.chance(0.5))
        scene.ellipse(x + radius * 0.4, y - radius * 1.05, radius * 0.32, radius * 0.13, hsl(110, 45, 34));
    }
  }
}

export function flowerMeadow(scene: Scene): void {
  const { random, width } = scene;
  const horizon = random.pick([0, 0, 60, 100]);
  const green = random.range(75, 135);
  if (horizon > 0)
    scene.rect(0, 0, width, horizon + 10, scene.gradient([hsl(205, 60, random.range(50, 78)), hsl(200, 50, 88)]));
  scene.rect(
    0,
    horizon,
    width,
    300 - horizon,
    scene.gradient([hsl(green, 38, 58), hsl(green, 48, random.range(18, 34))]),
    { filter: scene.grainy(0.035, 0.02, 0.7) },
  );
  const kinds = Array.from({ length: random.int(1, 3) }, () => ({
    hue: random.pick([0, 350, 320, 280, 230, 50, 40, 15]),
    light: random.pick([50, 58, 68, 90]),
    petals: random.int(5, 9),
  }));
  const scale = random.range(0.7, 1.7);
  const count = Math.round(random.range(30, 55) / scale);
  for (let i = 0; i < count; i++) {
    const near = i / count;
    const [x, y] = [random.range(0, width), horizon + 15 + near * (290 - horizon) + random.range(-12, 12)];
    for (let blade = 0; blade < 7; blade++) {
      const from = x + random.range(-26, 26);
      scene.line(
        `M${from} ${y + 34}q${random.range(-6, 6)} -18 ${random.range(-12, 12)} ${-random.range(20, 55) * (0.4 + near)}`,
        hsl(green + random.range(-14, 14), 48, random.range(20, 55)),
        0.8 + 1.6 * near,
      );
    }
    const kind = kinds[random.int(0, kinds.length - 1)];
    if (kind === undefined) continue;
    const size = (3 + 12 * near) * scale * random.range(0.7, 1.2);
    scene.line(`M${x} ${y}q${random.range(-4, 4)} 14 0 ${size * 3}`, hsl(green, 45, 26), 1 + near);
    const squash = random.range(0.5, 1);
    for (let petal = 0; petal < kind.petals; petal++) {
      const angle = (petal / kind.petals) * Math.PI * 2;
      const [px, py] = [x + Math.cos(angle) * size * 0.75, y + Math.sin(angle) * size * 0.75 * squash];
      scene.ellipse(
        px,
        py,
        size * 0.6,
        size * 0.34,
        hsl(kind.hue + random.range(-8, 8), 80, kind.light + random.range(-9, 7)),
        {
          transform: `rotate(${((angle * 180) / Math.PI).toFixed(0)} ${px.toFixed(1)} ${py.toFixed(1)})`,
        },
      );
    }
    scene.ellipse(x, y, size * 0.4, size * 0.4 * squash, hsl(46, 90, kind.hue > 35 && kind.hue < 60 ? 28 : 52));
  }
}

export function fishInWater(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.pick([200, 215, 185, 165, 230]);
  const bright = random.range(0.6, 1.15);
  const water = [hsl(hue - 12, 65, 68 * bright), hsl(hue, 70, 42 * bright), hsl(hue + 12, 70, 17 * bright)];
  scene.rect(0, 0, width, 300, scene.gradient(water), { filter: scene.grainy(0.012, 0.03, 0.45) });
  for (let ray = random.int(2, 5); ray > 0; ray--) {
    const x = random.range(-40, width);
    scene.polygon(
      [
        [x, -5],
        [x + 22, -5],
        [x + 95, 305],
        [x + 25, 305],
      ],
      'rgba(255,255,255,0.09)',
    );
  }
  if (random.chance(0.7))
    scene.path(
      `M0 300V${random.range(250, 282)}Q${width / 2} ${random.range(228, 290)} ${width} ${random.range(250, 282)}V300Z`,
      hsl(42, 35, 52 * bright),
    );
  for (let weed = random.int(0, 14); weed > 0; weed--) {
    const [x, tall] = [random.range(0, width), random.range(30, 120)];
    scene.line(
      `M${x} 300q${random.range(-22, 22)} ${-tall / 3} 0 ${-tall / 2}t${random.range(-15, 15)} ${-tall / 2}`,
      hsl(random.pick([120, 95, 340, 20]), 50, random.range(22, 46)),
      random.range(3, 8),
    );
  }
  const school = random.chance(0.45);
  const species = Array.from({ length: school ? 1 : 3 }, () => ({
    hue: random.pick([20, 45, 0, 55, 280, 200, 330]),
    size: random.range(school ? 12 : 18, school ? 24 : 46),
    stripes: random.int(0, 3),
  }));
  const facing = random.pick([1, -1]);
  for (let i = school ? random.int(10, 24) : random.int(3, 8); i > 0; i--) {
    const kind = species[random.int(0, species.length - 1)];
    if (kind === undefined) continue;
    const heading = school || random.chance(0.7) ? facing : -facing;
    const turn = random.range(-16, 16);
    scene.group(
      {
        transform: `translate(${random.range(25, width - 25).toFixed(1)} ${random.range(30, 260).toFixed(1)}) rotate(${turn.toFixed(0)}) scale(${heading} 1)`,
      },
      () => fish(scene, kind),
    );
  }
  for (let bubble = random.int(5, 26); bubble > 0; bubble--) {
    const radius = random.range(1.5, 6);
    scene.ellipse(random.range(0, width), random.range(0, 280), radius, radius, 'rgba(255,255,255,0.2)', {
      stroke: 'rgba(255,255,255,0.6)',
      'stroke-width': 0.8,
    });
  }
}

function fish(scene: Scene, kind: { hue: number; size: number; stripes: number }): void {
  const size = kind.size * scene.random.range(0.8, 1.15);
  const tone = hsl(kind.hue + 12, 80, 44);
  scene.path(`M${-size * 0.8} 0L${-size * 1.5} ${-size * 0.5}Q${-size * 1.25} 0 ${-size * 1.5} ${size * 0.5}Z`, tone);
  scene.path(`M${-size * 0.4} ${-size * 0.4}Q0 ${-size} ${size * 0.4} ${-size * 0.4}Z`, tone);
  scene.path(`M${-size * 0.2} ${size * 0.4}Q0 ${size * 0.8} ${size * 0.25} ${size * 0.4}Z`, tone);
  scene.ellipse(0, 0, size, size * 0.52, scene.ball(kind.hue, 82, 54, [0.5, 0.25]));
  for (let stripe = 0; stripe < kind.stripes; stripe++) {
    scene.ellipse(
      -size * 0.5 + stripe * size * 0.42,
      0,
      size * 0.08,
      size * 0.42,
      stripe % 2 === 0 ? 'rgba(255,255,255,0.85)' : 'rgba(10,10,30,0.8)',
    );
  }
  scene.ellipse(size * 0.66, -size * 0.1, size * 0.12, size * 0.12, 'white');
  scene.ellipse(size * 0.69, -size * 0.1, size * 0.06, size * 0.06, 'black');
}

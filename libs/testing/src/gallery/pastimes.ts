import { clouds } from './landscapes.js';
import { hsl, type Scene } from './scene.js';

type Tone = readonly [hue: number, saturation: number, lightness: number];

export function planets(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.range(200, 330);
  scene.rect(0, 0, width, 300, hsl(hue, 40, random.range(3, 9)));
  for (let cloud = random.int(1, 4); cloud > 0; cloud--) {
    const reach = random.range(80, 190);
    scene.ellipse(
      random.range(0, width),
      random.range(0, 300),
      reach,
      reach * 0.6,
      scene.glow([hsl(hue + random.range(-60, 90), 70, 48, 0.6), hsl(hue, 60, 20, 0)]),
      { filter: scene.grainy(0.02, 0.02, 0.9) },
    );
  }
  for (let star = 0; star < 150; star++) {
    const size = random.next() ** 5 * 1.8 + 0.45;
    scene.ellipse(
      random.range(0, width),
      random.range(0, 300),
      size,
      size,
      hsl(random.pick([50, 210, 30]), 50, random.range(70, 98)),
    );
  }
  for (let i = random.int(1, 3); i > 0; i--) {
    const [x, y, radius] = [random.range(0.1, 0.9) * width, random.range(30, 270), random.range(16, 95) / i ** 0.5];
    const [tone, saturation] = [random.range(0, 360), random.range(15, 65)];
    const turn = `rotate(${random.range(-35, 35).toFixed(0)} ${x.toFixed(1)} ${y.toFixed(1)})`;
    const ring = random.chance(0.4);
    const half = (sweep: number) => {
      for (const reach of [1.5, 1.75, 2]) {
        scene.line(
          `M${x - radius * reach} ${y}A${radius * reach} ${radius * reach * 0.28} 0 0 ${sweep} ${x + radius * reach} ${y}`,
          hsl(tone + 30, 30, 74, 0.75),
          radius * 0.13,
          { transform: turn, 'stroke-linecap': 'butt' },
        );
      }
    };
    if (ring) half(1);
    const outline = `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
    scene.group({ 'clip-path': scene.clip(outline) }, () => {
      scene.rect(x - radius, y - radius, radius * 2, radius * 2, hsl(tone, saturation, 52), {
        filter: scene.grainy(random.pick([0.012, 0.04]), random.pick([0.04, 0.12]), 0.95),
      });
      const light = random.range(0.2, 0.45);
      scene.ellipse(
        x,
        y,
        radius * 1.03,
        radius * 1.03,
        scene.glow(
          ['rgba(255,255,255,0.3)', 'rgba(0,0,0,0.05)', 'rgba(0,0,0,0.5)', 'rgba(0,0,0,0.95)'],
          [light, light],
        ),
      );
    });
    if (ring) half(0);
  }
}

export function sailingBoats(scene: Scene): void {
  const { random, width } = scene;
  const horizon = random.range(100, 190);
  const hue = random.pick([200, 210, 190, 28, 222]);
  scene.rect(0, 0, width, horizon + 1, scene.gradient([hsl(hue, 55, random.range(42, 70)), hsl(hue - 5, 50, 88)]));
  clouds(scene, random.int(1, 6), `rgba(255,255,255,${random.range(0.35, 0.85).toFixed(2)})`, horizon * 0.75);
  const sea = random.pick([205, 195, 215, 175]);
  scene.rect(
    0,
    horizon,
    width,
    300 - horizon,
    scene.gradient([hsl(sea, 50, 56), hsl(sea + 8, 58, random.range(20, 38))]),
    { filter: scene.grainy(0.02, 0.13, 0.6) },
  );
  for (let wave = 0; wave < 60; wave++) {
    const near = random.next();
    const [x, y, reach] = [random.range(0, width), horizon + 4 + near * (300 - horizon), 3 + near * 14];
    scene.line(`M${x} ${y}q${reach / 2} ${-reach * 0.3} ${reach} 0`, 'rgba(255,255,255,0.45)', 0.6 + near);
  }
  const boats = Array.from({ length: random.int(1, 5) }, () => random.next()).sort((a, b) => a - b);
  const heading = random.pick([1, -1]);
  for (const near of boats) {
    const size = 20 + 75 * near ** 1.4;
    const [x, y] = [random.range(0.1, 0.9) * width, horizon + 8 + near * (240 - horizon)];
    const sail = random.pick<Tone>([
      [45, 20, 95],
      [5, 70, 55],
      [40, 40, 88],
      [210, 60, 40],
      [50, 85, 60],
    ]);
    scene.group(
      {
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${heading} 1) rotate(${random.range(-9, 9).toFixed(0)})`,
      },
      () => boat(scene, size, sail),
    );
  }
}

function boat(scene: Scene, size: number, [hue, saturation, lightness]: Tone): void {
  const { random } = scene;
  scene.ellipse(0, size * 0.22, size * 0.75, size * 0.1, 'rgba(10,30,60,0.4)');
  const belly = size * random.range(0.12, 0.3);
  const cloth = (drop: number) =>
    scene.gradient([hsl(hue, saturation, lightness), hsl(hue, saturation, lightness - drop)], 'across');
  scene.path(
    `M2 ${-size * 1.7}Q${size * 0.35 + belly} ${-size * 0.8} ${size * 0.72} ${-size * 0.1}L2 ${-size * 0.08}Z`,
    cloth(22),
  );
  if (random.chance(0.8))
    scene.path(
      `M-3 ${-size * 1.45}Q${-size * 0.2} ${-size * 0.8} ${-size * 0.62} ${-size * 0.08}L-3 ${-size * 0.1}Z`,
      cloth(12),
    );
  scene.line(`M0 ${size * 0.05}V${-size * 1.75}`, hsl(25, 35, 24), Math.max(1, size * 0.035));
  const hull = hsl(random.range(0, 360), random.range(10, 60), random.pick([18, 30, 85]));
  scene.path(
    `M${-size * 0.72} 0H${size * 0.85}Q${size * 0.65} ${size * 0.25} ${size * 0.45} ${size * 0.26}H${-size * 0.5}Q${-size * 0.68} ${size * 0.22} ${-size * 0.72} 0Z`,
    hull,
  );
}

export function sweets(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.range(0, 360);
  scene.rect(
    0,
    0,
    width,
    300,
    scene.gradient([hsl(hue, random.range(15, 70), random.range(55, 92)), hsl(hue + 20, 40, random.range(40, 84))]),
  );
  if (random.chance(0.4)) {
    const step = random.range(18, 40);
    for (let x = -300; x < width + 300; x += step * 2)
      scene.polygon(
        [
          [x, 0],
          [x + step, 0],
          [x + step + 150, 300],
          [x + 150, 300],
        ],
        'rgba(255,255,255,0.28)',
      );
  }
  const scale = random.range(0.75, 1.5);
  const favourite = random.int(0, 2);
  for (let i = Math.round(random.range(9, 17) / scale); i > 0; i--) {
    const [x, y, size] = [random.range(0, width), random.range(10, 290), random.range(19, 32) * scale];
    const kind = random.chance(0.6) ? favourite : random.int(0, 2);
    scene.ellipse(
      x + 5,
      y + 7,
      size * 1.15,
      size,
      scene.glow(['rgba(0,0,0,0.45)', 'rgba(0,0,0,0.25)', 'rgba(0,0,0,0)']),
    );
    scene.group(
      { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${random.range(0, 360).toFixed(0)})` },
      () => [lollipop, wrappedSweet, doughnut][kind]?.(scene, size),
    );
  }
}

function lollipop(scene: Scene, size: number): void {
  const { random } = scene;
  const hue = random.range(0, 360);
  scene.line(`M0 ${size}V${size * 2.6}`, 'rgb(245,240,232)', size * 0.14);
  scene.ellipse(0, 0, size, size, hsl(hue, 82, 58));
  for (let arm = 0; arm < 6; arm++) {
    scene.path(
      `M0 0Q${size * 0.75} ${-size * 0.1} ${size * 0.87} ${size * 0.5}A${size} ${size} 0 0 1 ${size * 0.4} ${size * 0.91}Q${size * 0.55} ${size * 0.3} 0 0Z`,
      'rgba(255,255,255,0.85)',
      { transform: `rotate(${arm * 60})` },
    );
  }
  scene.ellipse(-size * 0.3, -size * 0.4, size * 0.3, size * 0.16, 'rgba(255,255,255,0.5)');
}

function wrappedSweet(scene: Scene, size: number): void {
  const { random } = scene;
  const hue = random.range(0, 360);
  for (const side of [-1, 1])
    scene.path(
      `M${side * size * 0.7} 0L${side * size * 1.5} ${-size * 0.55}Q${side * size * 1.3} 0 ${side * size * 1.5} ${size * 0.55}Z`,
      hsl(hue, 78, 68),
    );
  scene.ellipse(0, 0, size * 0.85, size * 0.62, scene.ball(hue, 80, 52));
  for (let stripe = -1; stripe <= 1; stripe++)
    scene.ellipse(stripe * size * 0.38, 0, size * 0.08, size * 0.5, 'rgba(255,255,255,0.75)');
}

function doughnut(scene: Scene, size: number): void {
  const { random } = scene;
  const glaze = random.pick([
    [335, 75, 72],
    [25, 45, 28],
    [45, 40, 90],
    [200, 60, 75],
  ]);
  const ring = (radius: number, colour: string, thickness: number) =>
    scene.shape('circle', { r: radius, fill: 'none', stroke: colour, 'stroke-width': thickness });
  ring(size * 0.68, hsl(32, 60, 52), size * 0.68);
  ring(size * 0.68, hsl(glaze[0] ?? 0, glaze[1] ?? 0, glaze[2] ?? 0), size * 0.5);
  for (let sprinkle = 0; sprinkle < 16; sprinkle++) {
    const [angle, reach] = [random.range(0, Math.PI * 2), size * random.range(0.5, 0.86)];
    scene.line(
      `M${Math.cos(angle) * reach} ${Math.sin(angle) * reach}l${random.range(-3, 3)} ${random.range(-3, 3)}`,
      hsl(random.range(0, 360), 85, 60),
      size * 0.07,
    );
  }
}

export function hotAirBalloons(scene: Scene): void {
  const { random, width } = scene;
  const hue = random.pick([205, 215, 195, 28, 265]);
  scene.rect(0, 0, width, 300, scene.gradient([hsl(hue, 60, random.range(38, 68)), hsl(hue - 12, 55, 86)]));
  clouds(scene, random.int(1, 7), 'rgba(255,255,255,0.65)', 240);
  if (random.chance(0.7)) {
    const land = random.range(225, 285);
    scene.path(
      `M0 300V${land}Q${width * 0.3} ${land - 30} ${width * 0.6} ${land}T${width} ${land - 12}V300Z`,
      hsl(random.pick([95, 40, 120, 25]), 38, random.range(28, 55)),
      { filter: scene.grainy(0.03, 0.08, 0.6) },
    );
  }
  for (let i = random.int(1, 6); i > 0; i--) {
    const [x, y, size] = [random.range(0.18, 0.82) * width, random.range(60, 190), random.range(17, 80) / i ** 0.3];
    const [first, second] = [random.range(0, 360), random.range(0, 360)];
    const basket = y + size * 1.55;
    scene.line(
      `M${x - size * 0.35} ${y + size}L${x - size * 0.12} ${basket}M${x + size * 0.35} ${y + size}L${x + size * 0.12} ${basket}`,
      'rgba(40,30,20,0.9)',
      1,
    );
    scene.rect(x - size * 0.16, basket, size * 0.32, size * 0.24, hsl(28, 45, 32));
    const outline = `M${x - size * 0.3} ${y + size * 1.15}Q${x - size * 1.05} ${y + size * 0.55} ${x - size} ${y}A${size} ${size} 0 0 1 ${x + size} ${y}Q${x + size * 1.05} ${y + size * 0.55} ${x + size * 0.3} ${y + size * 1.15}Z`;
    scene.group({ 'clip-path': scene.clip(outline) }, () => {
      scene.rect(x - size * 1.1, y - size * 1.1, size * 2.2, size * 2.4, hsl(first, 78, 54));
      for (const [k, reach] of [0.98, 0.72, 0.42, 0.14].entries())
        scene.ellipse(x, y, size * reach, size * 1.6, hsl(k % 2 === 0 ? second : first, 78, k % 2 === 0 ? 62 : 52));
      scene.rect(
        x - size * 1.1,
        y - size * 1.1,
        size * 2.2,
        size * 2.4,
        scene.gradient(['rgba(255,255,255,0.35)', 'rgba(0,0,0,0)', 'rgba(0,0,0,0.5)'], 'across'),
      );
    });
  }
}

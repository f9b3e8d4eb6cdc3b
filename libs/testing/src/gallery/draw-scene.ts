import { renderSvg } from '#libs/imaging';
import { brickWall, checkeredFloor, nightSkyline, wovenTextile } from './built.js';
import { desertDunes, forest, snowyMountains, sunsetSea } from './landscapes.js';
import { fishInWater, flowerMeadow, fruitBowl } from './nature.js';
import { hotAirBalloons, planets, sailingBoats, sweets } from './pastimes.js';
import { Random, seedFrom } from './random.js';
import { hsl, Scene } from './scene.js';

const PAINTERS = {
  'brick-wall': brickWall,
  'checkered-floor': checkeredFloor,
  'desert-dunes': desertDunes,
  'fish-in-water': fishInWater,
  'flower-meadow': flowerMeadow,
  forest,
  'fruit-bowl': fruitBowl,
  'hot-air-balloons': hotAirBalloons,
  'night-skyline': nightSkyline,
  planets,
  'sailing-boats': sailingBoats,
  'snowy-mountains': snowyMountains,
  'sunset-sea': sunsetSea,
  sweets,
  'woven-textile': wovenTextile,
} as const satisfies Record<string, (scene: Scene) => void>;

export type GalleryCategory = keyof typeof PAINTERS;

/** Every category, in alphabetical order; each is the name of a folder too. */
export const galleryCategories: readonly GalleryCategory[] = Object.keys(PAINTERS).filter(isGalleryCategory);

export function isGalleryCategory(name: string): name is GalleryCategory {
  return Object.hasOwn(PAINTERS, name);
}

/**
 * Draws one scene of a category as a JPEG. Layout, palette, light, scale, viewpoint and clutter follow from category and
 * seed; the same arguments give the same bytes, different seeds different pictures.
 */
export async function drawScene(
  category: GalleryCategory,
  seed: number,
  { width, height }: { width: number; height: number },
): Promise<Buffer> {
  const random = new Random(seedFrom(category, seed));
  const scene = new Scene((300 * width) / height, random);
  const [centreX, centreY] = [scene.width / 2, scene.height / 2];
  // The viewpoint: mirrored or not, a little turned, and near enough that the turn shows no corner.
  const turn = random.range(-3, 3);
  const near = random.range(1.08, 1.35);
  const mirrored = random.chance(0.5) ? -1 : 1;
  const place = `translate(${centreX} ${centreY}) rotate(${turn.toFixed(2)}) scale(${(near * mirrored).toFixed(3)} ${near.toFixed(3)}) translate(${-centreX} ${-centreY})`;
  scene.group({ transform: place }, () => PAINTERS[category](scene));
  light(scene);
  return renderSvg(scene.toSvg(), {
    width,
    height,
    format: 'jpeg',
    quality: 88,
    grain: { sigma: random.range(1, 6), seed: random.int(1, 1e9) },
  });
}

/** Exposure, colour of the light and vignette, which differ from picture to picture as they do between photos. */
function light(scene: Scene): void {
  const { random, width, height } = scene;
  scene.rect(0, 0, width, height, hsl(random.range(0, 360), 60, random.pick([20, 50, 85]), random.range(0, 0.16)));
  const edge = `rgba(0,0,0,${random.range(0, 0.4).toFixed(2)})`;
  scene.ellipse(width / 2, height / 2, width * 0.8, height * 0.8, scene.glow(['rgba(0,0,0,0)', 'rgba(0,0,0,0)', edge]));
}

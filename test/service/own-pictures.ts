import type { TrainingRecord } from '#libs/catalogue';
import { TrainClassifier, type OwnImage, type TrainingOrderInput } from '#libs/search';
import { drawScene, galleryCategories } from '#libs/testing';
import type { ServiceFixture } from './service-fixture.js';

/** A small picture that the catalogue does not have; another seed of the same kind gives another of the same sort of thing. */
export async function ownPicture(kind: number, seed: number, category: string): Promise<OwnImage> {
  const drawn = galleryCategories[kind * 3];
  if (!drawn) throw new Error('the gallery has too few kinds');
  const bytes = await drawScene(drawn, seed, { width: 160, height: 120 });
  return { name: `${kind}-${seed}.jpg`, bytes, category, value: 'positive' };
}

/** The same picture as another content: with a comment segment, which no decoder looks at. */
export function withComment(jpeg: Buffer, comment: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(comment), jpeg.subarray(2)]);
}

/** Trains to the end, however it ends. */
export async function trained(
  service: ServiceFixture,
  name: string,
  order: TrainingOrderInput,
): Promise<TrainingRecord> {
  const training = service.get(TrainClassifier);
  const { id } = await training.start(name, order);
  let last = await training.get(name, id);
  for await (const view of training.watch(name, id)) last = view;
  return last;
}

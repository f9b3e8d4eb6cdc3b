import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene, galleryCategories } from '#libs/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import { environment, likeness, Likeness, type Ended } from './run-likeness.js';

const START_MS = 120_000;

/** A folder of drawn photos and a data folder on which a service runs, for the tests of one file. */
export class ServedFolder {
  private folder = '';
  private service?: Likeness;
  private readonly env = { ...environment, LIKENESS_ENCODER_THREADS: '1' };

  /**
   * @param images how many photos are drawn: `0.jpg`, `1.jpg`, …
   * @param before work on the folders while no service runs yet
   */
  constructor(images: number, before: (folder: ServedFolder) => Promise<unknown> = () => Promise.resolve()) {
    beforeAll(async () => {
      this.folder = await mkdtemp(path.join(tmpdir(), 'likeness-cli-served-'));
      await mkdir(this.photos);
      for (const [at, category] of galleryCategories.slice(0, images).entries()) {
        const photo = await drawScene(category, at, { width: 96, height: 96 });
        await writeFile(path.join(this.photos, `${at}.jpg`), photo);
      }
      await before(this);
      this.service = new Likeness(['start', '--port', '0', '--data', this.data], this.place);
      await this.service.says(/Likeness is ready/);
    }, START_MS);

    afterAll(async () => {
      this.service?.signal('SIGINT');
      await this.service?.end();
      await rm(this.folder, { recursive: true, force: true });
    }, START_MS);
  }

  get data(): string {
    return path.join(this.folder, 'data');
  }

  get photos(): string {
    return path.join(this.folder, 'photos');
  }

  /** Of the service. */
  get pid(): number {
    return this.service?.pid ?? 0;
  }

  readonly run = (...args: string[]): Promise<Ended> => likeness([...args, '--data', this.data], this.place);

  /** Runs a command that must succeed. @returns its one document */
  readonly json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  /** Runs one that must fail. @returns its error */
  readonly failure = async (...args: string[]): Promise<object> => {
    const { code, stdout } = await this.run(...args, '--json');
    expect(code).not.toBe(0);
    return (JSON.parse(stdout) as { error: object }).error;
  };

  private get place() {
    return { cwd: this.folder, env: this.env };
  }
}

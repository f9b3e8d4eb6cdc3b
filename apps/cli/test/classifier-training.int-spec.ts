import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeVariantModel } from '#libs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { findRunningService } from '../src/service/running-service.js';
import { ServedFolder } from './served-folder.js';

const COMMAND_MS = 240_000;
const IMAGES = 8;

const served = new ServedFolder(IMAGES, ({ data }) => writeVariantModel(data, 'variant'));
const { run, json, failure } = served;
const classifier = (...args: string[]) => json('classifier', ...args);

interface Job {
  readonly status: string;
  readonly progress: { readonly searched: readonly unknown[] };
}

/** Asks the service itself, where starting a command would only cost time. */
async function ask<T extends object>(method: 'GET' | 'POST', below: string, body?: object): Promise<T> {
  const { url } = (await findRunningService(served.data)) ?? { url: '' };
  const answer = await fetch(`${url}/v1/classifiers${below}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  expect({ below, ok: answer.ok }).toEqual({ below, ok: true });
  return (await answer.json()) as T;
}

const named = (...names: string[]) => ({ categories: names.map((name) => ({ name })) });

beforeAll(async () => {
  expect(await json('import', served.photos)).toMatchObject({ status: 'done', done: IMAGES });
}, COMMAND_MS);

describe('likeness classifier category', { timeout: COMMAND_MS }, () => {
  it('adds, renames and removes', async () => {
    await classifier('create', 'kinds', 'left');
    expect(await classifier('category', 'add', 'kinds', 'rihgt')).toMatchObject(named('left', 'rihgt'));
    expect(await classifier('category', 'rename', 'kinds', 'rihgt', 'right')).toMatchObject(named('left', 'right'));
    await classifier('category', 'add', 'kinds', 'middle');
    const removed = await run('classifier', 'category', 'remove', 'kinds', 'middle');
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.stdout).toMatch(/^kinds \(single\), no version in use\nCATEGORY .*\nleft .*\nright +0 +0\n$/);
  });

  it('refuses a category twice, one that is not there, and a new name left out', async () => {
    expect(await failure('classifier', 'category', 'add', 'kinds', 'left')).toMatchObject({
      code: 'classifier_conflict',
    });
    expect(await failure('classifier', 'category', 'remove', 'kinds', 'top')).toMatchObject({
      code: 'category_not_found',
    });
    const nameless = await run('classifier', 'category', 'rename', 'kinds', 'left');
    expect(nameless).toMatchObject({ code: 2 });
    expect(nameless.stderr).toContain('Expected the new name');
  });
});

describe('likeness classifier train', { timeout: COMMAND_MS }, () => {
  beforeAll(async () => {
    const ids = Array.from({ length: IMAGES }, (_, at) => String(at + 1));
    await classifier('label', 'kinds', '--image', ...ids.slice(0, IMAGES / 2), '--category', 'left');
    await classifier('label', 'kinds', '--image', ...ids.slice(IMAGES / 2), '--category', 'right');
    // What follows the end of a JPEG is looked at by nobody: another content, the same picture.
    const { url } = (await findRunningService(served.data)) ?? { url: '' };
    const left = await fetch(`${url}/v1/images/${ids[0]}/original`);
    const twin = Buffer.concat([Buffer.from(await left.arrayBuffer()), Buffer.from('twin')]);
    const folder = path.join(served.data, '..', 'sorted', 'right');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'twin.jpg'), twin);
    await classifier('label', 'kinds', path.dirname(folder));
  }, COMMAND_MS);

  it('has nothing to suggest where each of the newest images has a label', async () => {
    const { stdout } = await run('classifier', 'suggest', 'kinds');
    expect(stdout).toMatch(/^None of the newest images is without a label\. /);
  });

  it('reaches every kind of setting, and the version keeps them', async () => {
    const settings = [
      ...['--heads', 'mlp', '--taps', 'penultimate', '--hidden', '8', '6', '--dropout', '0.1', '--seed', '7'],
      ...['--l2', '0.01', '--max-norm', '4', '--learning-rate', '0.02', '--momentum', '0.8', '--schedule', 'inverse'],
      ...['--batch-size', '4', '--epochs', '5', '--class-weights', 'balanced', '--split', 'cross-fit'],
      ...['--candidates', '1', '--rounds', '1', '--folds', '2', '--precision', '0.8', '--acceptance', '0.9'],
    ];
    const { version } = await classifier('train', 'kinds', ...settings);
    expect(version).toMatchObject({
      version: 1,
      kind: 'mlp',
      order: {
        heads: ['mlp'],
        taps: [['penultimate']],
        seed: 7,
        regularisation: { l2: 0.01, maxNorm: 4 },
        split: 'cross-fit',
        classWeights: 'balanced',
        search: { candidates: 1, rounds: 1, folds: 2 },
        optimiser: { kind: 'solver', learningRate: 0.02, momentum: 0.8, batchSize: 4, epochs: 5, schedule: 'inverse' },
        mlp: { hidden: [8, 6], dropout: 0.1 },
        targetPrecision: 0.8,
        acceptance: 0.9,
      },
      report: { chosen: { l2: 0.01, learningRate: 0.02, hidden: [8, 6] } },
    });
  });

  it('lists near-duplicates that are labelled differently, and has nothing left to suggest', async () => {
    const { stdout } = await run('classifier', 'eval', 'kinds');
    expect(stdout).toMatch(
      /\nNear-duplicates of each other that were labelled differently:\nALIKE .*\n +1 +\d+ +\d+ +left +open *\n +- +\d+ +right +twin\.jpg\n/,
    );
    expect(await classifier('doubted', 'kinds')).toMatchObject({
      contradictions: [{ state: 'open', duplicates: [{ name: null }, { image: null, name: 'twin.jpg' }] }],
    });
    const suggested = await run('classifier', 'suggest', 'kinds');
    expect(suggested.stdout).toBe('Every image that version 1 has scored has a label.\n');
  });

  it('tells by the option what the service refuses, and trains nothing', async () => {
    const refused = await run('classifier', 'train', 'kinds', '--candidates', '99', '--learning-rate', '0');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('Expected at most 64 for --candidates but received 99.');
    expect(refused.stderr).toContain('Expected more than 0 for --learning-rate but received 0.');
    expect((await run('classifier', 'train', 'kinds', '--folds', 'few')).stderr).toContain('Expected a number.');
    const { versions } = await classifier('versions', 'kinds');
    expect(versions).toHaveLength(1);
  });

  it('shows the settings in groups with their defaults', async () => {
    const { stdout } = await run('classifier', 'train', '--help');
    for (const part of ['The head:', 'Regularisation', 'Optimiser', 'Search of settings:', 'Measuring:', 'Examples:'])
      expect(stdout).toContain(part);
    expect(stdout.replace(/\s+/g, ' ')).toContain('--epochs <n> how often each image is seen (default: 60)');
  });
});

describe('likeness classifier cancel', { timeout: COMMAND_MS }, () => {
  const LONG = [
    '--heads',
    'mlp',
    '--taps',
    'penultimate',
    '--candidates',
    '24',
    '--epochs',
    '500',
    '--batch-size',
    '2',
  ];

  it('ends a training in the midst of it: who follows it is told, and no version is made', async () => {
    const training = run('classifier', 'train', 'kinds', ...LONG);
    for (let begun = false; !begun; await sleep(100)) {
      const [latest] = (await ask<{ trainings: Job[] }>('GET', '/kinds/trainings?limit=1')).trainings;
      begun = latest?.status === 'running' && latest.progress.searched.length > 0;
    }
    const { stdout } = await run('classifier', 'cancel', 'kinds');
    expect(stdout).toMatch(/^Training \d+ is cancelled; it makes no version\.\n$/);
    const ended = await training;
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/Training \d+ was cancelled; it made no version\./);
    expect(await classifier('versions', 'kinds')).toMatchObject({ versions: [{ version: 1, inUse: true }] });
    expect(await classifier('cancel', 'kinds')).toEqual({ trainings: [], rescorings: [] });
  });
});

describe('likeness classifier retrain', { timeout: COMMAND_MS }, () => {
  it('trains again what another encoder has made stale, and says which classifiers it cannot train', async () => {
    expect((await run('classifier', 'retrain')).stdout).toBe('Nothing is stale.\n');
    await ask('POST', '', { name: 'imported', categories: ['left', 'right'] });
    await ask('POST', '/imported/versions/import', await ask('GET', '/kinds/versions/1/export'));
    await classifier('use', 'imported', '1');
    await json('reindex', '--encoder', 'variant');
    expect(await classifier('versions', 'kinds')).toMatchObject({ versions: [{ version: 1, stale: true }] });
    const retrained = await run('classifier', 'retrain');
    expect(retrained).toMatchObject({ code: 3 });
    expect(retrained.stdout).toBe(
      'kinds: version 2 in use\n' +
        'imported: failed: No image is labelled "left", "right" yet; label at least one in each.\n',
    );
    expect(await classifier('eval', 'kinds')).toMatchObject({
      version: 2,
      inUse: true,
      stale: false,
      order: { heads: ['mlp'], taps: 'auto', seed: 7 },
    });

    const again = await run('classifier', 'retrain', '--json');
    expect(again).toMatchObject({ code: 3 });
    expect(JSON.parse(again.stdout)).toMatchObject({
      retrained: [],
      failed: [{ classifier: 'imported', code: 'training_data_invalid' }],
    });
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CheckReadiness, FindSimilar, IngestImages, ReadStats, VerifyIndex } from '#libs/search';
import { orientedJpeg } from '#libs/testing';
import { createRequire } from 'node:module';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
});
afterAll(() => service.drop());

/** What `require` gives where the package is not installed. */
function hideHnsw() {
  const require = createRequire(import.meta.url);
  const { Module } = require('node:module') as { Module: { _load: (name: string, ...rest: unknown[]) => unknown } };
  const load = Module._load;
  return vi.spyOn(Module, '_load').mockImplementation((name, ...rest) => {
    if (name === 'hnswlib-node') throw new Error("Cannot find module 'hnswlib-node'");
    return load.call(Module, name, ...rest);
  });
}

describe('without hnswlib-node', () => {
  it('starts on the exact index, works, and names the cure', async () => {
    const hidden = hideHnsw();
    try {
      await service.start();
      const bytes = await orientedJpeg(1);
      await service.get(IngestImages).ingest([{ name: 'a.jpg', bytes }], { wait: 'searchable' });
      const { plan, hits } = await service.get(FindSimilar).byUpload(bytes);
      expect([plan, hits.length]).toEqual(['exact', 1]);
      expect((await service.get(ReadStats).stats()).index.kind).toBe('exact');
      const { ready, notes } = await service.get(CheckReadiness).readiness();
      expect(ready).toBe(true);
      expect(notes.join()).toMatch(/hnswlib-node cannot be loaded.*run `npm ci` again/s);
      expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
      await service.stop();
      await expect(service.start({ LIKENESS_INDEX: 'hnsw' })).rejects.toMatchObject({ code: 'index_unavailable' });
    } finally {
      hidden.mockRestore();
    }
  });

  it('says nothing of it where exact was asked for', async () => {
    await service.start({ LIKENESS_INDEX: 'exact' });
    const { ready, notes } = await service.get(CheckReadiness).readiness();
    expect({ ready, notes }).toEqual({ ready: true, notes: [] });
  });
});

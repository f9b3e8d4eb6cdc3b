import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { importModelFile } from '../import/import-model-file.js';
import { type ImportedModel, placeFor } from '../import/import-model.js';
import type { ImportRequest } from '../import/import-request.js';
import type { Preset } from '../presets/preset.js';
import { downloadFile, type Downloaded } from './download-file.js';

export interface PullOrder {
  readonly preset: Preset;
  /** An address to use instead of the published ones: a mirror. */
  readonly url?: string;
  /** What the file must hash to, where the preset does not know it. */
  readonly sha256?: string;
  /** As for an import; `source` and `preset` are put in. */
  readonly request?: Partial<Omit<ImportRequest, 'source' | 'preset'>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

export interface PulledModel {
  readonly imported: ImportedModel;
  readonly download: Downloaded;
  /** Whether the digest had been published; if not, the file was trusted. */
  readonly verified: boolean;
}

/**
 * Downloads the published weights of a preset and imports them. What has come of a file is kept when the connection is lost,
 * or when it cannot be imported as asked, and the next call goes on there.
 *
 * @throws DomainError `download_failed` with what to do without a network; `download_mismatch`; `model_…`
 */
export async function pullModel(order: PullOrder, dataDir: string): Promise<PulledModel> {
  const { preset, request = {}, signal, onProgress } = order;
  const { urls, sha256 } = sourceOf(order);
  // Before the weights come, which may be half a gigabyte.
  await placeFor({ ...request, preset, source: '' }, dataDir);
  const [first = ''] = urls;
  const file = path.basename(new URL(first).pathname) || 'model';
  const target = path.join(dataDir, 'models', '.downloads', preset.name, file);
  const download = await downloadFile({ urls, target, sha256, signal, onProgress }).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'download_failed') throw error;
    throw new DomainError('download_failed', `${error.message} ${byHand(preset, first, sha256)}`, { cause: error });
  });
  const imported = await importModelFile({ ...request, preset, source: target, url: download.url }, dataDir);
  await rm(path.dirname(target), { recursive: true, force: true });
  return { imported, download, verified: sha256 !== undefined };
}

function sourceOf({ preset, url, sha256 }: PullOrder): { urls: readonly string[]; sha256?: string } {
  const { weights } = preset;
  if (url !== undefined)
    return { urls: [url], sha256: sha256 ?? (weights.kind === 'download' ? weights.sha256 : undefined) };
  if (weights.kind === 'download') return { urls: weights.urls, sha256: sha256 ?? weights.sha256 };
  throw new DomainError(
    'download_failed',
    `The weights of ${preset.name} are not published in a format that can be imported: see ${weights.page}. ` +
      `Export them to ONNX (docs/encoders.md says how), then: likeness models import FILE --preset ${preset.name}`,
  );
}

/** What a person does who has no network here. */
function byHand(preset: Preset, url: string, sha256: string | undefined): string {
  const check = sha256 === undefined ? '' : ` (its SHA-256 is ${sha256})`;
  return (
    `Without a network: download ${url} on a machine that has one${check}, bring the file here, and run: ` +
    `likeness models import FILE --preset ${preset.name}`
  );
}

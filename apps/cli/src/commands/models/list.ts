import type { Command } from 'commander';
import type { Settings } from '#libs/config';
import type { ModelDescription } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import type { Cli } from '../../cli.js';
import { formatPairs, formatTable } from '../../format/table.js';
import { HttpClient } from '../../service/http-client.js';
import { findRunningService } from '../../service/running-service.js';
import { inputText, poolingText } from './model-text.js';

/** What the running service says of the encoder in use. */
interface ModelUse {
  readonly runtime: string;
  readonly device: string;
  readonly engine: string;
  readonly tap: string;
}

interface ShownModel extends ModelDescription {
  /** What a running service executes it on; null where none runs, or runs another. */
  readonly use: ModelUse | null;
  /** Whether the settings name it. */
  readonly chosen: boolean;
}

/** What the running service uses, by the name of the model. */
type ModelUses = ReadonlyMap<string, ModelUse>;

export function addList(models: Command, cli: Cli): void {
  models
    .command('list')
    .description('Lists the encoders on this machine, and what the one in use runs on.')
    .action(async () => {
      const { models: shown, uses } = await showModels(cli.settings());
      const rows = shown.map((model) => [
        model.name,
        model.origin,
        tapsText(model),
        Object.keys(model.manifest?.files ?? {}).join(', '),
        useText(model, uses),
      ]);
      const titles = ['Model', 'Origin', 'Taps', 'Files', 'Use'].map((title) => ({ title }));
      cli.terminal.result({ models: shown }, formatTable(titles, rows));
    });
}

export function addShow(models: Command, cli: Cli): void {
  models
    .command('show')
    .description('Says everything about one encoder.')
    .argument('<name>', 'see `likeness models list`')
    .action(async (name: string) => {
      const { models: shown, uses } = await showModels(cli.settings());
      const model = shown.find((one) => one.name === name);
      if (!model) {
        const there = shown.map((one) => one.name).join(', ');
        throw new DomainError('model_not_found', `There is no model "${name}". Those there are: ${there}.`);
      }
      cli.terminal.result(model, modelText(model, uses));
    });
}

/** The models there are, and the uses of them, undefined where no service runs. */
async function showModels({
  data,
  encoder,
  http,
}: Settings): Promise<{ models: readonly ShownModel[]; uses: ModelUses | undefined }> {
  const { describeModels, modelRoots } = await import('#libs/encoder');
  const [described, uses] = await Promise.all([describeModels(modelRoots(data.dir)), usesOf(data.dir, http.apiKey)]);
  const models = described.map((model) => ({
    ...model,
    use: uses?.get(model.name) ?? null,
    chosen: model.name === encoder.name,
  }));
  return { models, uses };
}

async function usesOf(dataDir: string, apiKey: string | undefined): Promise<ModelUses | undefined> {
  const running = await findRunningService(dataDir);
  if (!running) return undefined;
  const answer = await new HttpClient(running.url, apiKey).json<{ models: { name: string; use: ModelUse | null }[] }>({
    path: '/v1/models',
  });
  return new Map(answer.models.flatMap(({ name, use }) => (use ? [[name, use] as const] : [])));
}

const tapsText = ({ manifest, problem }: ShownModel) =>
  manifest
    ? Object.entries(manifest.taps)
        .map(([tap, { dimension }]) => `${tap} ${dimension}`)
        .join(', ')
    : `cannot be used: ${problem ?? ''}`;

function useText({ use, chosen }: ShownModel, uses: ModelUses | undefined): string {
  if (use) return `in use: ${use.tap} on ${use.engine}, ${use.device}`;
  if (!chosen) return '';
  // A catalogue goes on with the encoder it has, whatever the settings name.
  const instead = uses ? `the service uses ${[...uses.keys()].join(', ') || 'another'}` : 'no service runs';
  return `named by the settings; ${instead}`;
}

function modelText(model: ShownModel, uses: ModelUses | undefined): string {
  const { name, origin, folder, manifest, fingerprint, problem } = model;
  if (!manifest) {
    return formatPairs([
      ['Model', `${name} (${origin})`],
      ['Folder', folder],
      ['Problem', problem ?? ''],
    ]);
  }
  const taps = formatTable(
    [{ title: 'Tap' }, { title: 'Tensor' }, { title: 'Pooling' }, { title: 'Dimension', right: true }],
    Object.entries(manifest.taps).map(([tap, entry]) => [
      tap,
      entry.tensor,
      poolingText(entry),
      String(entry.dimension),
    ]),
  );
  const { onnx, savedModel, tfjs } = manifest.files;
  const files = [
    onnx && `ONNX ${onnx.path}`,
    savedModel && `SavedModel ${savedModel.path}`,
    tfjs && `TensorFlow.js ${tfjs.format} ${tfjs.path}`,
  ];
  const pairs: [string, string][] = [
    ['Model', `${name} (${origin})`],
    ['Description', manifest.description],
    ['Use', useText(model, uses) || 'not in use'],
    ['Input', `${manifest.input.tensor}: ${inputText(manifest)}`],
    ['Map', manifest.featureMap ? `${manifest.featureMap.tensor}, ${manifest.featureMap.channels} channels` : 'none'],
    ['Labels', manifest.labels ?? 'none'],
    ['Files', files.filter((file) => file !== undefined).join(', ')],
    ['Precision', manifest.precision ?? 'not stated'],
    ['Preset', manifest.preset ?? 'none'],
    ['Licence', manifest.licence],
    ['Source', manifest.source],
    ['Fingerprint', fingerprint ?? ''],
    ['Folder', folder],
  ];
  return `${formatPairs(pairs)}\n\n${taps}`;
}

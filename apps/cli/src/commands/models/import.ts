import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ImportRequest, Preset, TapOrder } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import type { Cli } from '../../cli.js';
import { orInterrupted } from '../../interruption.js';
import { wholeNumber } from '../../option-values.js';
import { importedDocument, importedText } from './model-text.js';

export interface ModelOptions {
  readonly name?: string;
  readonly preset?: string;
  readonly tap?: TapOrder[];
  readonly labels?: string;
  readonly labelOffset?: number;
  readonly size?: number;
  readonly licence?: string;
  readonly replace?: boolean;
}

const EXAMPLES = `
Takes an ONNX file (.onnx, .onnx.gz), a TensorFlow.js graph or layers model (model.json or its folder), a TensorFlow
SavedModel (its folder), or a .tar or .tar.gz of one of them. The model is read, tried on a few pictures, and only then put into <data>/models/<name>.

Examples:
  likeness models import resnet50.onnx --preset resnet50
  likeness models import model.onnx.gz --name edge --labels labels.txt
  likeness models import net.onnx --size 224 --tap stage3=/layer3/Relu_output_0
  likeness models import vit.onnx --tap patches=/norm/Add_1_output_0@mean
  likeness models import resnet50-int8.onnx --like resnet50
`;

export function addModelImport(models: Command, cli: Cli): void {
  const command = models
    .command('import')
    .description('Imports a model: finds its taps, tries it, and puts it beside the others.')
    .argument('<file|dir>', 'the model');
  withModelOptions(command)
    .addOption(
      new Option('--like <model>', 'preprocessing and taps of an encoder of which this is another form').conflicts(
        'preset',
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, options: ModelOptions & { readonly like?: string }) => {
      const { findModel, importModelFile, modelRoots } = await import('#libs/encoder');
      const { data } = cli.settings();
      const { like, ...plain } = options;
      const known = like === undefined ? undefined : await findModel(like, modelRoots(data.dir));
      const request = { ...(await requestOf(source, plain)), ...(known && { like: known.manifest }) };
      const imported = await orInterrupted(importModelFile(request, data.dir), cli.signal);
      cli.terminal.result(
        importedDocument(imported),
        importedText(imported, request.preset !== undefined || known !== undefined),
      );
    });
}

/** The options that `import` and `pull` share; `pull` has the preset as its argument. */
export function withModelOptions(command: Command, { preset = true } = {}): Command {
  if (preset)
    command.option('--preset <preset>', 'a known architecture’s preprocessing and taps; see `likeness models presets`');
  return command
    .option('--name <name>', 'name of the model (the preset’s, else the file’s)')
    .option('--tap <name=tensor[@pooling]>', 'a tensor to tap; may be repeated', collectTaps)
    .option('--labels <file>', 'class names, one a line in the order of the logits')
    .option('--label-offset <n>', 'logits before the first label', wholeNumber(1))
    .option('--size <pixels>', 'side of the picture, for a network that takes any', wholeNumber(8, 4096))
    .option('--licence <text>', 'licence of the weights, for the manifest')
    .option('--replace', 'take the place of an imported model of that name');
}

/** @throws DomainError `preset_not_found` */
export async function requestOf(source: string, { preset, tap, ...rest }: ModelOptions): Promise<ImportRequest> {
  const known = preset === undefined ? {} : { preset: await presetNamed(preset) };
  return { ...rest, source, ...known, ...(tap && { taps: tap }) };
}

/** @throws DomainError `preset_not_found` */
export async function presetNamed(name: string): Promise<Preset> {
  const { findPreset, PRESETS } = await import('#libs/encoder');
  const preset = findPreset(name);
  if (preset) return preset;
  throw new DomainError('preset_not_found', `There is no preset "${name}".`, {
    fields: [{ path: 'preset', expected: `one of ${PRESETS.map((known) => known.name).join(', ')}`, received: name }],
  });
}

const POOLINGS = ['none', 'mean', 'max', 'first-token'] as const;

function collectTaps(text: string, before: TapOrder[] = []): TapOrder[] {
  const [, name = '', rest = ''] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(text) ?? [];
  if (name === '')
    throw new InvalidArgumentError('Expected NAME=TENSOR or NAME=TENSOR@POOLING, the name in lower case.');
  const at = rest.lastIndexOf('@');
  const pooling = POOLINGS.find((known) => at > 0 && known === rest.slice(at + 1));
  return [...before, pooling ? { name, tensor: rest.slice(0, at), pooling } : { name, tensor: rest }];
}

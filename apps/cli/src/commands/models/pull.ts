import type { Command } from 'commander';
import type { PulledModel } from '#libs/encoder';
import type { Cli } from '../../cli.js';
import { formatBytes } from '../../format/quantities.js';
import { orInterrupted } from '../../interruption.js';
import { type ModelOptions, presetNamed, requestOf, withModelOptions } from './import.js';
import { importedDocument, importedText } from './model-text.js';

interface PullOptions extends Omit<ModelOptions, 'preset'> {
  readonly url?: string;
  readonly sha256?: string;
}

const EXAMPLES = `
Downloads published weights, checks their SHA-256, and imports them. A download that breaks off goes on where it stopped
when the command is run again. Where no digest is published, the file is trusted and its digest printed and recorded.
Nothing else of Likeness reaches out by itself.

Examples:
  likeness models pull resnet50
  likeness models pull dinov2-small --name dino
  likeness models pull resnet50 --url https://mirror.example/resnet50-v1-12.onnx

Without a network, download the file elsewhere and use \`likeness models import FILE --preset NAME\`.
`;

export function addPull(models: Command, cli: Cli): void {
  const command = models
    .command('pull')
    .description('Downloads the published weights of a preset and imports them.')
    .argument('<preset>', 'see `likeness models presets`')
    .option('--url <address>', 'another address of the same file, such as a mirror')
    .option('--sha256 <digest>', 'what the file must hash to');
  withModelOptions(command, { preset: false })
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, { url, sha256, ...options }: PullOptions) => {
      const { terminal, signal } = cli;
      const { pullModel } = await import('#libs/encoder');
      // The source is what will have been downloaded.
      const request = await requestOf('', options);
      const work = pullModel(
        {
          preset: await presetNamed(name),
          url,
          sha256,
          request,
          signal,
          onProgress: (received, total) => {
            const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
            if (terminal.interactive) terminal.status(`${formatBytes(received)}${of}`);
          },
        },
        cli.settings().data.dir,
      );
      const pulled = await orInterrupted(work, signal);
      terminal.result(
        { ...importedDocument(pulled.imported), download: pulled.download, verified: pulled.verified },
        pulledText(pulled),
      );
    });
}

function pulledText({ imported, download, verified }: PulledModel): string {
  const trust = verified ? 'as published' : 'not published anywhere we know of; trusted this time, compare it the next';
  const resumed = download.resumedAt > 0 ? `, of which ${formatBytes(download.resumedAt)} were here` : '';
  return (
    `Downloaded ${formatBytes(download.bytes)}${resumed} from ${download.url}\nSHA-256 ${download.sha256} (${trust})\n\n` +
    importedText(imported, true)
  );
}

import type { Command } from 'commander';
import type { Preset } from '#libs/encoder';
import type { Cli } from '../../cli.js';
import { formatTable } from '../../format/table.js';

export function addPresets(models: Command, cli: Cli): void {
  models
    .command('presets')
    .description('Lists the architectures whose preprocessing and taps are known.')
    .action(async () => {
      const { PRESETS } = await import('#libs/encoder');
      const rows = PRESETS.map((preset) => [
        preset.name,
        preset.title,
        String(preset.view.size),
        tapsText(preset),
        weightsText(preset),
      ]);
      const text = formatTable(
        [
          { title: 'Preset' },
          { title: 'Network' },
          { title: 'Pixels', right: true },
          { title: 'Taps' },
          { title: 'Weights' },
        ],
        rows,
      );
      cli.terminal.result({ presets: PRESETS }, text);
    });
}

const tapsText = ({ dimensions }: Preset) =>
  Object.entries(dimensions)
    .map(([tap, dimension]) => `${tap} ${dimension}`)
    .join(', ');

const weightsText = ({ name, weights }: Preset) =>
  weights.kind === 'download' ? `likeness models pull ${name}` : `export from ${weights.page}`;

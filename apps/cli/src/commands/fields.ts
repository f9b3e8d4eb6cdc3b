import { Argument, type Command } from 'commander';
import type { MetadataFieldType } from '#libs/catalogue';
import { FIELD_TYPE_NAMES } from '../choices.js';
import type { Cli } from '../cli.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import { orInterrupted } from '../interruption.js';
import type { FieldReportView, FieldView } from '../service/service.js';
import { withService } from '../service/with-service.js';

const HELP = `
A filter may ask of a metadata key once it is declared. Types: keyword (strings, compared whole), text (strings, also by
their beginning and order), number, boolean, date (ISO 8601).

Examples:
  likeness fields                      the declared ones
  likeness fields add camera keyword   then: likeness search 42 --filter 'metadata.camera = "X100"'
  likeness fields remove camera        the values stay in the metadata
`;

export function addFields(program: Command, cli: Cli): void {
  const fields = program
    .command('fields')
    .description('Lists, declares and removes the metadata fields that filters may ask of.')
    .addHelpText('after', HELP);

  fields
    .command('list', { isDefault: true })
    .description('lists declared fields')
    .action(async () => {
      await withService(cli, {}, async (service) => {
        const found = await orInterrupted(service.listFields(), cli.signal);
        cli.terminal.result({ fields: found }, listText(found));
      });
    });

  fields
    .command('add')
    .description('declares a metadata key and indexes it; counts images whose value is of another type')
    .argument('<key>', 'top-level key of the metadata')
    .addArgument(new Argument('<type>', 'what its values are').choices(FIELD_TYPE_NAMES))
    .action(async (key: string, type: MetadataFieldType) => {
      await withService(cli, {}, async (service) => {
        const report = await orInterrupted(service.declareField(key, type), cli.signal);
        cli.terminal.result(report, reportText(report));
      });
    });

  fields
    .command('remove')
    .description('filters cannot ask of the key any more; values stay in the metadata')
    .argument('<key>', 'key of a declared field')
    .action(async (key: string) => {
      await withService(cli, {}, async (service) => {
        await service.removeField(key);
        cli.terminal.result({ removed: key }, `metadata.${key} is not declared any more.`);
      });
    });
}

function listText(fields: readonly FieldView[]): string {
  if (fields.length === 0) return 'No metadata field is declared yet: likeness fields add KEY TYPE';
  return formatTable(
    [{ title: 'FIELD' }, { title: 'TYPE' }, { title: 'INDEXED' }, { title: 'DECLARED' }],
    fields.map(({ key, type, indexed, declaredAt }) => [
      `metadata.${key}`,
      type,
      indexed ? 'yes' : 'not yet',
      declaredAt.slice(0, 16).replace('T', ' '),
    ]),
  );
}

function reportText({ key, type, images, misfits, misfitSamples }: FieldReportView): string {
  const there = `metadata.${key} is a ${type} field; ${formatNoun(images, 'image')} have a value`;
  if (misfits === 0) return `${there}.`;
  const samples = misfitSamples.map(({ imageId, value }) => `  image ${imageId}: ${JSON.stringify(value)}`);
  return [`${there}, and ${formatCount(misfits)} one of another type that filters do not see:`, ...samples].join('\n');
}

import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { Patience } from '#libs/errors';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { orInterrupted } from '../interruption.js';
import { reindexLine, reindexText } from '../reindex/reindex-text.js';
import type { ReindexAnswer, ReindexStep, Service } from '../service/service.js';
import { withService } from '../service/with-service.js';

const LOOK_MS = 500;
/** Looks between two lines where a line cannot be written over. */
const PLAIN_EVERY = 10;

const HELP = `
Images are embedded with the new encoder in the background; searches go on with the old one until all are, and then use
the new one from one moment to the next. The old one is kept up to date until it is removed.

Examples:
  likeness reindex                              what is in use, and how far a change is
  likeness reindex --encoder resnet50           change to another encoder
  likeness reindex --encoder resnet50 --tap stage4
  likeness reindex --rollback                   go back, at once
  likeness reindex --remove-old                 there is no way back then
`;

interface ReindexOptions {
  readonly encoder?: string;
  readonly tap?: string;
  readonly acceptMissing?: boolean;
  readonly cancel?: boolean;
  readonly rollback?: boolean;
  readonly removeOld?: boolean;
}

export function addReindex(program: Command, cli: Cli): void {
  program
    .command('reindex')
    .description('Changes the encoder or tap that searches use, while searches go on.')
    .option('--encoder <name>', 'the encoder to change to')
    .option('--tap <name>', 'the tap to change to; default: the one in use')
    .option('--accept-missing', 'go on although some images cannot be embedded any more')
    .option('--cancel', 'give up a change that is under way')
    .option('--rollback', 'go back to what searches used before')
    .option('--remove-old', 'remove what searches used before')
    .addHelpText('after', HELP)
    .action(async (options: ReindexOptions, command: Command) => {
      const wrong = misuse(options);
      if (wrong !== undefined) command.error(`error: ${wrong}`);
      // Whoever follows a change needs somebody who brings it about; a step is done at once.
      const jobs = stepsOf(options).length === 0;
      await withService(cli, { jobs }, (service) => run(cli, service, options, command));
    });
}

/** Changes to an encoder: what `likeness models use` does too. */
export async function changeEncoder(
  cli: Cli,
  service: Service,
  order: { encoder: string; tap?: string; acceptMissing?: boolean },
): Promise<void> {
  const begun = await orInterrupted(service.startReindex(order), cli.signal);
  await follow(cli, service, begun);
}

/** What is wrong with the command line as a whole. */
function misuse(options: ReindexOptions): string | undefined {
  const steps = stepsOf(options).length;
  if (steps > 1 || (steps === 1 && (options.encoder ?? options.tap) !== undefined))
    return 'expected one of --encoder, --cancel, --rollback and --remove-old.';
  return undefined;
}

async function run(cli: Cli, service: Service, options: ReindexOptions, command: Command): Promise<void> {
  const [step] = stepsOf(options);
  if (step) return show(cli, await orInterrupted(service.stepReindex(STEPS[step]), cli.signal));
  const now = await orInterrupted(service.reindex(), cli.signal);
  const encoder = options.encoder ?? (options.tap === undefined ? now.target?.encoder : now.active.encoder);
  if (options.encoder === undefined && options.tap === undefined && options.acceptMissing !== true)
    return now.status === 'running' ? follow(cli, service, now) : show(cli, now);
  if (encoder === undefined) command.error('error: expected --encoder, as no change has named one.');
  const tap = options.tap ?? (options.encoder === undefined ? now.target?.tap : undefined);
  return changeEncoder(cli, service, {
    encoder,
    ...(tap !== undefined && { tap }),
    acceptMissing: options.acceptMissing ?? false,
  });
}

type StepOption = 'cancel' | 'rollback' | 'removeOld';

const STEPS: Readonly<Record<StepOption, ReindexStep>> = {
  cancel: 'cancel',
  rollback: 'rollback',
  removeOld: 'remove-old',
};

const stepsOf = (options: ReindexOptions): readonly StepOption[] =>
  (['cancel', 'rollback', 'removeOld'] as const).filter((step) => options[step] === true);

/**
 * Shows progress until nothing is under way. Ctrl-C ends only the watching.
 *
 * @throws DomainError what the service answers, unless that passes by itself within five minutes
 */
async function follow(cli: Cli, service: Service, begun: ReindexAnswer): Promise<void> {
  const patience = new Patience();
  let view = begun;
  for (let look = 1; view.status === 'running' && !cli.signal.aborted; look++) {
    if (cli.terminal.interactive) cli.terminal.status(reindexLine(view));
    else if (look % PLAIN_EVERY === 0) cli.terminal.note(reindexLine(view));
    await sleep(LOOK_MS, undefined, { signal: cli.signal }).catch(() => undefined);
    // The change outlives a moment without the database and a restart of the service, and so does the watching.
    if (!cli.signal.aborted) view = (await patience.orNothing(service.reindex())) ?? view;
  }
  cli.terminal.clearStatus();
  if (view.status === 'running') {
    const where = service.outlivesCommand ? 'in the service' : 'at the next `likeness start` or `likeness reindex`';
    cli.terminal.note(`The change goes on ${where}; \`likeness reindex --cancel\` gives it up.`);
    cli.exitCode = EXIT.interrupted;
  }
  if (view.status === 'waiting') cli.exitCode = EXIT.someFailed;
  show(cli, view);
}

function show(cli: Cli, view: ReindexAnswer): void {
  cli.terminal.result(view, reindexText(view));
}

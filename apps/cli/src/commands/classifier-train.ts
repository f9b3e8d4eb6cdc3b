import type { Command } from 'commander';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { cancelJobs } from '../classifiers/cancel-jobs.js';
import { followRescoring, followTraining } from '../classifiers/follow.js';
import { scoredText } from '../classifiers/job-ends.js';
import { readEvaluation } from '../classifiers/read-evaluation.js';
import { addTrainingOptions, namingOptions, trainingOrder } from '../classifiers/training-options.js';
import type { RetrainedView, TrainingJobView } from '../classifiers/views.js';
import { at, withApi, withJobsApi } from '../classifiers/with-api.js';
import { EXIT } from '../exit-codes.js';

const HELP = `
Examples:
  likeness classifier train flowers                                    the defaults are good ones
  likeness classifier train flowers --heads softmax --l2 0.01          no search of the regularisation
  likeness classifier train flowers --heads mlp --hidden 128 --augment 3
  likeness classifier train flowers --class-weights balanced --precision 0.95 --no-use
  likeness classifier cancel flowers                                   Ctrl-C leaves it to the service; this ends it
`;

/** Commands that train. */
export function addTrainCommands(classifier: Command, cli: Cli): void {
  const train = classifier
    .command('train')
    .description('trains a version, measures it, and scores the catalogue with it')
    .argument('<name>', 'name or id')
    .option('--no-use', 'leave the version in use as it is')
    .addHelpText('after', HELP)
    .action(async (name: string, { use, ...given }: { use: boolean } & Record<string, unknown>) => {
      await withJobsApi(cli, async (client) => {
        const body = { ...trainingOrder(given), use };
        const { id } = await client
          .json<TrainingJobView>({ method: 'POST', path: at(name, 'trainings'), body })
          .catch((error: unknown) => {
            throw namingOptions(error);
          });
        const version = await followTraining(cli, client, name, id);
        const rescoring = use ? await followRescoring(cli, client, name, version) : null;
        const { detail, text } = await readEvaluation(client, name, version);
        const scored = rescoring ? `\n\n${scoredText(rescoring)}` : '';
        cli.terminal.result({ version: detail, rescoring }, text + scored);
      });
    });
  addTrainingOptions(train);
  addCancelCommand(classifier, cli);

  classifier
    .command('retrain')
    .description('trains again every classifier whose version in use was made with another encoder')
    .action(async () => {
      await withJobsApi(cli, async (client) => {
        const { started, failed: refused } = await client.json<RetrainedView>({
          method: 'POST',
          path: 'v1/classifiers/retrain',
        });
        const retrained = [];
        const failed = refused.map(({ classifier: name, error: { code, detail } }) => ({
          classifier: name,
          code,
          detail,
        }));
        for (const { classifier: name, training } of started) {
          try {
            const version = await followTraining(cli, client, name, training.id);
            await followRescoring(cli, client, name, version);
            retrained.push({ classifier: name, version });
          } catch (error) {
            // One that fails does not hide what becomes of the others.
            if (!(error instanceof DomainError)) throw error;
            failed.push({ classifier: name, code: error.code, detail: error.message });
          }
        }
        const text = [
          ...retrained.map(({ classifier: name, version }) => `${name}: version ${version} in use`),
          ...failed.map(({ classifier: name, detail }) => `${name}: failed: ${detail}`),
        ];
        cli.terminal.result({ retrained, failed }, text.join('\n') || 'Nothing is stale.');
        if (failed.length > 0) cli.exitCode = EXIT.someFailed;
      });
    });
}

function addCancelCommand(classifier: Command, cli: Cli): void {
  classifier
    .command('cancel')
    .description('ends what is under way: trainings, and the scoring of the catalogue')
    .argument('<name>', 'name or id')
    .action(async (name: string) => {
      await withApi(cli, async (client) => {
        const cancelled = await cancelJobs(client, name);
        const text = [
          ...cancelled.trainings.map(({ id }) => `Training ${id} is cancelled; it makes no version.`),
          ...cancelled.rescorings.map(
            ({ version }) => `The scoring with version ${version} is cancelled; filters go on with what they used.`,
          ),
        ];
        cli.terminal.result(cancelled, text.join('\n') || 'Nothing is under way.');
      });
    });
}

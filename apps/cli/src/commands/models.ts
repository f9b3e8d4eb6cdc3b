import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { addBench } from './models/bench.js';
import { addCheck } from './models/check.js';
import { addModelImport } from './models/import.js';
import { addList, addShow } from './models/list.js';
import { addPresets } from './models/presets.js';
import { addPull } from './models/pull.js';
import { addUse } from './models/use.js';

/** `likeness models …`: the encoders there are, and how to get others. */
export function addModels(program: Command, cli: Cli): void {
  const models = program.command('models').description('The encoders there are here, and getting others.');
  for (const add of [addList, addShow, addModelImport, addPull, addPresets, addUse, addCheck, addBench])
    add(models, cli);
}

import { CONVOLUTIONAL } from './convolutional.js';
import { MOBILE } from './mobile.js';
import type { Preset } from './preset.js';
import { TRANSFORMERS } from './transformers.js';

/** Every preset, in the order of the docs. */
export const PRESETS: readonly Preset[] = [...CONVOLUTIONAL, ...MOBILE, ...TRANSFORMERS];

export function findPreset(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

import { expect, it } from 'vitest';
import { exportedText } from './exported-text.js';

it('says what was written', () => {
  expect(exportedText('flowers.onnx', 1000, 1000)).toBe('Wrote flowers.onnx, 1000 B.');
  // Of JSON 8 MiB are always taken.
  expect(exportedText('flowers.json', 8_388_608, 1000)).toBe('Wrote flowers.json, 8.0 MiB.');
});

it('says what a service needs to take back a file that is larger than it takes', () => {
  expect(exportedText('flowers.json', 100_700_000, 67_108_864)).toBe(
    'Wrote flowers.json, 96.0 MiB.\nThat is more than the 64.0 MiB that a service takes with the settings ' +
      'here. Where it is to be imported, start the service, and run the import, with LIKENESS_MAX_FILE_BYTES=100700000 or more.',
  );
});

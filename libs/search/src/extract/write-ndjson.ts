import { open } from 'node:fs/promises';
import type { FeatureRows } from './feature-rows.js';

/** One JSON object a line: `{"id": path, "vector": [components]}`. Numbers are written so that float32 comes back exactly. */
export async function writeNdjson(file: string, rows: FeatureRows): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for await (const { ids, values } of rows.blocks()) {
      const lines = ids.map((id, at) => {
        const vector = Array.from(values.subarray(at * rows.dimension, (at + 1) * rows.dimension));
        return `${JSON.stringify({ id, vector })}\n`;
      });
      await handle.writeFile(lines.join(''));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

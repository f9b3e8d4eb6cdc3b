import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { FeatureRows } from './feature-rows.js';

/**
 * Parquet with two columns, `id` (string) and `vector` (list of float), one row group a block, not compressed: features
 * hardly shrink. Works on the calling thread, so it belongs into a command and not into the service.
 */
export async function writeParquet(file: string, rows: FeatureRows): Promise<void> {
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    codec: 'UNCOMPRESSED',
    statistics: false,
    createdBy: 'likeness',
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'vector', repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
    ],
  });
  for await (const { ids, values } of rows.blocks()) {
    const vectors = ids.map((_id, at) => Array.from(values.subarray(at * rows.dimension, (at + 1) * rows.dimension)));
    await writer.write({
      columnData: [
        { name: 'id', data: [...ids] },
        { name: 'vector', data: vectors },
      ],
      rowGroupSize: ids.length,
    });
  }
  await writer.finish();
}

import { z } from 'zod';
import { DomainError, schemaProblems } from '#libs/errors';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
const side = z.int().min(8).max(4096);
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const MAX_DIMENSION = 65_536;
const tapName = z.string().regex(/^[a-z][a-z0-9_-]*$/, 'a lower-case name');
const fileName = z
  .string()
  .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, 'a path inside the model folder, with / between its parts');

const tensorName = z.string().min(1);
const layout = z.enum(['nchw', 'nhwc']);

const viewSchema = z
  .strictObject({
    size: side.describe('Side of the square picture, in pixels.'),
    resize: z
      .strictObject({ rule: z.enum(['shortest-side', 'stretch']), to: side })
      .describe('shortest-side: the shorter side becomes `to` pixels; stretch: both do. Then the centre is cut out.'),
    kernel: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']),
    antialias: z
      .boolean()
      .describe(
        'true: shrinking averages over all the pixels it leaves out (Pillow). false: single points (TensorFlow).',
      ),
  })
  .refine((view) => view.resize.to >= view.size, { path: ['resize', 'to'], message: 'at least `size`' })
  .refine((view) => view.kernel !== 'nearest' || !view.antialias, {
    path: ['antialias'],
    message: 'false for the kernel nearest',
  })
  .refine((view) => view.kernel !== 'lanczos3' || view.antialias, {
    path: ['antialias'],
    message: 'true for the kernel lanczos3',
  });

const inputSchema = z.strictObject({
  tensor: tensorName.describe('Name of the input tensor: float32, batch first.'),
  layout: layout.describe('Order of axes of the input, and of every feature map that does not state its own.'),
  colour: z.enum(['rgb', 'bgr']).describe('Order of channels the network was trained with.'),
  normalisation: z
    .strictObject({ mean: perChannel, scale: perChannel })
    .describe('tensor = (byte − mean) · scale, bytes 0–255, channels in the order of `colour`; states the range too.'),
  view: viewSchema,
  maxBatch: z
    .int()
    .min(1)
    .optional()
    .describe('Most pictures in one run, for a network that was exported for that many. Changes no vector.'),
});

const tapSchema = z
  .strictObject({
    tensor: tensorName.describe('Name of the output tensor.'),
    pooling: z
      .enum(['none', 'mean', 'max', 'first-token'])
      .describe(
        'none: the tensor is [batch, dimension]. mean, max: over both image axes of a feature map [batch, channels, ' +
          'height, width], or over the tokens of [batch, tokens, dimension]. first-token: the class token of the latter.',
      ),
    dimension: z.int().min(1).max(MAX_DIMENSION),
    layout: layout.optional().describe('Order of axes of this feature map, where it is not that of the input.'),
    skipTokens: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Tokens before those of the picture (class token, registers), which `mean` and `max` leave out.'),
  })
  .refine((tap) => tap.skipTokens === undefined || tap.pooling === 'mean' || tap.pooling === 'max', {
    path: ['skipTokens'],
    message: 'only with the pooling mean or max',
  });

const fileSchema = z.strictObject({ path: fileName, sha256 });

const rebindingSchema = {
  input: z
    .strictObject({ tensor: tensorName, layout })
    .optional()
    .describe('The input as this runtime knows it, where it differs.'),
  tensors: z
    .record(tapName, z.strictObject({ tensor: tensorName, layout: layout.optional() }))
    .optional()
    .describe('Tensors of taps as this runtime knows them, by tap name, where they differ.'),
  featureMap: z
    .strictObject({ tensor: tensorName, layout: layout.optional() })
    .optional()
    .describe('The feature map as this runtime knows it, where it differs.'),
};

const filesSchema = z
  .strictObject({
    onnx: z
      .strictObject({
        ...fileSchema.shape,
        data: z.array(fileSchema).min(1).optional().describe('Files with external tensor data, beside the model.'),
      })
      .optional(),
    savedModel: z
      .strictObject({
        path: fileName.describe('The folder that holds saved_model.pb.'),
        signature: z.string().min(1).describe('Which signature is run, for example serving_default.'),
        files: z.array(fileSchema).min(1).describe('Every file under the folder, by its path in the model folder.'),
        ...rebindingSchema,
      })
      .optional(),
    tfjs: z
      .strictObject({
        ...fileSchema.shape,
        format: z.enum(['graph', 'layers']),
        weights: z.array(fileSchema).min(1).describe('The weight shards that model.json names.'),
        ...rebindingSchema,
      })
      .optional(),
  })
  .refine((files) => Object.values(files).some((file) => file !== undefined), 'at least one runtime file');

/** What stands in `models/<name>/manifest.json`: all that is needed to feed an encoder and to read its outputs. */
export const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'letters, digits, dot, hyphen and underscore'),
  description: z.string().min(1),
  input: inputSchema,
  taps: z.record(tapName, tapSchema).refine((taps) => Object.keys(taps).length > 0, 'at least one tap'),
  nearDuplicates: z
    .record(tapName, z.number().min(0.5).max(1))
    .optional()
    .describe('By tap: the cosine from which images count as near-duplicates, where it was measured.'),
  featureMap: z
    .strictObject({ tensor: tensorName, channels: z.int().min(1), layout: layout.optional() })
    .optional()
    .describe('Last feature map before pooling, for heat-maps.'),
  labels: fileName.optional().describe('File with one name a line, in the order of the logits.'),
  labelOffset: z
    .int()
    .min(1)
    .optional()
    .describe('Logits before the first label, such as the background class of 1001-class networks.'),
  files: filesSchema,
  precision: z.enum(['float32', 'float16', 'int8']).optional().describe('Of the weights as stored; for people.'),
  preset: z.string().min(1).optional().describe('The preset the model was imported with; for people.'),
  licence: z.string().min(1),
  source: z.string().min(1).describe('Where the weights come from.'),
  origin: z
    .strictObject({ file: z.string().min(1), sha256, url: z.string().optional() })
    .optional()
    .describe('The file the model was imported from, before anything was added to it.'),
});

export type EncoderManifest = z.output<typeof manifestSchema>;
export type ManifestInput = EncoderManifest['input'];
export type ManifestTap = EncoderManifest['taps'][string];
export type ManifestView = ManifestInput['view'];
/** Kinds of runtime file a model folder may hold. */
export type RuntimeFiles = EncoderManifest['files'];

/**
 * Checks the content of a manifest file.
 *
 * @param value the parsed JSON
 * @param where what to call the file in an error
 * @throws DomainError `encoder_invalid` with a field problem for everything that is wrong, unknown keys included
 */
export function parseManifest(value: unknown, where: string): EncoderManifest {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = schemaProblems(parsed.error, value).map((field) => ({ ...field, path: field.path || '(whole file)' }));
  const list = fields
    .map(({ path, expected, received }) => `${path}: expected ${expected}, but received ${received}`)
    .join('; ');
  throw new DomainError('encoder_invalid', `${where} is not a valid manifest: ${list}.`, { fields });
}

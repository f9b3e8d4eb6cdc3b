import { z } from 'zod';
import { DomainError, type FieldProblem } from '#libs/errors';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits');
const side = z.int().min(8).max(4096);
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const fileName = z
  .string()
  .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, 'expected a path inside the model folder, with / between its parts');

const inputSchema = z.strictObject({
  tensor: z.string().min(1).describe('Name of the input tensor: float32, batch first.'),
  layout: z.enum(['nchw', 'nhwc']).describe('Order of axes of the input and of every tap that is pooled here.'),
  colour: z.enum(['rgb', 'bgr']).describe('Order of channels the network was trained with.'),
  normalisation: z
    .strictObject({ mean: perChannel, scale: perChannel })
    .describe('tensor = (byte − mean) · scale, bytes 0–255, channels in the order of `colour`.'),
  view: z
    .strictObject({
      size: side.describe('Side of the square picture, in pixels.'),
      resize: z.strictObject({ rule: z.literal('shortest-side'), to: side }),
      kernel: z.enum(['cubic', 'linear', 'lanczos3']),
      antialias: z
        .literal(true)
        .describe('Shrinking averages over all the pixels it leaves out; stated, not a choice.'),
    })
    .refine((view) => view.resize.to >= view.size, { path: ['resize', 'to'], message: 'expected at least `size`' }),
});

const tapSchema = z.strictObject({
  tensor: z.string().min(1).describe('Name of the output tensor.'),
  pooling: z
    .enum(['none', 'mean'])
    .describe('none: the tensor is [batch, dimension]; mean: averaged over both image axes.'),
  dimension: z.int().min(1).max(65_536),
});

/** What stands in `models/<name>/manifest.json`: all that is needed to feed an encoder and to read its outputs. */
export const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'expected letters, digits, dot, hyphen and underscore'),
  description: z.string().min(1),
  input: inputSchema,
  taps: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/, 'expected a lower-case name'), tapSchema)
    .refine((taps) => Object.keys(taps).length > 0, 'expected at least one tap'),
  featureMap: z
    .strictObject({ tensor: z.string().min(1), channels: z.int().min(1) })
    .optional()
    .describe('Last feature map before pooling, for heat-maps.'),
  labels: fileName.optional().describe('File with one name a line, in the order of the logits.'),
  files: z.strictObject({ onnx: z.strictObject({ path: fileName, sha256 }) }),
  licence: z.string().min(1),
  source: z.string().min(1).describe('Where the weights come from.'),
});

export type EncoderManifest = z.output<typeof manifestSchema>;
export type ManifestInput = EncoderManifest['input'];
export type ManifestTap = EncoderManifest['taps'][string];

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
  const fields = parsed.error.issues.flatMap((issue) => problemsOf(issue, value));
  const list = fields
    .map(({ path, expected, received }) => `${path}: ${expected}, but received ${received}`)
    .join('; ');
  throw new DomainError('encoder_invalid', `${where} is not a valid manifest: ${list}.`, { fields });
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      expected: 'expected no such key',
      received: shortForm(valueAt(root, [...issue.path, key])),
    }));
  }
  const path = issue.path.join('.') || '(whole file)';
  const message = issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message;
  return [{ path, expected: message, received: shortForm(valueAt(root, issue.path)) }];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

function shortForm(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

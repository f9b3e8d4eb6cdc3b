import { DomainError, schemaProblems, type FieldProblem } from '#libs/errors';
import { headDocumentSchema, type HeadDocument } from './head-document.js';

/**
 * Reads a head from JSON that may come from anywhere: shapes fit each other and every number is finite afterwards.
 *
 * @throws DomainError `head_invalid` with a field problem for everything that is wrong
 */
export function parseHead(value: unknown): HeadDocument {
  const parsed = headDocumentSchema.safeParse(value);
  if (!parsed.success) {
    const fields = schemaProblems(parsed.error, value);
    const [first] = fields;
    const where = first === undefined || first.path === '' ? 'it' : first.path;
    const detail = `This is not a head: expected ${first?.expected} for ${where} but received ${first?.received}.`;
    throw new DomainError('head_invalid', detail, { fields });
  }
  const fields = shapeProblems(parsed.data);
  if (fields.length > 0) {
    throw new DomainError('head_invalid', 'The parts of the head do not fit each other.', { fields });
  }
  return parsed.data;
}

function shapeProblems(head: HeadDocument): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const expectNumber = (path: string, expected: number, received: number) => {
    if (expected !== received) problems.push({ path, expected: String(expected), received: String(received) });
  };
  const expectPacked = (path: string, text: string, count: number, bytes: 4 | 8) => {
    const raw = Buffer.from(text, 'base64');
    expectNumber(path, count, raw.byteLength / bytes);
    for (let at = 0; at + bytes <= raw.byteLength; at += bytes) {
      if (Number.isFinite(bytes === 8 ? raw.readDoubleLE(at) : raw.readFloatLE(at))) continue;
      problems.push({ path, expected: 'finite numbers', received: 'NaN or infinity' });
      return;
    }
  };
  for (const field of ['id', 'name'] as const) problems.push(...repeated(head.categories, field));
  const dimension = head.taps.reduce((sum, tap) => sum + tap.dimension, 0);
  const count = head.categories.length;
  expectPacked('standardiser.mean', head.standardiser.mean, dimension, 8);
  expectPacked('standardiser.scale', head.standardiser.scale, dimension, 8);
  let inputs = dimension;
  head.layers.forEach((layer, index) => {
    expectNumber(`layers.${index}.inputs`, inputs, layer.inputs);
    expectPacked(`layers.${index}.weights`, layer.weights, layer.inputs * layer.outputs, 8);
    expectPacked(`layers.${index}.bias`, layer.bias, layer.outputs, 8);
    inputs = layer.outputs;
  });
  expectNumber('layers', count, inputs);
  expectNumber('thresholds', count, head.thresholds.length);
  if (head.calibration.kind === 'platt') {
    expectNumber('calibration.slopes', count, head.calibration.slopes.length);
    expectNumber('calibration.offsets', count, head.calibration.offsets.length);
  }
  if ((head.mode === 'multi') !== (head.calibration.kind === 'platt')) {
    problems.push({ path: 'calibration.kind', expected: `one for ${head.mode}`, received: head.calibration.kind });
  }
  if (head.refusal) {
    const centres = head.mode === 'single' ? count : 1;
    expectPacked('refusal.centres', head.refusal.centres, centres * dimension, 4);
    expectPacked('refusal.directions', head.refusal.directions, head.refusal.variances.length * dimension, 4);
  }
  return problems;
}

/** Scores are kept by category, so none may be there twice. */
function repeated(categories: HeadDocument['categories'], field: 'id' | 'name'): FieldProblem[] {
  return categories.flatMap(({ [field]: value }, at) => {
    const first = categories.findIndex((other) => other[field] === value);
    if (first === at) return [];
    const expected = `another ${field} than categories.${first} has`;
    return [{ path: `categories.${at}.${field}`, expected, received: JSON.stringify(value.slice(0, 80)) }];
  });
}

// Writes docs/errors.md from the table of error codes, or compares with `--check`.
import { ERROR_CODES } from '#libs/errors';
import { writeOrCheck } from './generated-file.js';

const INTRODUCTION = `# Errors

Every error the HTTP API answers is \`application/problem+json\` (RFC 9457):

\`\`\`json
{
  "type": "urn:likeness:error:invalid_request",
  "title": "The request is not valid",
  "status": 400,
  "code": "invalid_request",
  "detail": "Expected at most 1000 for k but received \\"5000\\".",
  "remedy": "Mend the fields listed in \`fields\` and send it again.",
  "fields": [{ "path": "k", "expected": "at most 1000", "received": "\\"5000\\"" }],
  "requestId": "5f0c8e0e-7d5e-4a53-9a0c-2f4c0f2f6f1b"
}
\`\`\`

\`code\` is stable: programs should look at nothing else. \`requestId\` is the \`X-Request-Id\` of the answer and stands in
the log. A file of an upload or import that failed carries the same fields without \`type\` and \`requestId\`.

Generated from the code by \`npm run errors:write\`.

`;

const HEAD = ['code', 'status', 'what it means', 'what you can do'];
const rows = Object.entries(ERROR_CODES).map(([code, { status, title, remedy }]) => [
  `\`${code}\``,
  String(status),
  title,
  remedy,
]);
// Padded as the formatter pads tables, so that the file is the same before and after it.
const widths = HEAD.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
const line = (cells: string[]): string =>
  `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
const rule = widths.map((width) => '-'.repeat(width));
writeOrCheck('docs/errors.md', `${INTRODUCTION}${[HEAD, rule, ...rows].map(line).join('\n')}\n`, 'errors:write');

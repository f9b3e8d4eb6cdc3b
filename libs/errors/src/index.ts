export { ERROR_CODES, type ErrorCode, type ErrorEntry } from './codes.js';
export { DomainError, type FieldProblem, type SerialisedError } from './domain-error.js';
export { parseRequest } from './parse-request.js';
export { problemText, NO_SUCH_FIELD } from './problem-text.js';
export { passesByItself, Patience } from './passing.js';
export { formatBytes, formatCount, formatSize } from './quantities.js';
export { schemaProblems } from './schema-problems.js';

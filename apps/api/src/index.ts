export { createApi } from './create-api.js';
export { PinoLogger } from './logging/pino-logger.js';
export { assertPortFree, type RunningApi, startApi } from './start-api.js';

export { Moved, serve } from './serve.js';
export { standBack } from './stand-back.js';
export { ThreadClient } from './thread-client.js';
export { workerUrl } from './worker-url.js';
export { MicroBatcher, type MicroBatcherOptions } from './micro-batcher.js';

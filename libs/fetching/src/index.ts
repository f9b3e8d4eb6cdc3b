export { HttpImageFetcher, type FetchOptions } from './http-image-fetcher.js';
export { ImageFetcher, ServerStumbled, type FetchedImage } from './image-fetcher.js';
export { parseAllowList } from './allow-list.js';

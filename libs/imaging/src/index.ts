export {
  ImageDecoder,
  type HeatGrid,
  type ImageFacts,
  type ImageFormat,
  type ImageRegion,
  type PixelView,
  type PreparedImage,
  type RgbPixels,
  type Thumbnail,
} from './image-decoder.js';
export { ImageTrial } from './image-trial.js';
export { ProcessImageTrial } from './process-image-trial.js';
export { hashDistance, hashWords, perceptualHash, saysNothing, type HashWords } from './perceptual-hash.js';
export { SharpImageDecoder } from './sharp-image-decoder.js';
export { sniffFormat } from './sniff-format.js';
export { renderAnimation, renderSvg, type Drawing, type DrawingFormat } from './svg-canvas.js';
export { svgToPng } from './svg-to-png.js';

import { ELEMENT } from '../onnx/onnx-schema.js';
import { OnnxBuilder, type PictureOptions } from './onnx-builder.js';

/**
 * Networks with the structure of known ones and with their tensors' dimensions where a tap is expected, thin everywhere
 * else; random weights.
 */

/** A network that is fine, small and quick. */
export function tiny(options?: PictureOptions): OnnxBuilder {
  const b = new OnnxBuilder();
  let x = b.picture({ side: 32, ...options });
  if (options?.elementType !== undefined) x = b.op('Cast', [x], { to: ELEMENT.float32 });
  if (options?.layout === 'nhwc') x = b.op('Transpose', [x], { perm: [0, 3, 1, 2] });
  x = b.relu(b.conv(x, 3, 8, 3, 4));
  b.head(b.relu(b.conv(x, 8, 16, 3, 2)), 16, 10);
  return b;
}

/** AlexNet: convolutions at strides 4, 8, 16, pooled to 6 × 6, two hidden layers of 4096. */
export function alexnet(options?: PictureOptions): Buffer {
  const b = new OnnxBuilder();
  let x = b.relu(b.conv(b.picture(options), 3, 8, 11, 4));
  x = b.relu(b.conv(b.maxPool(x), 8, 12, 5));
  x = b.relu(b.conv(b.maxPool(x), 12, 16, 3));
  x = b.op('Flatten', [b.maxPool(x)], { axis: 1 });
  x = b.relu(b.linear(x, 16 * 7 * 7, 4096));
  x = b.relu(b.linear(x, 4096, 4096));
  return b.bytes([b.linear(x, 4096, 1000, 'logits')]);
}

/** VGG: stages of plain convolutions, each ended by pooling; ends in a softmax. */
export function vgg(): Buffer {
  const b = new OnnxBuilder();
  let x = b.picture({ batch: 1 });
  let channels = 3;
  for (const wide of [4, 8, 12, 16, 16]) {
    x = b.relu(b.conv(x, channels, wide, 3));
    x = b.maxPool(x, 2, 2);
    channels = wide;
  }
  x = b.op('Flatten', [x], { axis: 1 });
  x = b.op('Dropout', [b.relu(b.linear(x, 16 * 8 * 8, 4096))]);
  x = b.op('Dropout', [b.relu(b.linear(x, 4096, 4096))]);
  return b.bytes([b.op('Softmax', [b.linear(x, 4096, 1000)], { axis: 1 }, 'probabilities')]);
}

/** Branches of convolutions, concatenated. */
function inception(b: OnnxBuilder, x: string, from: number, to: number, stride = 1): string {
  const a = b.relu(b.conv(x, from, to / 2, 1, stride));
  const c = b.relu(b.conv(b.relu(b.conv(x, from, 4, 1)), 4, to / 2, 3, stride));
  return b.op('Concat', [a, c], { axis: 1 });
}

/** GoogLeNet (224 pixels, 1024) or Inception v3 (299 pixels, 2048). */
export function inceptionNet(side: number, last: number): Buffer {
  const b = new OnnxBuilder();
  let x = b.relu(b.conv(b.picture({ side }), 3, 8, 7, 2));
  x = b.relu(b.conv(b.maxPool(x), 8, 8, 3));
  x = inception(b, b.maxPool(x), 8, 16);
  x = inception(b, b.maxPool(x), 16, 32);
  x = inception(b, b.maxPool(x), 32, last);
  return b.bytes([b.head(x, last)]);
}

/** ResNet: residual blocks whose first one of a stage strides in its middle convolution, as torchvision's do. */
export function resnet(dimensions: readonly [number, number, number, number]): Buffer {
  const b = new OnnxBuilder();
  let x = b.maxPool(b.relu(b.conv(b.picture(), 3, 64, 7, 2)));
  let channels = 64;
  for (const [stage, wide] of dimensions.entries()) {
    for (const block of [0, 1]) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      let y = b.relu(b.conv(x, channels, 8, 1));
      y = b.conv(b.relu(b.conv(y, 8, 8, 3, stride)), 8, wide, 1);
      const shortcut = block === 0 ? b.conv(x, channels, wide, 1, stride, channels) : x;
      x = b.relu(b.op('Add', [y, shortcut]));
      channels = wide;
    }
  }
  return b.bytes([b.head(x, channels)]);
}

/** DenseNet: each layer's features are put beside all earlier ones; transitions halve. */
export function densenet(): Buffer {
  const b = new OnnxBuilder();
  let x = b.maxPool(b.relu(b.conv(b.picture(), 3, 16, 7, 2)));
  let channels = 16;
  for (const wide of [256, 512, 1024, 1024]) {
    if (channels > 16) {
      x = b.op('AveragePool', [b.conv(x, channels, 16, 1)], { kernel_shape: [2, 2], strides: [2, 2] });
      channels = 16;
    }
    x = b.op('Concat', [x, b.conv(b.relu(x), channels, wide - channels, 3)], { axis: 1 });
    channels = wide;
  }
  return b.bytes([b.head(b.relu(x), channels)]);
}

/** MobileNet: expanded, depthwise and projected; a hidden layer before the classes where `hidden` says so. */
export function mobilenet(last: number, hidden?: number): Buffer {
  const b = new OnnxBuilder();
  let x = b.relu(b.conv(b.picture(), 3, 8, 3, 2));
  let channels = 8;
  for (const wide of [8, 12, 16, 24]) {
    for (const stride of [2, 1]) {
      const y = b.relu(b.conv(x, channels, 4 * channels, 1));
      const z = b.conv(b.relu(b.conv(y, 4 * channels, 4 * channels, 3, stride, 4 * channels)), 4 * channels, wide, 1);
      x = stride === 1 ? b.op('Add', [x, z]) : z;
      channels = wide;
    }
  }
  x = b.op('HardSwish', [b.conv(x, channels, last, 1)]);
  if (hidden === undefined) return b.bytes([b.head(x, last)]);
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 });
  return b.bytes([b.linear(b.op('HardSwish', [b.linear(pooled, last, hidden)]), hidden, 1000, 'logits')]);
}

export interface TransformerOptions {
  readonly dimension: number;
  readonly patch: number;
  readonly classToken: boolean;
  /** What the network ends in: the tokens themselves, or the first one projected to so many components. */
  readonly projection?: number;
}

/** A vision transformer: patches as tokens, attention and feed-forward in residual blocks, normalised at the end. */
export function transformer({ dimension, patch, classToken, projection }: TransformerOptions): Buffer {
  const b = new OnnxBuilder();
  const patches = (224 / patch) ** 2;
  const weights = b.constant([dimension, 3, patch, patch]);
  let x = b.op('Conv', [b.picture(), weights], { kernel_shape: [patch, patch], strides: [patch, patch] });
  x = b.op('Reshape', [x, b.integers([0, dimension, patches])]);
  x = b.op('Transpose', [x], { perm: [0, 2, 1] });
  if (classToken) {
    const batch = b.op('Gather', [b.op('Shape', ['picture']), b.integers([0])], { axis: 0 });
    const shape = b.op('Concat', [batch, b.integers([1, dimension])], { axis: 0 });
    x = b.op('Concat', [b.op('Expand', [b.constant([1, 1, dimension]), shape]), x], { axis: 1 });
  }
  for (let block = 0; block < 4; block++) {
    const norm = (y: string) =>
      b.op('LayerNormalization', [y, b.constant([dimension], 1), b.constant([dimension], 0)], { axis: -1 });
    const y = norm(x);
    const products = b.op('MatMul', [y, b.op('Transpose', [y], { perm: [0, 2, 1] })]);
    // Small, so that every token looks at all others.
    const scores = b.op('Softmax', [b.op('Mul', [products, b.constant([1], 1e-3)])], { axis: -1 });
    x = b.op('Add', [x, b.op('MatMul', [scores, y])]);
    const hidden = b.relu(b.op('MatMul', [norm(x), b.constant([dimension, 8])]));
    x = b.op('Add', [x, b.op('MatMul', [hidden, b.constant([8, dimension])])]);
  }
  const normed = [b.constant([dimension], 1), b.constant([dimension], 0)];
  if (projection === undefined) {
    return b.bytes([b.op('LayerNormalization', [x, ...normed], { axis: -1 }, 'last_hidden_state')]);
  }
  const first = b.op('Gather', [x, b.integers([0], [])], { axis: 1 });
  const pooled = b.op('LayerNormalization', [first, ...normed], { axis: -1 });
  const last = b.op('MatMul', [pooled, b.constant([dimension, projection])], {}, 'image_embeds');
  return b.bytes([last]);
}

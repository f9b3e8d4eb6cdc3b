import { torchvision, zoo } from './convolutional.js';
import { centreCrop, IMAGENET, type Preset, SYMMETRIC } from './preset.js';

const TORCHVISION = {
  view: centreCrop(224, 256, 'linear'),
  colour: 'rgb',
  normalisation: IMAGENET,
  preprocessing: 'torchvision, weights IMAGENET1K_V1: resize 256 (bilinear, antialiased), centre crop 224',
  classifies: true,
} as const;

export const MOBILE: readonly Preset[] = [
  {
    name: 'mobilenet-v2',
    title: 'MobileNetV2 1.0',
    ...TORCHVISION,
    dimensions: { penultimate: 1280, logits: 1000 },
    weights: zoo(
      'mobilenet',
      'mobilenetv2-12',
      'c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5',
      'Apache-2.0',
    ),
  },
  {
    name: 'mobilenet-v2-tf',
    title: 'MobileNetV2 1.0, TensorFlow weights with a background class',
    view: { size: 224, resize: { rule: 'stretch', to: 256 }, kernel: 'linear', antialias: false },
    colour: 'rgb',
    normalisation: { mean: [128, 128, 128], scale: [0.0078125, 0.0078125, 0.0078125] },
    preprocessing: 'TF-slim: central 87.5 % stretched to 224 × 224 (bilinear, not antialiased), (byte − 128) / 128',
    classifies: true,
    dimensions: { penultimate: 1280, logits: 1001 },
    weights: {
      kind: 'export',
      page: 'https://github.com/tensorflow/models/tree/master/research/slim/nets/mobilenet',
      licence: 'Apache-2.0',
    },
  },
  {
    name: 'mobilenet-tf-bytes',
    title: 'MobileNet with the normalisation inside and a background class',
    view: { size: 224, resize: { rule: 'stretch', to: 256 }, kernel: 'linear', antialias: false },
    colour: 'rgb',
    normalisation: { mean: [0, 0, 0], scale: [1, 1, 1] },
    preprocessing: 'TF-slim: central 87.5 % stretched to 224 × 224 (bilinear, not antialiased), bytes as they are',
    classifies: true,
    dimensions: { penultimate: 1280, logits: 1001 },
    weights: {
      kind: 'export',
      page: 'https://github.com/mlcommons/mobile_models',
      licence: 'Apache-2.0',
    },
  },
  {
    name: 'mobilenet-v3-small',
    title: 'MobileNetV3-Small 1.0',
    ...TORCHVISION,
    dimensions: { penultimate: 1024, pooled: 576, logits: 1000 },
    weights: torchvision('mobilenet_v3_small'),
  },
  {
    name: 'mobilenet-v3-large',
    title: 'MobileNetV3-Large 1.0',
    ...TORCHVISION,
    dimensions: { penultimate: 1280, pooled: 960, logits: 1000 },
    weights: torchvision('mobilenet_v3_large'),
  },
  {
    name: 'efficientnet-b0',
    title: 'EfficientNet-B0',
    ...TORCHVISION,
    view: centreCrop(224, 256, 'cubic'),
    preprocessing: 'torchvision, weights IMAGENET1K_V1: resize 256 (bicubic, antialiased), centre crop 224',
    dimensions: { penultimate: 1280, logits: 1000 },
    weights: torchvision('efficientnet_b0'),
  },
  {
    name: 'efficientnet-lite0',
    title: 'EfficientNet-Lite0',
    view: centreCrop(224, 256, 'cubic'),
    colour: 'rgb',
    normalisation: SYMMETRIC,
    preprocessing: 'timm, tf_efficientnet_lite0: resize 256 (bicubic, antialiased), centre crop 224, −1 … 1',
    classifies: true,
    dimensions: { penultimate: 1280, logits: 1000 },
    weights: {
      kind: 'export',
      page: 'https://huggingface.co/timm/tf_efficientnet_lite0.in1k',
      licence: 'Apache-2.0',
    },
  },
];

import { CAFFE, centreCrop, IMAGENET, type Preset, type PublishedWeights } from './preset.js';

const ZOO = 'validated/vision/classification';

/**
 * A file of the ONNX Model Zoo. Its digests are those of ONNX_HUB_MANIFEST.json and of the Git LFS pointers in the
 * repository onnx/models; the files themselves have moved to the Hugging Face organisation onnxmodelzoo.
 */
export function zoo(folder: string, file: string, sha256: string, licence: string): PublishedWeights {
  return {
    kind: 'download',
    urls: [
      `https://huggingface.co/onnxmodelzoo/${file}/resolve/main/${file}.onnx`,
      `https://media.githubusercontent.com/media/onnx/models/main/${ZOO}/${folder}/model/${file}.onnx`,
    ],
    sha256,
    licence,
  };
}

export const torchvision = (architecture: string): PublishedWeights => ({
  kind: 'export',
  page: `https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.${architecture}.html`,
  licence: 'BSD-3-Clause (torchvision)',
});

/** What torchvision's IMAGENET1K_V1 weights share: 256, cut to 224, bilinear. The zoo's MXNet ones are the same. */
const TORCHVISION = {
  view: centreCrop(224, 256, 'linear'),
  colour: 'rgb',
  normalisation: IMAGENET,
  preprocessing: 'torchvision, weights IMAGENET1K_V1: resize 256 (bilinear, antialiased), centre crop 224',
  classifies: true,
} as const;

/** Caffe resized whole images to 256 × 256 with OpenCV, which does not antialias, and cut the centre out. */
const BVLC = {
  view: { size: 224, resize: { rule: 'stretch', to: 256 }, kernel: 'linear', antialias: false },
  colour: 'bgr',
  normalisation: CAFFE,
  preprocessing:
    'BVLC Caffe: stretched to 256 × 256 (bilinear, not antialiased), centre crop 224, BGR bytes less 104, 117, 123',
  classifies: true,
} as const;

const FULLY_CONNECTED = { hidden1: 'fc6' } as const;
const RESNET_STAGES = { stage1: 256, stage2: 512, stage3: 1024, stage4: 2048 } as const;

export const CONVOLUTIONAL: readonly Preset[] = [
  {
    name: 'alexnet',
    title: 'AlexNet (one-tower version)',
    ...TORCHVISION,
    dimensions: { penultimate: 4096, fc6: 4096, logits: 1000 },
    rename: FULLY_CONNECTED,
    weights: torchvision('alexnet'),
  },
  {
    name: 'alexnet-caffe',
    title: 'AlexNet, BVLC weights',
    ...BVLC,
    dimensions: { penultimate: 4096, fc6: 4096, logits: 1000 },
    rename: FULLY_CONNECTED,
    weights: zoo(
      'alexnet',
      'bvlcalexnet-12',
      '6b0da9510f27f234ee96a85dc3809dd210150fdefad87f6850f9788513216945',
      'BSD-3-Clause',
    ),
  },
  {
    name: 'vgg16',
    title: 'VGG-16',
    ...TORCHVISION,
    dimensions: { penultimate: 4096, fc6: 4096, logits: 1000 },
    rename: FULLY_CONNECTED,
    weights: zoo('vgg', 'vgg16-12', '722c42f53ca03a5480296bf8f9c85a151de3eed9ec982d7d2302ff6e2900c67b', 'Apache-2.0'),
  },
  {
    name: 'vgg19',
    title: 'VGG-19',
    ...TORCHVISION,
    dimensions: { penultimate: 4096, fc6: 4096, logits: 1000 },
    rename: FULLY_CONNECTED,
    weights: zoo('vgg', 'vgg19-7', '692f9f927f1df1b89033787a77a73eac59fd9b3344f9ecdf0b13221e41c2046f', 'Apache-2.0'),
  },
  {
    name: 'googlenet',
    title: 'GoogLeNet (Inception v1)',
    ...TORCHVISION,
    dimensions: { penultimate: 1024, logits: 1000 },
    weights: torchvision('googlenet'),
  },
  {
    name: 'googlenet-caffe',
    title: 'GoogLeNet (Inception v1), BVLC weights',
    ...BVLC,
    dimensions: { penultimate: 1024, logits: 1000 },
    weights: zoo(
      'inception_and_googlenet/googlenet',
      'googlenet-12',
      'c99c507058eaf41de8723408fdda7db8325cb57f0a89f2ee07a716d6e963e14e',
      'BSD-3-Clause',
    ),
  },
  {
    name: 'inception-v3',
    title: 'Inception v3',
    ...TORCHVISION,
    view: centreCrop(299, 342, 'linear'),
    preprocessing: 'torchvision, weights IMAGENET1K_V1: resize 342 (bilinear, antialiased), centre crop 299',
    dimensions: { penultimate: 2048, logits: 1000 },
    weights: torchvision('inception_v3'),
  },
  {
    name: 'resnet18',
    title: 'ResNet-18',
    ...TORCHVISION,
    dimensions: { penultimate: 512, logits: 1000, stage1: 64, stage2: 128, stage3: 256, stage4: 512 },
    weights: zoo(
      'resnet',
      'resnet18-v1-7',
      '4e8f8653e7a2222b3904cc3fe8e304cd8b339ce1d05fd24688162f86fb6df52c',
      'Apache-2.0',
    ),
  },
  {
    name: 'resnet50',
    title: 'ResNet-50',
    ...TORCHVISION,
    dimensions: { penultimate: 2048, logits: 1000, ...RESNET_STAGES },
    weights: zoo(
      'resnet',
      'resnet50-v1-12',
      '3f03fdef724b22947eed826f1eef1dc5c34151bb4c37d634f1db89dfa2dd1526',
      'Apache-2.0',
    ),
  },
  {
    name: 'resnet101',
    title: 'ResNet-101',
    ...TORCHVISION,
    dimensions: { penultimate: 2048, logits: 1000, ...RESNET_STAGES },
    weights: zoo(
      'resnet',
      'resnet101-v1-7',
      '760702f6ec0138f71ebac66f4e95d1c72dc9267a8544f4d4667a53075fd0497c',
      'Apache-2.0',
    ),
  },
  {
    name: 'resnet152',
    title: 'ResNet-152',
    ...TORCHVISION,
    dimensions: { penultimate: 2048, logits: 1000, ...RESNET_STAGES },
    weights: zoo(
      'resnet',
      'resnet152-v1-7',
      'b0ec92437bf8c9d0739bf9bafdea9638e13f9e3c1e2fb766ad546cc182fd3f6d',
      'Apache-2.0',
    ),
  },
  {
    name: 'densenet121',
    title: 'DenseNet-121',
    ...TORCHVISION,
    dimensions: { penultimate: 1024, logits: 1000 },
    weights: torchvision('densenet121'),
  },
  {
    name: 'convnext-tiny',
    title: 'ConvNeXt-T',
    ...TORCHVISION,
    view: centreCrop(224, 236, 'linear'),
    preprocessing: 'torchvision, weights IMAGENET1K_V1: resize 236 (bilinear, antialiased), centre crop 224',
    dimensions: { penultimate: 768, logits: 1000, stage1: 96, stage2: 192, stage3: 384, stage4: 768 },
    weights: torchvision('convnext_tiny'),
  },
];

import { centreCrop, CLIP, IMAGENET, type Preset, SYMMETRIC } from './preset.js';

const huggingFace = (repository: string, file: string, licence: string) =>
  ({ kind: 'download', urls: [`https://huggingface.co/${repository}/resolve/main/${file}`], licence }) as const;

export const TRANSFORMERS: readonly Preset[] = [
  {
    name: 'clip-vit-b32',
    title: 'CLIP ViT-B/32, image tower with projection',
    view: centreCrop(224, 224, 'cubic'),
    colour: 'rgb',
    normalisation: CLIP,
    preprocessing: 'Hugging Face CLIPImageProcessor: shorter side 224 (bicubic, antialiased), centre crop 224',
    classifies: false,
    dimensions: { penultimate: 512 },
    weights: huggingFace('Xenova/clip-vit-base-patch32', 'onnx/vision_model.onnx', 'MIT'),
  },
  {
    name: 'siglip-base',
    title: 'SigLIP base, patch 16, 224, image tower',
    view: { size: 224, resize: { rule: 'stretch', to: 224 }, kernel: 'cubic', antialias: true },
    colour: 'rgb',
    normalisation: SYMMETRIC,
    preprocessing: 'Hugging Face SiglipImageProcessor: stretched to 224 × 224 (bicubic, antialiased), −1 … 1',
    classifies: false,
    dimensions: { penultimate: 768 },
    weights: huggingFace('Xenova/siglip-base-patch16-224', 'onnx/vision_model.onnx', 'Apache-2.0'),
  },
  {
    name: 'dinov2-small',
    title: 'DINOv2 ViT-S/14',
    view: centreCrop(224, 256, 'cubic'),
    colour: 'rgb',
    normalisation: IMAGENET,
    preprocessing: 'Hugging Face BitImageProcessor: shorter side 256 (bicubic, antialiased), centre crop 224',
    classifies: false,
    dimensions: { penultimate: 384, tokens: 384 },
    weights: huggingFace('onnx-community/dinov2-small', 'onnx/model.onnx', 'Apache-2.0'),
  },
];

"""Exports every preset architecture to ONNX, full size, with random weights (or published ones with --pretrained).

    python -m venv venv && venv/bin/pip install torch torchvision timm transformers onnx onnxscript
    venv/bin/python bench/models/export.py OUT [NAME ...]

Then `npm run bench:models -- OUT` imports each file with its preset and prints the taps.
"""

import argparse
import pathlib

import torch
import torchvision.models as tv

TORCHVISION = {
    "alexnet": "alexnet",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "googlenet": "googlenet",
    "inception-v3": "inception_v3",
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "resnet101": "resnet101",
    "resnet152": "resnet152",
    "densenet121": "densenet121",
    "convnext-tiny": "convnext_tiny",
    "mobilenet-v2": "mobilenet_v2",
    "mobilenet-v3-small": "mobilenet_v3_small",
    "mobilenet-v3-large": "mobilenet_v3_large",
    "efficientnet-b0": "efficientnet_b0",
}


def torchvision_network(name, pretrained):
    weights = "IMAGENET1K_V1" if pretrained else None
    extra = {} if pretrained else ({"init_weights": False} if name in ("googlenet", "inception-v3") else {})
    if name in ("googlenet", "inception-v3") and not pretrained:
        extra["aux_logits"] = False
    return tv.get_model(TORCHVISION[name], weights=weights, **extra)


def timm_network(architecture, pretrained, **options):
    import timm

    return timm.create_model(architecture, pretrained=pretrained, **options)


class ImageEmbeddings(torch.nn.Module):
    """CLIP's image tower with its projection."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, pixel_values):
        return self.tower(pixel_values=pixel_values).image_embeds


class Pooled(torch.nn.Module):
    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, pixel_values):
        return self.tower(pixel_values=pixel_values).pooler_output


class Tokens(torch.nn.Module):
    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, pixel_values):
        return self.tower(pixel_values=pixel_values).last_hidden_state


def transformer(name, pretrained):
    import transformers as hf

    kinds = {
        "clip-vit-b32": (hf.CLIPVisionModelWithProjection, hf.CLIPVisionConfig(hidden_size=768, intermediate_size=3072,
                         num_hidden_layers=12, num_attention_heads=12, patch_size=32, image_size=224, projection_dim=512),
                         "openai/clip-vit-base-patch32", ImageEmbeddings, "image_embeds"),
        "siglip-base": (hf.SiglipVisionModel, hf.SiglipVisionConfig(hidden_size=768, intermediate_size=3072,
                        num_hidden_layers=12, num_attention_heads=12, patch_size=16, image_size=224),
                        "google/siglip-base-patch16-224", Pooled, "pooler_output"),
        "dinov2-small": (hf.Dinov2Model, hf.Dinov2Config(hidden_size=384, num_hidden_layers=12, num_attention_heads=6,
                         patch_size=14, image_size=518), "facebook/dinov2-small", Tokens, "last_hidden_state"),
    }
    kind, config, repository, wrapper, output = kinds[name]
    tower = kind.from_pretrained(repository) if pretrained else kind(config)
    return wrapper(tower.eval()), output


def network_of(name, pretrained):
    if name in TORCHVISION:
        return torchvision_network(name, pretrained), "logits"
    if name == "efficientnet-lite0":
        return timm_network("tf_efficientnet_lite0", pretrained), "logits"
    return transformer(name, pretrained)


NAMES = [*TORCHVISION, "efficientnet-lite0", "clip-vit-b32", "siglip-base", "dinov2-small"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--pretrained", action="store_true", help="published weights; needs a network")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name in options.names or NAMES:
        network, output = network_of(name, options.pretrained)
        side = 299 if name == "inception-v3" else 224
        file = options.out / f"{name}.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.randn(1, 3, side, side),),
            str(file),
            input_names=["pixels"],
            output_names=[output],
            dynamic_axes={"pixels": {0: "batch"}, output: {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        print(f"{name}: {file.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()

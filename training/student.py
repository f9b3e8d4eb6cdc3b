"""Students: a convolutional trunk, a linear embedding of its mean, a classifier on top of the embedding.

Trunks are torchvision's definitions with random initial weights; `mobilenet_v3_small_deep` is MobileNetV3-Small with
seven more residual blocks and a wider last convolution, laid out so that a trained MobileNetV3-Small can be carried over
without changing its answer (see `warm_start.py`).
"""
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
import torchvision.models as zoo
from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidualConfig

EMBEDDING, CLASSES = 512, 1000
# torchvision says 0.01 for MobileNetV3 and 0.1 for others. With 0.01 the statistics of a short run still carry their first
# values, and MobileNetV3 is at chance after 200 steps where it has learnt something.
NORM_MOMENTUM = 0.1


@dataclass(frozen=True)
class Trunk:
    """`layers` run in turn; `stage3` and `stage4` are the numbers of the layers whose means are taps (strides 16, 32)."""

    layers: nn.Sequential
    stage3: int
    stage4: int
    channels: int


# (kernel, expanded, out, squeeze-excite, activation, stride, is it one of MobileNetV3-Small's own blocks?)
DEEP_BLOCKS = [
    (3, 16, 16, True, "RE", 2, True),
    (3, 72, 24, False, "RE", 2, True),
    (3, 88, 24, False, "RE", 1, True),
    (5, 96, 40, True, "HS", 2, True),
    (5, 240, 40, True, "HS", 1, True),
    (5, 240, 40, True, "HS", 1, True),
    (5, 240, 40, True, "HS", 1, False),
    (5, 120, 48, True, "HS", 1, True),
    (5, 144, 48, True, "HS", 1, True),
    (5, 288, 48, True, "HS", 1, False),
    (5, 288, 48, True, "HS", 1, False),
    (5, 288, 96, True, "HS", 2, True),
    (5, 576, 96, True, "HS", 1, True),
    (5, 576, 96, True, "HS", 1, True),
    (5, 576, 96, True, "HS", 1, False),
    (5, 576, 96, True, "HS", 1, False),
    (5, 576, 96, True, "HS", 1, False),
]
DEEP_CHANNELS = 960


def small_deep() -> Trunk:
    """The grown MobileNetV3-Small. New blocks start as the identity: the last batch norm of their branch is zero."""
    settings, previous = [], 16
    for kernel, expanded, out, squeeze, activation, stride, _ in DEEP_BLOCKS:
        settings.append(InvertedResidualConfig(previous, kernel, expanded, out, squeeze, activation, stride, 1, 1.0))
        previous = out
    layers = zoo.MobileNetV3(settings, last_channel=EMBEDDING).features
    norm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
    layers[-1][0] = nn.Conv2d(previous, DEEP_CHANNELS, 1, bias=False)
    layers[-1][1] = norm(DEEP_CHANNELS)
    nn.init.kaiming_normal_(layers[-1][0].weight, mode="fan_out")
    for layer, block in zip(layers[1:], DEEP_BLOCKS):
        if not block[-1]:
            nn.init.zeros_(layer.block[-1][1].weight)
    return Trunk(layers, 11, len(DEEP_BLOCKS), DEEP_CHANNELS)


def mobilenet_v3_small() -> Trunk:
    return Trunk(zoo.mobilenet_v3_small(weights=None).features, 8, 11, 576)


def mobilenet_v3_large() -> Trunk:
    return Trunk(zoo.mobilenet_v3_large(weights=None).features, 12, 15, 960)


def mobilenet_v2() -> Trunk:
    return Trunk(zoo.mobilenet_v2(weights=None).features, 13, 17, 1280)


def mnasnet() -> Trunk:
    return Trunk(zoo.mnasnet1_0(weights=None).layers, 11, 13, 1280)


def regnet_y_400mf() -> Trunk:
    net = zoo.regnet_y_400mf(weights=None)
    return Trunk(nn.Sequential(net.stem, *net.trunk_output), 3, 4, 440)


def shufflenet_v2() -> Trunk:
    net = zoo.shufflenet_v2_x1_0(weights=None)
    return Trunk(nn.Sequential(net.conv1, net.maxpool, *net.stage2, *net.stage3, *net.stage4, net.conv5), 13, 17, 1024)


TRUNKS = {
    "mobilenet_v3_small": mobilenet_v3_small,
    "mobilenet_v3_small_deep": small_deep,
    "mobilenet_v3_large": mobilenet_v3_large,
    "mobilenet_v2": mobilenet_v2,
    "mnasnet1_0": mnasnet,
    "regnet_y_400mf": regnet_y_400mf,
    "shufflenet_v2_x1_0": shufflenet_v2,
}


class Student(nn.Module):
    """float [b, 3, h, w], RGB 0-255 → embedding [b, 512], linear in the mean of the last feature map, and logits
    [b, 1000] in ImageNet's order. Normalisation is inside."""

    def __init__(self, architecture: str):
        super().__init__()
        trunk = TRUNKS[architecture]()
        self.layers, self.stage3, self.stage4 = trunk.layers, trunk.stage3, trunk.stage4
        self.embed = nn.Linear(trunk.channels, EMBEDDING)
        self.classify = nn.Linear(EMBEDDING, CLASSES)
        for norm in self.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.momentum = NORM_MOMENTUM

    def feature_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """[stage3, stage4, last], each [b, channels, h, w]."""
        x, taps = images / 127.5 - 1, []
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number in (self.stage3, self.stage4):
                taps.append(x)
        return [taps[0], taps[-1], x]

    def heads(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedding = self.embed(pooled)
        return embedding, self.classify(F.hardswish(embedding * 4))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.heads(self.feature_maps(images)[-1].mean((2, 3)))

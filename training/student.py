"""Students: a convolutional trunk, a linear embedding of its mean, a classifier on top of the embedding.

All begin with random weights. `lean_resnet` has dense convolutions and ReLU only, which processors multiply several times faster
than depthwise ones, at inference as in training; `mobilenet_v3_small_deep`, which likeness-v1 and v2 are, is MobileNetV3-Small with
seven more residual blocks and a wider last convolution; the other trunks are torchvision's definitions.
"""
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

import torch
import torch.nn.functional as F
import torchvision.models as zoo
from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidualConfig

EMBEDDING, CLASSES = 512, 1000
# torchvision says 0.01 for MobileNetV3 and 0.1 for others. With 0.01 the statistics of a short run still carry their first
# values, and MobileNetV3 is at chance after 200 steps where it has learnt something.
NORM_MOMENTUM = 0.1
# What a channel at stride 32 may answer in a `lean_resnet`. The largest of a photo is 5 to 7 there at the median; a few photos in a
# thousand, whose sums run away over the blocks before in spite of ReLU6, had a hundred, and vectors a hundred times as long as others.
MOST = 8.0


@dataclass(frozen=True)
class Trunk:
    """`layers` run in turn; `stage3` and `stage4` are the numbers of the layers whose means are taps (strides 16, 32), `stage2`
    is that of the last layer at stride 8, where the teacher's hints are given (None: no hints for this trunk)."""

    layers: nn.Sequential
    stage3: int
    stage4: int
    channels: int
    stage2: int | None = None


def convolution(channels: int, out: int, kernel: int, stride: int = 1,
                activation: Callable[..., nn.Module] = nn.ReLU) -> nn.Sequential:
    """Convolution, batch norm, activation."""
    layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(layer, nn.BatchNorm2d(out, eps=0.001), activation(inplace=True))


class Bottleneck(nn.Module):
    """Half the channels, 3 × 3, all channels again, added to the input (He et al., CVPR 2016, figure 5 right, with a
    bottleneck of a half instead of a quarter: narrow nets have no channels to spare). ReLU6 inside: with ReLU a channel that is
    nearly always silent may learn to answer a few pictures with hundreds, which each block then multiplies. `activation` ends it."""

    def __init__(self, channels: int, activation: Callable[..., nn.Module] = nn.ReLU):
        super().__init__()
        half = channels // 2
        self.end = activation(inplace=True)
        self.branch = nn.Sequential(convolution(channels, half, 1, activation=nn.ReLU6),
                                    convolution(half, half, 3, activation=nn.ReLU6), convolution(half, channels, 1)[:2])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(x + self.branch(x))


def lean_resnet(blocks: tuple[int, int, int] = (2, 6, 2)) -> Trunk:
    """36 dense convolutions, 113 million multiply-adds at 128 × 128. `blocks` are those at strides 8, 16, 32."""
    layers, ends, previous = [convolution(3, 16, 3, 2), convolution(16, 40, 3, 2)], [], 40
    for channels, count, activation in zip((80, 192, 384), blocks, (nn.ReLU, nn.ReLU, partial(nn.Hardtanh, 0.0, MOST))):
        layers += [convolution(previous, channels, 3, 2, activation), *(Bottleneck(channels, activation) for _ in range(count))]
        ends.append(len(layers) - 1)
        previous = channels
    return Trunk(nn.Sequential(*layers, convolution(previous, 960, 1)), ends[1], ends[2], 960, ends[0])


def lean_resnet_deep() -> Trunk:
    """51 dense convolutions, 151 million multiply-adds at 128 × 128."""
    return lean_resnet((2, 9, 4))


def lean_resnet_deeper() -> Trunk:
    """81 dense convolutions, 227 million multiply-adds at 128 × 128: for eight bits, in which it takes less time than
    `lean_resnet_deep` in float32."""
    return lean_resnet((2, 15, 8))


# (kernel, expanded, out, squeeze-excite, activation, stride)
DEEP_BLOCKS = [
    (3, 16, 16, True, "RE", 2),
    (3, 72, 24, False, "RE", 2),
    (3, 88, 24, False, "RE", 1),
    (5, 96, 40, True, "HS", 2),
    (5, 240, 40, True, "HS", 1),
    (5, 240, 40, True, "HS", 1),
    (5, 240, 40, True, "HS", 1),
    (5, 120, 48, True, "HS", 1),
    (5, 144, 48, True, "HS", 1),
    (5, 288, 48, True, "HS", 1),
    (5, 288, 48, True, "HS", 1),
    (5, 288, 96, True, "HS", 2),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
]


def mobilenet_v3_small_deep() -> Trunk:
    settings, previous = [], 16
    for kernel, expanded, out, squeeze, activation, stride in DEEP_BLOCKS:
        settings.append(InvertedResidualConfig(previous, kernel, expanded, out, squeeze, activation, stride, 1, 1.0))
        previous = out
    layers = zoo.MobileNetV3(settings, last_channel=EMBEDDING).features
    layers[-1][0] = nn.Conv2d(previous, 960, 1, bias=False)
    layers[-1][1] = nn.BatchNorm2d(960, eps=0.001)
    nn.init.kaiming_normal_(layers[-1][0].weight, mode="fan_out")
    return Trunk(layers, 11, len(DEEP_BLOCKS), 960)


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
    "lean_resnet": lean_resnet,
    "lean_resnet_deep": lean_resnet_deep,
    "lean_resnet_deeper": lean_resnet_deeper,
    "mobilenet_v3_small": mobilenet_v3_small,
    "mobilenet_v3_small_deep": mobilenet_v3_small_deep,
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
        self.layers, self.stage2, self.stage3, self.stage4 = trunk.layers, trunk.stage2, trunk.stage3, trunk.stage4
        self.embed = nn.Linear(trunk.channels, EMBEDDING)
        self.classify = nn.Linear(EMBEDDING, CLASSES)
        for norm in self.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.momentum = NORM_MOMENTUM

    def feature_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """[stage3, stage4, last], each [b, channels, h, w]."""
        maps = self.all_maps(images)
        return [maps[self.stage3], maps[self.stage4], maps[-1]]

    def all_maps(self, images: torch.Tensor) -> list[torch.Tensor]:
        """What every layer answers, each [b, channels, h, w]."""
        maps = [self.normalised(images)]
        for layer in self.layers:
            maps.append(layer(maps[-1]))
        return maps[1:]

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """0-255 → -1 to 1"""
        return images / 127.5 - 1

    def heads(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedding = self.embed(pooled)
        return embedding, self.classify(F.hardswish(embedding * 4))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.heads(self.feature_maps(images)[-1].mean((2, 3)))


def take_over(student: Student, weights: dict[str, torch.Tensor], architecture: str) -> None:
    """Gives `student` the `weights` of a student of `architecture`, the same or one with fewer bottlenecks: those that are new come
    after the others of their stage and add nothing at first (the last batch norm of their branch is zero), so the answer stays
    the same (Chen et al., "Net2Net", ICLR 2016). ValueError where anything else differs."""
    older = Student(architecture)
    names, begun, taken = {}, (0, 0), {}
    for ends in zip(stage_ends(older), stage_ends(student), strict=True):
        for old, new in zip_longest(*(range(first, end + 1) for first, end in zip(begun, ends))):
            if new is None or old is None and not isinstance(student.layers[new], Bottleneck):
                raise ValueError(f"Expected a student that is {architecture} with more bottlenecks but layer {new} is not")
            if old is None:
                nn.init.zeros_(student.layers[new].branch[-1][-1].weight)
                taken |= {key: value for key, value in student.state_dict().items() if key.startswith(f"layers.{new}.")}
            else:
                names[f"layers.{old}"] = f"layers.{new}"
        begun = (ends[0] + 1, ends[1] + 1)
    for key, value in weights.items():
        layer = ".".join(key.split(".")[:2])
        taken[names.get(layer, layer) + key[len(layer) :]] = value
    student.load_state_dict(taken)


def stage_ends(student: Student) -> list[int]:
    """The number of the last layer of each stage."""
    return [end for end in (student.stage2, student.stage3, student.stage4, len(student.layers) - 1) if end is not None]

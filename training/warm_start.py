"""Carries trained weights of our own, read from an exported encoder, into a student.

The exporter folded each batch norm into the convolution before it. Here the folded weights go back into the convolutions,
and the batch norms are set so that nothing changes: their running statistics are measured on photos, and their scale and
shift undo them. The grown student (`mobilenet_v3_small_deep`) takes a MobileNetV3-Small's weights in the blocks they
share; its new blocks start as the identity and its new last channels unread, so it starts with the same answer too.
"""
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from student import DEEP_BLOCKS, Student


def read_folded(path: Path) -> tuple[list[tuple[torch.Tensor, torch.Tensor]], dict[str, torch.Tensor]]:
    """(weight, bias) of every convolution in graph order, and all named tensors, as float32. `.half` marks a tensor that
    `export.py` stored as float16."""
    graph = onnx.load(path).graph
    stored = ((t.name.removesuffix(".half"), numpy_helper.to_array(t)) for t in graph.initializer)
    tensors = {name: torch.from_numpy(array.astype(np.float32)) for name, array in stored}
    for node in graph.node:  # the exporter writes equal tensors once and names the others by Identity
        if node.op_type == "Identity" and node.input[0] in tensors:
            tensors[node.output[0]] = tensors[node.input[0]]
    return [(tensors[n.input[1]], tensors[n.input[2]]) for n in graph.node if n.op_type == "Conv"], tensors


def convolutions(layers: nn.Sequential, own: list[bool]) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """The convolutions of the layers that are `own`, in the order they run, each with the batch norm after it."""
    pairs = []
    for layer, keep in zip(layers, own):
        modules = [m for m in layer.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))] if keep else []
        for position, module in enumerate(modules):
            if isinstance(module, nn.Conv2d):
                after = modules[position + 1] if position + 1 < len(modules) else None
                pairs.append((module, after if isinstance(after, nn.BatchNorm2d) else None))
    return pairs


@torch.no_grad()
def warm_start(student: Student, path: Path, images: torch.Tensor) -> None:
    """Loads `path` into `student`; `images` [n, 3, h, w] (0-255) are what the statistics are measured on. `path` has either
    the student's own architecture, or is a MobileNetV3-Small for the student grown from it."""
    folded, tensors = read_folded(path)
    everything = convolutions(student.layers, [True] * len(student.layers))
    if len(folded) != len(everything):
        everything = convolutions(student.layers, [True, *(block[-1] for block in DEEP_BLOCKS), True])
    loaded = {}
    for (conv, norm), (weight, bias) in zip(everything, folded, strict=True):
        conv.weight[: len(weight)] = weight
        if norm is None:
            conv.bias.copy_(bias)
        else:
            norm.bias[: len(bias)] = bias
            loaded[norm] = len(bias)
    embed, classify = ("emb", "cls") if "emb.weight" in tensors else ("student.embed", "student.classify")
    student.embed.weight.zero_()
    student.embed.weight[:, : tensors[f"{embed}.weight"].shape[1]] = tensors[f"{embed}.weight"]
    student.embed.bias.copy_(tensors[f"{embed}.bias"])
    student.classify.weight.copy_(tensors[f"{classify}.weight"])
    student.classify.bias.copy_(tensors[f"{classify}.bias"])

    def set_statistics(norm: nn.BatchNorm2d, inputs: tuple[torch.Tensor]) -> None:
        norm.running_var, norm.running_mean = torch.var_mean(inputs[0], (0, 2, 3))
        old = loaded.get(norm, 0)
        norm.weight[:old] = (norm.running_var[:old] + norm.eps).sqrt()
        norm.bias[:old] += norm.running_mean[:old]

    hooks = [m.register_forward_pre_hook(set_statistics) for m in student.modules() if isinstance(m, nn.BatchNorm2d)]
    student.eval()
    student(images)
    for hook in hooks:
        hook.remove()

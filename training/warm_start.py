"""Carries trained weights of our own, read from an exported encoder, into a student.

The exporter folded each batch norm into the convolution before it. Here the folded weights go back into the convolutions,
and the batch norms are set so that nothing changes: their running statistics are measured on photos, and their scale and
shift undo them.
"""
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from student import Student


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


def convolutions(layers: nn.Sequential) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """The convolutions in the order they run, each with the batch norm after it."""
    modules, pairs = [m for m in layers.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))], []
    for module, after in zip(modules, [*modules[1:], None]):
        if isinstance(module, nn.Conv2d):
            pairs.append((module, after if isinstance(after, nn.BatchNorm2d) else None))
    return pairs


@torch.no_grad()
def warm_start(student: Student, path: Path, images: torch.Tensor) -> None:
    """Loads `path`, an encoder of the student's own architecture, into `student`; `images` [n, 3, h, w] (0-255) are what the
    statistics are measured on."""
    folded, tensors = read_folded(path)
    for (conv, norm), (weight, bias) in zip(convolutions(student.layers), folded, strict=True):
        conv.weight.copy_(weight)
        (conv if norm is None else norm).bias.copy_(bias)
    for layer in ("embed", "classify"):
        for part, values in getattr(student, layer).named_parameters():
            values.copy_(tensors[f"student.{layer}.{part}"])

    def set_statistics(norm: nn.BatchNorm2d, inputs: tuple[torch.Tensor]) -> None:
        norm.running_var, norm.running_mean = torch.var_mean(inputs[0], (0, 2, 3))
        norm.weight.copy_((norm.running_var + norm.eps).sqrt())
        norm.bias += norm.running_mean

    hooks = [m.register_forward_pre_hook(set_statistics) for m in student.modules() if isinstance(m, nn.BatchNorm2d)]
    student.eval()
    student(images)
    for hook in hooks:
        hook.remove()

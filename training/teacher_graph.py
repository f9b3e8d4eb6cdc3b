"""The teacher's graph, made lean: constants folded, paddings moved into the convolutions that follow them.

The published network pads in nodes of their own. ONNX Runtime then reorders the feature maps before and after each; with
the paddings inside the convolutions it answers the same (difference 0.0) in 0.8 times the time. The few kinds of node
that are left are run by PyTorch (`TorchTeacher`), on whatever device it has and in whatever precision.
"""
import gzip
import tempfile
from pathlib import Path

import onnx
import onnxruntime as ort
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper


def read_teacher(path: Path) -> onnx.ModelProto:
    """The lean graph of `path`, an `.onnx.gz`, with its last feature map as an additional last output."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = f"{folder}/folded.onnx"
        ort.InferenceSession(gzip.decompress(path.read_bytes()), options, providers=["CPUExecutionProvider"])
        model = onnx.load(options.optimized_model_filepath)
    fold_pads(model)
    pool = next(node for node in reversed(model.graph.node) if node.op_type == "ReduceMean")
    model.graph.output.append(helper.make_tensor_value_info(pool.input[0], onnx.TensorProto.FLOAT, None))
    return model


def fold_pads(model: onnx.ModelProto) -> None:
    """Moves zero paddings of height and width into the convolutions that read them, in place."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    pads = {node.output[0]: node for node in model.graph.node if node.op_type == "Pad"}
    for node in model.graph.node:
        pad = pads.get(node.input[0]) if node.op_type == "Conv" else None
        if pad is not None:
            before_and_after = tensors[pad.input[1]].reshape(2, 4)[:, 2:].flatten().tolist()
            kept = [a for a in node.attribute if a.name != "pads"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("pads", before_and_after)])
            node.input[0] = pad.input[0]
    used = {name for node in model.graph.node for name in node.input}
    lean = [node for node in model.graph.node if node.op_type != "Pad" or node.output[0] in used]
    del model.graph.node[:]
    model.graph.node.extend(lean)
    read = [t for t in model.graph.initializer if any(t.name in node.input for node in lean)]
    del model.graph.initializer[:]
    model.graph.initializer.extend(read)


class TorchTeacher(torch.nn.Module):
    """Runs a lean graph in PyTorch: float [b, 3, h, w] (RGB, 0-255) → [what the convolutions numbered `before` read …, its last
    feature map], each [b, channels, h, w]. Convolutions are numbered from 0 in the order they run."""

    def __init__(self, model: onnx.ModelProto, before: tuple[int, ...] = ()):
        super().__init__()
        self.nodes, self.input, self.output = list(model.graph.node), model.graph.input[0].name, model.graph.output[-1].name
        convolutions = [node for node in self.nodes if node.op_type == "Conv"]
        self.wanted = [*(convolutions[number].input[0] for number in before), self.output]
        self.bounds, self.names = {}, {}
        for number, tensor in enumerate(model.graph.initializer):
            array = numpy_helper.to_array(tensor)
            if array.ndim == 0:
                self.bounds[tensor.name] = float(array)
            elif array.dtype.kind == "f":
                self.names[tensor.name] = f"tensor{number}"
                self.register_buffer(f"tensor{number}", torch.from_numpy(array.copy()))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        values = {self.input: images}

        def read(name: str) -> torch.Tensor | float | None:
            if name in values:
                return values[name]
            return getattr(self, self.names[name]) if name in self.names else self.bounds.get(name)

        for node in self.nodes:
            values[node.output[0]] = apply(node, [read(name) for name in node.input])
            if node.output[0] == self.output:
                return [values[name] for name in self.wanted]
        raise ValueError(f"the graph has no node that makes {self.output}")


def apply(node: onnx.NodeProto, inputs: list) -> torch.Tensor:
    if node.op_type == "Conv":
        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        (top, left, bottom, right), x, pad = options["pads"], inputs[0], 0
        if (top, left) == (bottom, right):
            pad = (top, left)
        else:
            x = F.pad(x, (left, right, top, bottom))
        return F.conv2d(x, inputs[1], inputs[2], options["strides"], pad, options["dilations"], options["group"])
    if node.op_type == "Clip":
        return inputs[0].clamp(*inputs[1:])
    if node.op_type == "Relu":
        return inputs[0].relu()
    if node.op_type == "Add":
        return inputs[0] + inputs[1]
    if node.op_type == "Sub":
        return inputs[0] - inputs[1]
    if node.op_type == "Mul":
        return inputs[0] * inputs[1]
    raise ValueError(f"no rule for a node of type {node.op_type}")

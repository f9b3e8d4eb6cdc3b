"""Export: a trained student, whitened, as ONNX opset 13 with float16 or float32 weights.

Input `image`: float32 [batch, 3, height, width], RGB, 0-255; normalisation is inside. Outputs: `penultimate` [batch, 512],
linear in the mean of `map`, so heat-maps are exact; `logits` [batch, 1000] in ImageNet's order; `stage3` and `stage4`, the
means of two earlier feature maps (strides 16 and 32); `map` [batch, channels, height / 32, width / 32], the last feature map
with each cell's share in the generalised mean (`pooling.py`; with `--power 1` the last feature map itself).

float16 is how weights are stored: each is cast to float32 in the graph, which ONNX Runtime does once, at load.
"""
import argparse
import copy
import hashlib
import io
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from photos import Photos
from pooling import POWERS, as_plain, emphasised
from second_view import KINDS, in_place, views
from student import Student
from teacher import Teacher, classes_of
from whiten import discriminating, pooled_features, whitening

OUTPUTS = ["penultimate", "logits", "stage3", "stage4", "map"]


def of_whole_numbers(student: Student) -> Student:
    """A copy with the same answers that takes pixels less 128 where training has 0-255 and makes them -1 to 1: these are exact in eight bits, and the
    picture is gone over once less. The border of the first convolution counts as 128 of 255 instead of 127.5."""
    student = copy.deepcopy(student).eval()
    convolution, norm = (next(layer for layer in student.layers.modules() if isinstance(layer, kind)) for kind in (torch.nn.Conv2d, torch.nn.BatchNorm2d))
    norm.running_mean -= convolution.weight.data.sum((1, 2, 3)) * (128 / 127.5 - 1)
    convolution.weight.data /= 127.5
    student.normalised = lambda images: images
    return student


class Exported(torch.nn.Module):
    """The student with its whitened embedding, of generalised means, as an output of its own beside the logits' branch, of plain
    means as in training. With a second view (`second_view.py`) every answer is the mean of those to both, maps in the picture's places."""

    def __init__(self, student: Student, penultimate: torch.nn.Linear, power: float = 1.0, second_view: str | None = None):
        super().__init__()
        self.student, self.penultimate, self.power, self.second_view = of_whole_numbers(student), penultimate, power, second_view

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        stage3, stage4, last = self.student.feature_maps(torch.cat(views(image - 128, self.second_view)))
        if self.power != 1:  # then none of it is negative; without this, ONNX Runtime takes it out of eight bits for each of the three that take it
            last = F.relu(last)
        shares, *means = emphasised(last, self.power), *(maps.mean((2, 3)) for maps in (last, stage3, stage4))
        if self.second_view:
            count = image.shape[0]  # not len(), which an export takes for a constant
            shares = (shares[:count] + in_place(shares[count:], self.second_view)) * 0.5
            means = [(mean[:count] + mean[count:]) / 2 for mean in means]
        plain, at_16, at_32 = means
        return self.penultimate(shares.mean((2, 3))), self.student.heads(plain)[1], at_16, at_32, shares


def to_onnx(model: Exported) -> onnx.ModelProto:
    axes = {name: {0: "batch"} for name in OUTPUTS[:-1]}
    axes |= {"image": {0: "batch", 2: "height", 3: "width"}, "map": {0: "batch", 2: "map_height", 3: "map_width"}}
    buffer = io.BytesIO()
    torch.onnx.export(model.eval(), (torch.rand(1, 3, 128, 128) * 255,), buffer, input_names=["image"],
                      output_names=OUTPUTS, dynamic_axes=axes, opset_version=13, dynamo=False)
    return onnx.load_from_string(buffer.getvalue())


def store_as_float16(model: onnx.ModelProto, least_axes: int = 0) -> None:
    """Replaces every float32 initialiser that has `least_axes` or more by a float16 one and a cast back, in place."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) >= least_axes:
            name = tensor.name
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", type=Path, required=True, help="student.pt of a finished run")
    parser.add_argument("--cache", type=Path, required=True, help="the folder with the prepared photos")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=128, help="the input size that the whitening is fitted at")
    parser.add_argument("--photos", type=int, default=12000, help="how many photos of the pool the whitening is fitted on")
    parser.add_argument("--whiten", type=float, default=1.0, help="strength of the whitening, 0-1")
    parser.add_argument("--between", type=float, help="how much more directions weigh that tell classes of the teacher apart, 0-1; none: those are not looked at")
    parser.add_argument("--teacher", type=Path, help="the teacher's file, for --between")
    parser.add_argument("--power", type=float, choices=POWERS, default=1.0, help="of the generalised mean of the last map")
    parser.add_argument("--second-view", choices=KINDS, help="answers with the mean over the picture and its mirror image, or over the whole and its middle")
    parser.add_argument("--storage", choices=("float16", "float32"), default="float16")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if (args.between is None) != (args.teacher is None):
        parser.error("--between and --teacher go together")
    torch.set_num_threads(args.threads)

    saved = torch.load(args.student, map_location="cpu")
    student = Student(saved["architecture"])
    student.load_state_dict(saved["student"])
    photos = Photos(args.cache)
    plain, pooled = pooled_features(student, photos, args.photos, args.size, (1.0, args.power), args.second_view)
    embed = (student.embed.weight.data * as_plain(plain, pooled), student.embed.bias.data, pooled)
    if args.teacher:
        teacher = Teacher(args.teacher)
        classes = classes_of(args.cache, teacher.weight, teacher.bias, args.photos)
        layer = discriminating(*embed, classes, strength=args.whiten, between=args.between)
    else:
        layer = whitening(*embed, strength=args.whiten)
    model = to_onnx(Exported(student, layer, args.power, args.second_view))
    if args.storage == "float16":
        store_as_float16(model)
    onnx.checker.check_model(model)
    args.out.write_bytes(model.SerializeToString())
    data = args.out.read_bytes()
    print(f"{args.out} {len(data)} bytes sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

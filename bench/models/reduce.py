"""Writes reduced copies of an encoder: float16 weights, float16 arithmetic, and int8 (QDQ, calibrated on photos).

    python -m venv venv && venv/bin/pip install -r bench/models/requirements-reduce.txt
    venv/bin/python bench/models/reduce.py MODEL_FOLDER OUT --photos DIR

MODEL_FOLDER holds manifest.json and model.onnx: models/NAME of the installation, or DATA/models/NAME. Import what comes out with
`likeness models import OUT/NAME-int8.onnx --like NAME`, and compare with `npm run compare:encoders`.
"""

import argparse
import json
import pathlib
import random

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

QUANTIZED = ["Conv", "Gemm", "MatMul", "Add", "Relu", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat"]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
KERNELS = {"nearest": Image.NEAREST, "linear": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}


def tensor_of(file, spec):
    """The picture as the manifest's input wants it; close enough to the service's own for calibration."""
    view = spec["view"]
    image = Image.open(file).convert("RGB")
    to = view["resize"]["to"]
    if view["resize"]["rule"] == "stretch":
        size = (to, to)
    else:
        scale = to / min(image.size)
        size = tuple(max(to, round(side * scale)) for side in image.size)
    image = image.resize(size, KERNELS[view["kernel"]])
    left, top = ((side - view["size"]) // 2 for side in image.size)
    pixels = np.asarray(image.crop((left, top, left + view["size"], top + view["size"])), np.float32)
    if spec["colour"] == "bgr":
        pixels = pixels[:, :, ::-1]
    normalisation = spec["normalisation"]
    pixels = (pixels - np.float32(normalisation["mean"])) * np.float32(normalisation["scale"])
    return (pixels.transpose(2, 0, 1) if spec["layout"] == "nchw" else pixels)[None].copy()


class Photos(CalibrationDataReader):
    def __init__(self, files, spec):
        self.feeds = ({spec["tensor"]: tensor_of(file, spec)} for file in files)

    def get_next(self):
        return next(self.feeds, None)


def refuse_quantised(model, source):
    """SystemExit where a network is computed in whole numbers already, as the bundled encoder is: there is no float form of it to reduce."""
    if any(node.op_type == "DequantizeLinear" or node.op_type.startswith("QLinear") for node in model.graph.node):
        raise SystemExit(f"Expected a network in float32 or with float16 weights but {source} is quantised already.")


def as_float32(model):
    """Weights that are stored as float16 and cast in the graph become float32 again; in place."""
    halves = {one.name: one for one in model.graph.initializer if one.data_type == TensorProto.FLOAT16}
    casts = [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in halves]
    for node in casts:
        tensor = halves[node.input[0]]
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), node.output[0]))
        model.graph.node.remove(node)
    return model


def float16_weights(model):
    """Every float32 weight becomes a float16 one and a cast back, which ONNX Runtime does once, when it loads the model."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and numpy_helper.to_array(tensor).size > 1:
            name = tensor.name
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--photos", type=pathlib.Path, required=True, help="for calibration; other ones than are asked about later")
    parser.add_argument("--count", type=int, default=128, help="how many of them")
    options = parser.parse_args()
    manifest = json.loads((options.model / "manifest.json").read_text())
    name, spec = manifest["name"], manifest["input"]
    source = options.model / manifest["files"]["onnx"]["path"]
    file = lambda kind: options.out / f"{name}-{kind}.onnx"  # noqa: E731

    model = onnx.load(source)
    refuse_quantised(model, source)
    options.out.mkdir(parents=True, exist_ok=True)
    onnx.save(as_float32(model), file("float32"))
    onnx.save(float16_weights(onnx.load(file("float32"))), file("float16-weights"))
    halved = float16.convert_float_to_float16(onnx.load(file("float32")), keep_io_types=False)
    onnx.save(halved, file("float16"))

    photos = sorted(one for one in options.photos.rglob("*") if one.suffix.lower() in SUFFIXES)
    photos = random.Random(0).sample(photos, min(options.count, len(photos)))
    prepared = options.out / f"{name}-prepared.onnx"
    quant_pre_process(str(file("float32")), str(prepared))
    quantize_static(
        str(prepared),
        str(file("int8")),
        Photos(photos, spec),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        # Of products and roots, as of generalised means, eight bits leave too little.
        op_types_to_quantize=QUANTIZED,
    )
    prepared.unlink()
    for kind in ("float32", "float16-weights", "float16", "int8"):
        print(f"{file(kind).name}: {file(kind).stat().st_size / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    main()

"""Eight bits: an exported encoder whose convolutions are computed in whole numbers, as ONNX QDQ.

Weights are int8, one scale a channel; what flows between them is uint8, one scale a tensor, from the least and the largest value
on photos of the pool. Everything after the last convolution stays float32 (linear layers are stored as float16): of products and
roots, as of generalised means, eight bits leave too little.

    python quantise.py model.onnx --cache OUT/cache --size 160 --out model-int8.onnx

Weights use seven of their eight bits. Processors without VNNI add pairs of products in sixteen bits, where eight could
overflow and give another answer than elsewhere (Jacob et al., CVPR 2018, is the arithmetic; the overflow is documented with ONNX Runtime's `reduce_range`).
"""
import argparse
import hashlib
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from export import store_as_float16
from photos import Photos, centre_squares

WHOLE_NUMBERS = ("Conv", "Add", "Relu", "Clip")


class Pictures(CalibrationDataReader):
    """The centre squares of the first `count` photos, in batches of 16."""

    def __init__(self, photos: Photos, count: int, size: int):
        self.batches = (centre_squares(photos, range(i, min(i + 16, count)), size) for i in range(0, count, 16))

    def get_next(self) -> dict[str, np.ndarray] | None:
        pictures = next(self.batches, None)
        return None if pictures is None else {"image": np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)}


def trunk(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that are computed in whole numbers: those of WHOLE_NUMBERS up to the activation of the last convolution."""
    nodes = list(model.graph.node)
    last = max(number for number, node in enumerate(nodes) if node.op_type == "Conv")
    before, needed = {last}, set(nodes[last].input)
    for number in range(last - 1, -1, -1):
        if needed & set(nodes[number].output):
            before.add(number)
            needed |= set(nodes[number].input)
    before |= {number for number, node in enumerate(nodes) if nodes[last].output[0] in node.input and node.op_type in ("Relu", "Clip")}
    return [nodes[number].name for number in sorted(before) if nodes[number].op_type in WHOLE_NUMBERS]


def quantise(source: Path, out: Path, photos: Photos, count: int, size: int, seven_bits: bool = True) -> None:
    """Writes the int8 form of `source`, an encoder of `export.py`, whose ranges are those of the first `count` photos at `size` pixels."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)  # casts of stored weights fold away, too
        quantize_static(
            str(prepared), str(out), Pictures(photos, count, size), quant_format=QuantFormat.QDQ, per_channel=True,
            reduce_range=seven_bits, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax, nodes_to_quantize=trunk(onnx.load(prepared)),
        )
    model = onnx.load(out)
    store_as_float16(model, least_axes=2)  # the linear layers; scales have one axis at most
    onnx.save(model, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", type=Path, help="an encoder of export.py")
    parser.add_argument("--cache", type=Path, required=True, help="the folder with the prepared photos")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, required=True, help="the input size that ranges are measured at")
    parser.add_argument("--photos", type=int, default=512, help="how many photos of the pool ranges are measured on")
    parser.add_argument("--eight-bits", action="store_true", help="weights of eight bits instead of seven")
    args = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)  # it asks for a step that was taken
    quantise(args.encoder, args.out, Photos(args.cache), args.photos, args.size, not args.eight_bits)
    data = args.out.read_bytes()
    print(f"{args.out} {len(data)} bytes sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

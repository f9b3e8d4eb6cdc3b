"""Evaluation: how well an encoder retrieves, and how fast it runs, on the three labelled sets that nothing is fitted to.

Every photo is a query against all others of its set, by cosine (leave-one-out). precision@1: the share of queries whose
nearest neighbour is of the same class. AP: the mean, over a query's same-class photos, of the precision at their rank.
Intervals are 95 %, bootstrapped over queries.
"""
import argparse
import csv
import gzip
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

SETS = ("flowers12", "clothing10", "instruments30")


def centre_square(image: Image.Image, size: int) -> np.ndarray:
    """The centre square as uint8 [size, size, 3]; the same as resizing the shorter side (bicubic), then cropping."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.convert("RGB").resize((size, size), Image.BICUBIC, box=box))


def load_set(tar_path: Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [n, size, size, 3] and the class number of each photo, int [n]; files in the order of their names."""
    with tarfile.open(tar_path) as tar:
        members = sorted((m for m in tar.getmembers() if m.isfile()), key=lambda m: m.name)
        images = np.stack([centre_square(Image.open(tar.extractfile(m)), size) for m in members])
    return images, np.unique([m.name.split("/")[0] for m in members], return_inverse=True)[1]


def retrieval(embeddings: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per query: 1 where the nearest neighbour has the query's class, and the average precision. [n, d], [n] → [n], [n]."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    order = np.argsort(-similarity, axis=1)[:, :-1]
    relevant = classes[order] == classes[:, None]
    precision = np.cumsum(relevant, axis=1) / np.arange(1, len(classes))
    return relevant[:, 0].astype(float), (precision * relevant).sum(1) / relevant.sum(1)


def interval(values: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    picks = np.random.default_rng(0).integers(0, len(values), (draws, len(values)))
    return tuple(np.quantile(values[picks].mean(1), (0.025, 0.975)))


def difference(values: list[np.ndarray], reference: list[np.ndarray], draws: int = 1000) -> str:
    """Mean over the sets of the paired difference, with its 95 % bootstrap interval over queries."""
    rng, pairs = np.random.default_rng(0), [a - b for a, b in zip(values, reference)]
    means = np.mean([pair[rng.integers(0, len(pair), (draws, len(pair)))].mean(1) for pair in pairs], 0)
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{np.mean([pair.mean() for pair in pairs]):+.4f} ({low:+.4f} to {high:+.4f})"


class Encoder:
    """An ONNX encoder (`.onnx` or `.onnx.gz`) whose input is RGB 0-255, NCHW."""

    def __init__(self, path: Path, output: str, threads: int = 2):
        data = path.read_bytes()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(gzip.decompress(data) if path.suffix == ".gz" else data, options)
        self.input, self.output = self.session.get_inputs()[0].name, output

    def __call__(self, images: np.ndarray, batch: int = 16) -> np.ndarray:
        """uint8 [n, h, w, 3] → float32 [n, d]"""
        answers = []
        for start in range(0, len(images), batch):
            x = np.ascontiguousarray(images[start : start + batch].transpose(0, 3, 1, 2), np.float32)
            answers.append(self.session.run([self.output], {self.input: x})[0])
        return np.concatenate(answers)

    def images_per_second(self, size: int, batch: int = 16, rounds: int = 30) -> float:
        """The best of `rounds` batches, so that other work on the machine disturbs it least."""
        x = np.random.default_rng(0).uniform(0, 255, (batch, 3, size, size)).astype(np.float32)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            self.session.run([self.output], {self.input: x})
            times.append(time.perf_counter() - start)
        return batch / min(times)


def ranked(encoder: Encoder, size: int, data_dir: Path, sets: Sequence[str]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Per set: hits and average precisions of its queries, each [n]."""
    found = []
    for name in sets:
        images, classes = load_set(data_dir / f"{name}.tar", size)
        found.append(retrieval(encoder(images), classes))
    return tuple(map(list, zip(*found)))


def evaluate(path: Path, output: str, sizes: list[int], data_dir: Path, sets: Sequence[str] = SETS) -> list[dict]:
    """One row per size: per set n, precision@1 and mAP with intervals; their means; images/s."""
    encoder, rows = Encoder(path, output), []
    for size in sizes:
        row = {"encoder": path.name, "size": size}
        for name, hits, precisions in zip(sets, *ranked(encoder, size, data_dir, sets)):
            row[f"{name} n"] = len(hits)
            for label, values in (("P@1", hits), ("mAP", precisions)):
                low, high = interval(values)
                row |= {f"{name} {label}": round(values.mean(), 4), f"{name} {label} 95%": f"{low:.3f}-{high:.3f}"}
        for label in ("P@1", "mAP"):
            row[f"mean {label}"] = round(np.mean([row[f"{name} {label}"] for name in sets]), 4)
        row["images/s"] = round(encoder.images_per_second(size))
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--output", default="penultimate", help="the output to rank by (the teacher's: embedding)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 160, 192])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--sets", nargs="+", default=SETS, help="tars with class folders, without .tar")
    parser.add_argument("--against", help="ENCODER:SIZE; prints the difference to it, paired by query")
    parser.add_argument("--csv", type=Path, help="append the rows here")
    args = parser.parse_args()
    for row in evaluate(args.encoder, args.output, args.sizes, args.data, args.sets):
        print(" ".join(f"{k}={v}" for k, v in row.items() if "95%" not in k), flush=True)
        if args.csv:
            new = not args.csv.exists()
            with open(args.csv, "a", newline="") as file:
                writer = csv.DictWriter(file, row.keys())
                if new:
                    writer.writeheader()
                writer.writerow(row)
    if args.against:
        other, other_size = args.against.split(":")
        reference = ranked(Encoder(Path(other), args.output), int(other_size), args.data, args.sets)
        for size in args.sizes:
            results = ranked(Encoder(args.encoder, args.output), size, args.data, args.sets)
            parts = (f"{label} {difference(*pair)}" for label, *pair in zip(("P@1", "mAP"), results, reference))
            print(f"size {size}, less {args.against}:", "; ".join(parts), flush=True)


if __name__ == "__main__":
    main()

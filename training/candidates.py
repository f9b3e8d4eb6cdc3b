"""Which architecture earns its milliseconds: equal small runs from random weights, compared in one table.

Every candidate sees the same number of crops of the same cached teacher views, with the same seed, learning rate and loss;
then it is whitened, exported and evaluated as any encoder is. Speed: ONNX Runtime on the CPU, two threads, batch 16, the
best of 30 batches, the candidates taking turns. A run that was interrupted goes on when the command is repeated.

    python candidates.py --shared SHARED --out OUT [--steps 300] [NAME:SIZE …]
"""
import argparse
import csv
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from evaluate import Encoder, evaluate
from student import Student

HERE = Path(__file__).parent
CANDIDATES = ["mobilenet_v3_small:128", "mobilenet_v3_small_deep:128", "mobilenet_v3_large:128", "shufflenet_v2_x1_0:128",
              "regnet_y_400mf:128"]
COLUMNS = ["candidate", "size", "parameters", "crops", "held-out cosine", "held-out recall@10", "mean P@1", "mean mAP",
           "ms/image", "P@1 per ms", "mAP per ms"]


def run(script: str, *options: object) -> None:
    subprocess.run([sys.executable, HERE / script, *map(str, options)], check=True)


def trained(name: str, size: int, args: argparse.Namespace) -> Path:
    """The exported encoder of a candidate, trained first where that was not done before."""
    folder = args.out / f"{name}-{size}"
    model, cache = folder / "model.onnx", args.out / "cache"
    if not model.exists():
        run("train.py", "--shared", args.shared, "--cache", cache, "--run", folder, "--architecture", name, "--size", size,
            "--steps", args.steps, "--batch", args.batch, "--lr", args.lr, "--warm-up", args.steps // 5,
            "--base-views", args.base_views, "--local", 0,
            "--views-large", 1, "--views-small", 1, "--device", args.device,
            *(["--online-teacher"] if args.online_teacher else []))
        run("export.py", "--student", folder / "student.pt", "--cache", cache, "--out", model, "--size", size,
            "--views", args.base_views)
    return model


def milliseconds(models: dict[str, Path], sizes: dict[str, int], rounds: int = 30, batch: int = 16) -> dict[str, float]:
    """Milliseconds per image: the best of `rounds` batches, the encoders taking turns, so that other work on the machine
    falls on all of them."""
    encoders = {name: Encoder(path, "penultimate") for name, path in models.items()}
    best = dict.fromkeys(models, np.inf)
    for _ in range(rounds):
        for name, encoder in encoders.items():
            pixels = np.zeros((batch, sizes[name], sizes[name], 3), np.uint8)
            started = time.perf_counter()
            encoder(pixels, batch)
            best[name] = min(best[name], (time.perf_counter() - started) / batch * 1000)
    return best


def row(name: str, size: int, model: Path, ms: float, args: argparse.Namespace) -> dict[str, object]:
    log = [line for line in csv.DictReader(open(model.parent / "log.csv")) if line["held-out cosine"]][-1]
    score = evaluate(model, "penultimate", [size], args.shared / "data")[0]
    weights = sum(p.numel() for p in Student(name).parameters())
    hits, precision = score["mean P@1"], score["mean mAP"]
    return dict(zip(COLUMNS, [name, size, weights, int(log["step"]) * args.batch, log["held-out cosine"],
                              log["held-out recall@10"], hits, precision, round(ms, 3), round(hits / ms, 3),
                              round(precision / ms, 3)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("candidates", nargs="*", default=CANDIDATES, help="NAME:SIZE, names as in student.py")
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="OUT/cache may be that of another run of the recipe")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--base-views", type=int, default=12000, help="teacher views, one a photo, that all are trained on")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--online-teacher", action="store_true", help="as in train.py")
    args = parser.parse_args()

    sizes = {name: int(size) for name, size in (c.split(":") for c in args.candidates)}
    models = {name: trained(name, size, args) for name, size in sizes.items()}
    speed = milliseconds(models, sizes)
    rows = [row(name, size, models[name], speed[name], args) for name, size in sizes.items()]
    with open(args.out / "candidates.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    print(" | ".join(COLUMNS))
    for line in rows:
        print(" | ".join(str(value) for value in line.values()))


if __name__ == "__main__":
    main()

"""Which architecture earns its milliseconds: equal small runs from random weights, compared in one table.

Every candidate sees the same pictures with the same answers of the teacher, the same seed, learning rate and losses (hints for
those that have a stage to take them);
then it is whitened, exported and evaluated as any encoder is. Speed: ONNX Runtime on the CPU, two threads, batch 16, the
best of 30 batches, the candidates taking turns. A run that was interrupted goes on when the command is repeated; with other options it ends
at once, as results of the two would stand in one table.

    python candidates.py --shared SHARED --out OUT [--steps 300] [NAME:SIZE …]
"""
import argparse
import csv
import subprocess
import sys
from pathlib import Path

from evaluate import Encoder, evaluate
from speed import seconds_in_turns
from student import Student
from train import arguments, refuse_another, what_makes_it

HERE = Path(__file__).parent
CANDIDATES = ["lean_resnet:128", "mobilenet_v3_small:128", "mobilenet_v3_large:128", "shufflenet_v2_x1_0:128", "regnet_y_400mf:128"]
COLUMNS = ["candidate", "size", "parameters", "crops", "held-out cosine", "held-out recall@10", "mean P@1", "mean mAP",
           "ms/image", "P@1 per ms", "mAP per ms"]


def run(script: str, *options: object) -> None:
    subprocess.run([sys.executable, HERE / script, *map(str, options)], check=True)


def folder_of(name: str, size: int, args: argparse.Namespace) -> Path:
    return args.out / f"{name}-{size}"


def recipe(name: str, size: int, args: argparse.Namespace) -> list[str]:
    """The options of `train.py` that train a candidate."""
    words = ["--shared", args.shared, "--cache", args.out / "cache", "--run", folder_of(name, size, args), "--architecture", name,
             "--size", size, "--steps", args.steps, "--batch", args.batch, "--lr", args.lr, "--warm-up", max(1, args.steps // 5),
             "--last-steps", 0, "--device", args.device, *(["--more", args.more] if args.more else [])]
    return [str(word) for word in words]


def trained(name: str, size: int, args: argparse.Namespace) -> Path:
    """The exported encoder of a candidate, trained first where that was not done before."""
    folder = folder_of(name, size, args)
    model = folder / "model.onnx"
    if not model.exists():
        run("train.py", *recipe(name, size, args))
        run("export.py", "--student", folder / "student.pt", "--cache", args.out / "cache", "--out", model, "--size", size)
    return model


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
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--more", type=Path, help="as in train.py")
    args = parser.parse_args()

    candidates = [(name, int(size)) for name, size in (c.split(":") for c in dict.fromkeys(args.candidates))]
    # All of them first: the first to be trained takes long.
    for name, size in candidates:
        refuse_another(folder_of(name, size, args), what_makes_it(arguments(recipe(name, size, args))))
    models = [trained(name, size, args) for name, size in candidates]
    seconds = seconds_in_turns([(Encoder(path, "penultimate"), size) for path, (_, size) in zip(models, candidates)])
    rows = [row(name, size, path, 1000 * time, args) for (name, size), path, time in zip(candidates, models, seconds)]
    with open(args.out / "candidates.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    print(" | ".join(COLUMNS))
    for line in rows:
        print(" | ".join(str(value) for value in line.values()))


if __name__ == "__main__":
    main()

"""Averages the weights of students of one architecture: a run and those it began from lie in one valley of the loss, and the mean of
its ends retrieves better than any of them (Izmailov et al., "Averaging weights leads to wider optima", UAI 2018; Wortsman et
al., "Model soups", ICML 2022). Batch norms' statistics are averaged like weights.

    python average.py STUDENT.pt STUDENT.pt … --out student.pt
"""
import argparse
from pathlib import Path

import torch


def averaged(students: list[dict]) -> dict:
    """Contents of `student.pt` files → the same of their mean, float16 as they are; what is counted, as batches that norms have
    seen, is that of the first. ValueError where architectures differ."""
    first, names = students[0], sorted({one["architecture"] for one in students})
    if len(names) > 1:
        raise ValueError(f"Expected students of one architecture but received {', '.join(names)}")
    mean = {
        key: torch.stack([one["student"][key].float() for one in students]).mean(0).half() if value.is_floating_point() else value
        for key, value in first["student"].items()
    }
    return {"architecture": first["architecture"], "student": mean}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.save(averaged([torch.load(path, map_location="cpu") for path in args.students]), args.out)


if __name__ == "__main__":
    main()

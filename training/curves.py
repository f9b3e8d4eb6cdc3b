"""Draws a run's `log.csv` as `curves.png`: the losses, and the scores of held-out and seen photos."""
import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

PANELS = (("cosine", "neighbours", "logits", "cells", "hints", "cosine, new"), ("held-out cosine", "seen cosine", "held-out recall@10", "seen recall@10"))


def read(path: Path, column: str) -> tuple[list[int], list[float]]:
    """Steps and values where the column is there and filled. A resumed run repeats steps: the last row of a step counts."""
    with open(path, newline="") as file:
        values = {int(row["step"]): float(row[column]) for row in csv.DictReader(file) if row.get(column)}
    return sorted(values), [values[step] for step in sorted(values)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder with log.csv")
    run = parser.parse_args().run
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, columns, title in zip(axes, PANELS, ("training losses (means of 50 steps)", "whole photos")):
        for column in columns:
            steps, values = read(run / "log.csv", column)
            if steps:
                axis.plot(steps, values, label=column)
        axis.set(title=title, xlabel="step")
        axis.legend()
    figure.savefig(run / "curves.png", dpi=120)


if __name__ == "__main__":
    main()

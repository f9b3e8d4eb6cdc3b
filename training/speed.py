"""How fast encoders are beside each other: ONNX Runtime on the CPU, two threads, batch 16, the encoders taking turns.

    python speed.py ENCODER:SIZE[:OUTPUT] …

Printed: images/s in the best batch of `--rounds` turns, and how many times the first one's that is.
"""
import argparse
from pathlib import Path

import numpy as np

from evaluate import Encoder

BATCH = 16


def seconds_in_turns(encoders: list[tuple[Encoder, int]], rounds: int = 30) -> list[float]:
    """Seconds per image of each (encoder, input size): the best of three batches in each of `rounds` turns, since threads of
    the one before go on spinning for a while. They take turns, so that other work on the machine falls on all of them."""
    best = [np.inf] * len(encoders)
    for _ in range(rounds):
        for number, (encoder, size) in enumerate(encoders):
            best[number] = min(best[number], 1 / encoder.images_per_second(size, BATCH, rounds=3))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoders", nargs="+", help="ENCODER:SIZE[:OUTPUT]; the output is penultimate where none is named")
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    parts = [(*name.split(":"), "penultimate")[:3] for name in args.encoders]
    encoders = [(Encoder(Path(path), output), int(size)) for path, size, output in parts]
    seconds = seconds_in_turns(encoders, args.rounds)
    for name, time_each in zip(args.encoders, seconds):
        print(f"{name} {1 / time_each:.0f} images/s, {seconds[0] / time_each:.1f} times the first")


if __name__ == "__main__":
    main()

"""Which power of the mean and how strong a whitening serve an exported encoder best: other ends of the same network, in one table.

Both are closed-form and need no training: the generalised means of the last map are computed once for some pool photos and for
labelled sets, as they are and mirrored, and kept in FEATURES, by encoder and photos. Printed for each power and strength: mean precision@1 and mAP of the sets, the
mean and the 5th percentile of the cosine between a photo and its mirror image, the difference of the first two to the first row
with paired 95 % intervals, and, unlabelled, the recall of the teacher's ten nearest among the held-out pool photos.

    python strengths.py ENCODER.onnx --sets MORE/development --cache OUT/cache --features OUT/features

The encoder is one that was exported with `--power 1`. The sets are tars with class folders. Choose on development sets (`gather.py`), not on those that are reported.
"""
import argparse
import hashlib
import itertools
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from evaluate import Encoder, difference, load_set, retrieval
from photos import Photos, centre_squares
from pooling import POWERS, as_plain, emphasised
from targets import power_norm
from teacher import Teacher, classes_of
from whiten import discriminating, whitening


def pooled(encoder: Encoder, images: np.ndarray) -> np.ndarray:
    """uint8 [n, s, s, 3] → the generalised means of the last map for all POWERS, float32 [powers, n, channels]"""
    maps = (torch.from_numpy(encoder(images[i : i + 32])) for i in range(0, len(images), 32))
    return torch.cat([torch.stack([emphasised(some, power).mean((2, 3)) for power in POWERS]) for some in maps], 1).numpy()


def stored_layer(path: Path, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of a layer of an exported encoder. `.half` marks a tensor that `export.py` stored as float16."""
    graph = onnx.load(path).graph
    stored = {t.name.removesuffix(".half"): numpy_helper.to_array(t).astype(np.float32) for t in graph.initializer}
    return tuple(torch.from_numpy(stored[f"{name}.{kind}"]) for kind in ("weight", "bias"))


def digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def kept(args: argparse.Namespace, photos: Path) -> Path:
    """What the features of these photos, a tar or the pool's table, are named after in the folder of the encoder: each by what is in it."""
    folder = args.features / f"{digest(args.encoder)}-{args.size}-{args.held_out}+{args.photos}"
    return folder / f"{photos.stem}-{digest(photos)}"


def tars(args: argparse.Namespace) -> list[Path]:
    return sorted(args.sets.glob("*.tar"))


def pool(args: argparse.Namespace) -> Path:
    return args.cache / "photos.npy"


def collect(args: argparse.Namespace) -> None:
    """Writes `.f.npy` (features) of the pool and of each set, and of the latter `.y.npy` (classes) and `.m.npy` (mirrored), where missing."""
    encoder = Encoder(args.encoder, "map")
    for path in tars(args):
        name = kept(args, path)
        name.parent.mkdir(parents=True, exist_ok=True)
        if not Path(f"{name}.f.npy").exists():
            images, classes = load_set(path, args.size)
            np.save(f"{name}.y.npy", classes)
            np.save(f"{name}.m.npy", pooled(encoder, images[:, :, ::-1]))
            np.save(f"{name}.f.npy", pooled(encoder, images))
    name = kept(args, pool(args))
    if not Path(f"{name}.f.npy").exists():
        photos = Photos(args.cache)
        numbers = [*range(len(photos) - args.held_out, len(photos)), *range(args.photos)]
        parts = [centre_squares(photos, numbers[i : i + 256], args.size) for i in range(0, len(numbers), 256)]
        np.save(f"{name}.f.npy", np.concatenate([pooled(encoder, part) for part in parts], 1))


def measure(layer: torch.nn.Linear, power: float, args: argparse.Namespace) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Per set: hits, average precisions, cosines to the mirror image, each [n]."""
    hits, precisions, mirrors = [], [], []
    for path in tars(args):
        name = kept(args, path)
        plain, mirrored = (torch.from_numpy(np.load(f"{name}.{kind}.npy")[POWERS.index(power)]) for kind in "fm")
        with torch.no_grad():
            answers, others = layer(plain), layer(mirrored)
        hit, precision = retrieval(answers.numpy(), np.load(f"{name}.y.npy"))
        hits.append(hit)
        precisions.append(precision)
        mirrors.append(torch.cosine_similarity(answers, others).numpy())
    return hits, precisions, mirrors


def recall(answers: torch.Tensor, teacher: torch.Tensor, count: int = 10) -> float:
    """The share of the teacher's `count` nearest ([n, d], unit length) among the `count` nearest by `answers`."""
    unit = torch.nn.functional.normalize(answers, dim=1)
    nearest = [(x @ x.T).fill_diagonal_(-2).topk(count).indices for x in (unit, teacher)]
    return (nearest[0][:, :, None] == nearest[1][:, None, :]).any(2).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--sets", type=Path, required=True, help="a folder of labelled sets, tars with class folders")
    parser.add_argument("--cache", type=Path, required=True, help="the folder with the prepared photos")
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--powers", type=float, nargs="+", choices=POWERS, default=POWERS)
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.5, 1.0, 0.75, 0.25, 0.0])
    parser.add_argument("--betweens", type=float, nargs="+", default=[],
                        help="how much more directions weigh that tell classes of the teacher apart; each strength without and with each of these")
    parser.add_argument("--teacher", type=Path, help="the teacher's file, for --betweens")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--photos", type=int, default=6000, help="how many photos of the pool the whitening is fitted on")
    parser.add_argument("--held-out", type=int, default=1000)
    args = parser.parse_args()
    if bool(args.betweens) != bool(args.teacher):
        parser.error("--betweens and --teacher go together")
    collect(args)
    weight, bias = stored_layer(args.encoder, "student.embed")
    survey = np.load(args.cache / "survey.npz")["embeddings"][-args.held_out :]
    teacher = power_norm(torch.from_numpy(survey.astype(np.float32)))
    teacher = torch.nn.functional.normalize(teacher - teacher.mean(0), dim=1)
    features, reference = torch.from_numpy(np.load(f"{kept(args, pool(args))}.f.npy")), None
    fitted = features[:, args.held_out :]
    if args.teacher:
        judge = Teacher(args.teacher)
        classes = classes_of(args.cache, judge.weight, judge.bias, args.photos)
    for power, strength, between in itertools.product(args.powers, args.strengths, [None, *args.betweens]):
        generalised = fitted[POWERS.index(power)]
        embed = (weight * as_plain(fitted[0], generalised), bias, generalised)
        layer = whitening(*embed, strength=strength) if between is None else discriminating(*embed, classes, strength=strength, between=between)
        hits, precisions, mirrors = measure(layer, power, args)
        reference = reference or (hits, precisions)
        means = [np.mean([values.mean() for values in part]) for part in (hits, precisions, mirrors)]
        lowest = np.mean([np.quantile(values, 0.05) for values in mirrors])
        print(f"power {power}, strength {strength}, between {between}: P@1 {means[0]:.4f} mAP {means[1]:.4f} "
              f"mirrored {means[2]:.3f}, 5th percentile {lowest:.3f}; P@1 {difference(hits, reference[0])} mAP {difference(precisions, reference[1])}; "
              f"held-out recall {recall(layer(features[POWERS.index(power), : len(teacher)]).detach(), teacher):.3f}", flush=True)


if __name__ == "__main__":
    main()

"""The teacher: MobileNet-EdgeTPU, run by PyTorch in bfloat16. It is asked about square pictures of 224 pixels.

What it answers is its last feature map, 7 × 7 cells of 1280 non-negative numbers whose mean is its embedding, and two
earlier maps that a student can be given as hints. bfloat16 halves to quarters its time on a processor that multiplies
in it (AVX512_BF16, a GPU); its embedding keeps a cosine of 0.999 to the one in float32.
"""
import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch

from photos import Photos, centre_squares, sources_of
from teacher_graph import TorchTeacher, read_teacher

SIZE, CHANNELS = 224, 1280
AT_ONCE = 32  # pictures; with more, the maps no longer fit the processor's caches
# The maps at strides 8 (28 × 28 × 48) and 16 (14 × 14 × 96) of the picture are what these convolutions read.
HINTS_BEFORE = (18, 42)


@dataclass(frozen=True)
class Answers:
    """`cells` [b, 1280, 7, 7], the last feature map; `hints`, the two earlier maps."""

    cells: torch.Tensor
    hints: list[torch.Tensor]

    @property
    def embedding(self) -> torch.Tensor:
        """float [b, 1280]"""
        return self.cells.float().mean((2, 3))


class Teacher:
    """`weight` [1000, 1280] and `bias` [1000] turn an embedding into ImageNet logits (the background class is dropped)."""

    def __init__(self, path: Path, device: str = "cpu"):
        model = read_teacher(path)
        tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
        last = [n for n in model.graph.node if n.op_type == "Conv"][-1]
        self.weight = torch.from_numpy(tensors[last.input[1]].reshape(1001, CHANNELS)[1:].copy())
        self.bias = torch.from_numpy(tensors[last.input[2]][1:].copy())
        self.device = device
        self.network = TorchTeacher(model, HINTS_BEFORE).to(device, torch.bfloat16).eval()

    @torch.no_grad()
    def __call__(self, pictures: np.ndarray) -> Answers:
        """uint8 [b, 224, 224, 3] → bfloat16 maps on the teacher's device."""
        x = torch.from_numpy(pictures).to(self.device, torch.bfloat16).permute(0, 3, 1, 2)
        parts = [self.network(some) for some in x.split(AT_ONCE if self.device == "cpu" else len(x))]
        *hints, cells = (torch.cat(maps) for maps in zip(*parts))
        return Answers(cells, hints)


@dataclass(frozen=True)
class Survey:
    """What the teacher says of the centre square of every photo: `embeddings` float16 [n, 1280]; for each hint the mean and the
    spread of every channel, `hint_means` and `hint_spreads`, [48] and [96]."""

    embeddings: np.ndarray
    hint_means: list[np.ndarray]
    hint_spreads: list[np.ndarray]


def stand_ins(sources: list[str], asked: np.ndarray) -> np.ndarray:
    """For each of n photos, which come from `sources` [n], the number of one that was `asked` about (bool [n]), int [n]: itself, or one of the
    same source in turn; one of any source where none of its own was."""
    of_source = defaultdict(list)
    for number in np.flatnonzero(asked).tolist():
        of_source[sources[number]].append(number)
    turns = {source: itertools.cycle(numbers) for source, numbers in of_source.items()}
    anything = itertools.cycle(np.flatnonzero(asked).tolist())
    return np.array([number if asked[number] else next(turns.get(source, anything)) for number, source in enumerate(sources)])


def survey(teacher: Teacher, photos: Photos, folder: Path, batch: int = 64, hinted: int = 2048, most: int | None = None, last: int = 0) -> Survey:
    """Asked once and kept in `folder/survey.npz`. Hints are measured on the first `hinted` photos (their order is random). Where there are
    more than `most` photos, only the first of them and the `last` ones are asked about, and any other counts as one of its source:
    what comes from one place is mostly of one kind. SystemExit where the one that is kept asked about another number of photos."""
    path = folder / "survey.npz"
    asked = np.arange(len(photos)) >= len(photos) - last
    asked[:most] = True
    if not path.exists():
        embeddings, hints, started = [], ([], []), time.time()
        numbers = np.flatnonzero(asked)
        for start in range(0, len(numbers), batch):
            answers = teacher(centre_squares(photos, numbers[start : start + batch], SIZE))
            embeddings.append(answers.embedding.cpu().numpy().astype(np.float16))
            if start < hinted:
                for kept, hint in zip(hints, answers.hints):
                    kept.append(torch.stack([hint.float().mean((2, 3)), hint.float().square().mean((2, 3))]).cpu())
            if start // batch % 50 == 49:
                print(f"teacher: {start + batch} of {len(numbers)} photos, {(start + batch) / (time.time() - started):.0f}/s", flush=True)
        moments = [torch.cat(kept, 1).mean(1) for kept in hints]
        places = np.cumsum(asked) - 1
        kept = np.concatenate(embeddings)[places[stand_ins(sources_of(folder), asked)]]
        np.savez(path.with_suffix(".part.npz"), embeddings=kept, asked=asked.sum(), first=len(photos) if asked.all() else most,
                 **{f"mean{i}": m[0] for i, m in enumerate(moments)},
                 **{f"spread{i}": (m[1] - m[0] ** 2).clamp(min=1e-6).sqrt() for i, m in enumerate(moments)})
        path.with_suffix(".part.npz").rename(path)
    stored = np.load(path)
    known = int(stored["asked"]) if "asked" in stored else len(photos)  # earlier ones asked about all
    if known != asked.sum():
        raise SystemExit(f"{path} is a survey of {known} photos, not of {asked.sum()}. Another --survey wants another cache, or that file away.")
    return Survey(stored["embeddings"], *([stored[f"{kind}{i}"] for i in range(len(HINTS_BEFORE))] for kind in ("mean", "spread")))


def classes_of(folder: Path, weight: torch.Tensor, bias: torch.Tensor, count: int) -> torch.Tensor:
    """The class that the teacher, whose last layer is `weight` and `bias`, finds likeliest in each of the first `count` photos, int [count].
    SystemExit where the survey in `folder` did not ask about them, or does not say which it asked about."""
    path = folder / "survey.npz"
    stored = np.load(path)
    if "asked" in stored and "first" not in stored:
        raise SystemExit(f"{path} does not say which photos it asked about: it was made before surveys did. Put it away and repeat the survey.")
    known = int(stored["first"]) if "first" in stored else len(stored["embeddings"])  # the earliest ones asked about all
    if count > known:
        raise SystemExit(f"{path} has answers to the first {known} photos, not to {count}: ask for fewer --photos")
    return (torch.from_numpy(stored["embeddings"][:count].astype(np.float32)) @ weight.T + bias).argmax(1)

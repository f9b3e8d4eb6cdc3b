"""Training batches: new pictures that the teacher is asked about, and replays of recent ones.

The first `fresh` pictures of a batch are new composed views (`composed.py`); the others were new in one of the last steps and
come back, half of them mirrored, in proportion to how rare their kind is. So every target is the teacher's own answer to
that very picture (but for mirroring), nothing is stored on disk, and the student gets more steps out of each answer. Batch n depends on the
seed and n only; a run that goes on at step n asks again about the views that the store would hold.
"""
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from composed import Composed, compose, render
from photos import Photos
from targets import Targets
from teacher import SIZE, Teacher
from views import net_of, regrid

HINT_STRIDES = (8, 16)


@dataclass(frozen=True)
class Batch:
    """`images` uint8 [b, 3, size, size] and what the student is to answer: `embedding` [b, 512], of unit length, `logits`
    [b, 1000], `cells` [b, 512, h, w], embeddings of unit length at stride 32, `hints` [b, channels, h, w] at strides 8 and 16."""

    images: torch.Tensor
    embedding: torch.Tensor
    logits: torch.Tensor
    cells: torch.Tensor
    hints: list[torch.Tensor]


class Replays:
    """`shares` [photos]: how often a photo goes into new views. `room`: how many answered pictures are kept, on the teacher's
    device (90 kB each at 112 pixels). `workers` threads draw pictures; on a CPU that computes, two cores do best when drawing and
    computing take turns."""

    def __init__(self, photos: Photos, shares: np.ndarray, teacher: Teacher, targets: Targets, size: int, batch: int,
                 fresh: int, room: int, seed: int, workers: int = 2):
        if not 0 < fresh <= batch or room < batch or room % fresh:
            raise ValueError(f"Expected 0 < fresh <= batch <= room and room a multiple of fresh but received {fresh}, {batch}, {room}")
        self.photos, self.cumulative, self.teacher = photos, np.cumsum(shares), teacher
        self.targets = targets.to(teacher.device)
        self.size, self.batch, self.fresh, self.room, self.seed = size, batch, fresh, room, seed
        self.store: list[torch.Tensor] = []
        self.share = torch.zeros(room)
        self.pool = ThreadPoolExecutor(workers)

    def views(self, step: int) -> list[Composed]:
        numbers = range(step * self.fresh, (step + 1) * self.fresh)
        return [compose(self.photos.table, self.cumulative, self.seed, number) for number in numbers]

    def draw(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The new pictures of a step, for the teacher [fresh, 224, 224, 3] and for the student [fresh, size, size, 3]."""
        views = self.views(step)
        self.photos.expect(piece.photo for view in self.views(step + 1) for piece in (view.under, view.over) if piece)
        return tuple(np.stack(list(self.pool.map(lambda view: render(self.photos, view, size), views)))
                     for size in (SIZE, self.size))

    def ask(self, step: int) -> list[torch.Tensor]:
        """[images, embedding, logits, cells, hints …] of a step's new pictures, kept in the store."""
        for_teacher, for_student = self.draw(step)
        answers = self.teacher(for_teacher)
        images = torch.from_numpy(for_student).permute(0, 3, 1, 2).to(self.teacher.device)
        embedding, logits = self.targets(answers.embedding)
        cells = regrid(answers.cells, net_of(self.size, 32)).permute(0, 2, 3, 1)
        cells = self.targets(cells.float())[0].permute(0, 3, 1, 2).to(torch.bfloat16)
        hints = [regrid(hint, net_of(self.size, stride)) for hint, stride in zip(answers.hints, HINT_STRIDES)]
        new = [images, embedding, logits, cells, *hints]
        if not self.store:
            self.store = [part.new_zeros(self.room, *part.shape[1:]) for part in new]
        place = step * self.fresh % self.room
        for kept, part in zip(self.store, new):
            kept[place : place + self.fresh] = part
        self.share[place : place + self.fresh] = self.targets.share(answers.embedding).cpu()
        return new

    def make(self, step: int) -> Batch:
        rng = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        new = self.ask(step)
        share = self.share.clone()
        if step:  # those of this step are in the batch already; the very first step has no others
            share[step * self.fresh % self.room :][: self.fresh] = 0
        count = self.batch - self.fresh
        rows = torch.multinomial(share, count, replacement=True, generator=rng) if count else torch.zeros(0, dtype=torch.long)
        mirrored = torch.rand(len(rows), generator=rng) < 0.5
        parts = []
        for kept, part in zip(self.store, new):
            old = kept[rows]
            if old.ndim == 4:
                old[mirrored] = old[mirrored].flip(3)
            parts.append(torch.cat([part, old]))
        images, embedding, logits, cells, *hints = parts
        return Batch(images, embedding, logits, cells, hints)

    def iterate(self, first: int) -> Iterator[Batch]:
        """Batches `first`, `first` + 1, … without end."""
        for step in range(max(0, first - self.room // self.fresh), first):
            self.ask(step)
        step = first
        while True:
            yield self.make(step)
            step += 1

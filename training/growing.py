"""Training batches from a cache that grows: each step asks the teacher about some new views and replays old ones.

The first `fresh` pictures of a batch are new composed views (`composed.py`), seen whole; the others are drawn from all
views answered so far, half of them whole, half a square part of 60-100 % of the area whose target is the mean of the
teacher's map over that part. Replayed pictures are mirrored half of the time. Batch n depends on the seed and n only: it
replays what the batches before it asked. The answers lie in `fresh.u8` and their weights in `fresh.f32`; a run that
resumes at step n needs those of the n · fresh views before and writes the later ones anew.
"""
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from composed import WHOLE, Composed, Piece, compose, render
from photos import Photos
from teacher import CELLS, CHANNELS, SIZE, Teacher, decode_map, encode_map
from views import made_ahead, net_of, pool_parts

GROWTH = 4096  # the files grow by so many views at a time (257 MB; sparse until written)


class GrowingMap:
    """A float or byte array on disk, [n, …], that gets longer when a row beyond its end is written."""

    def __init__(self, path: Path, dtype: type, row: tuple[int, ...]):
        self.path, self.dtype, self.row = path, np.dtype(dtype), row
        path.touch()
        self.rows = np.zeros((0, *row), dtype)
        size = path.stat().st_size // (self.dtype.itemsize * int(np.prod(row, dtype=int)))
        if size:
            self._open(size)

    def _open(self, size: int) -> None:
        self.rows = np.memmap(self.path, self.dtype, "r+", shape=(size, *self.row))

    def write(self, start: int, values: np.ndarray) -> None:
        end = start + len(values)
        if end > len(self.rows):
            size = -(-end // GROWTH) * GROWTH
            os.truncate(self.path, size * self.dtype.itemsize * int(np.prod(self.row, dtype=int)))
            self._open(size)
        self.rows[start:end] = values


class GrowingBatches:
    """Makes (images uint8 [b, 3, size, size], teacher embeddings by cell, float [b, net, net, 1280]). `views` [n, 5] and `maps` are the
    answered base views, `draw` [n] how often each is drawn, `rarity` [1000] the same for a new view by its likeliest
    class, `shares` [photos] how often a photo goes into new views."""

    def __init__(self, photos: Photos, views: np.ndarray, maps: np.ndarray, draw: np.ndarray, rarity: np.ndarray,
                 shares: np.ndarray, teacher: Teacher, fresh: int, batch: int, size: int, seed: int, folder: Path):
        self.photos, self.views, self.maps, self.draw = photos, views[: len(maps)], maps, draw[: len(maps)]
        self.rarity, self.cumulative, self.teacher = rarity, np.cumsum(shares), teacher
        self.fresh, self.batch, self.size, self.seed = fresh, batch, size, seed
        self.answers = GrowingMap(folder / "fresh.u8", np.uint8, (CELLS, CELLS, CHANNELS))
        self.weights = GrowingMap(folder / "fresh.f32", np.float32, ())

    def view(self, row: int) -> Composed:
        """Base views come first, then the composed ones in the order they were asked."""
        if row < len(self.views):
            photo, *box = self.views[row].tolist()
            return Composed(Piece(photo, tuple(box), False))
        return compose(self.photos.table, self.cumulative, self.seed, row - len(self.views))

    def ask(self, first: int) -> tuple[list[np.ndarray], np.ndarray]:
        """The student's pictures of new views `first`, `first` + 1, … and the teacher's maps of them, [fresh, 7, 7, 1280]."""
        views = [self.view(len(self.views) + first + i) for i in range(self.fresh)]
        answer = self.teacher.maps(np.stack([render(self.photos, view, SIZE) for view in views])).transpose(0, 2, 3, 1)
        classes = (answer.mean((1, 2)) @ self.teacher.weight.T + self.teacher.bias).argmax(1)
        self.answers.write(first, encode_map(answer))
        self.weights.write(first, self.rarity[classes])
        return [render(self.photos, view, self.size) for view in views], answer

    def make(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, 2, step))
        asked = step * self.fresh
        cumulative = np.cumsum(np.concatenate([self.draw, self.weights.rows[:asked]], dtype=float))
        images, answers = self.ask(asked) if self.fresh else ([], np.zeros((0, CELLS, CELLS, CHANNELS), np.float32))
        rows = np.searchsorted(cumulative, rng.random(self.batch - self.fresh) * cumulative[-1], side="right")
        parts = np.stack([random_square(rng) for _ in rows])
        mirrored = rng.random(len(rows)) < 0.5
        for row, part, mirror in zip(rows, parts, mirrored):
            picture = render_part(self.photos, self.view(row), part, self.size)
            images.append(picture[:, ::-1] if mirror else picture)
        base, net = len(self.views), net_of(self.size)
        maps = np.stack([self.maps[row] if row < base else self.answers.rows[row - base] for row in rows])
        replayed = pool_parts(decode_map(torch.from_numpy(maps).float()), parts, net)
        replayed[mirrored] = replayed[mirrored].flip(2)
        new = pool_parts(torch.from_numpy(np.ascontiguousarray(answers)), np.tile(WHOLE, (len(answers), 1)), net)
        return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2), torch.cat([new, replayed])

    def iterate(self, first: int, workers: int = 1) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches `first`, `first` + 1, … without end, made ahead by one thread: each needs those before it."""
        return made_ahead(self.make, first, 1)


def random_square(rng: np.random.Generator) -> np.ndarray:
    """(left, top, right, bottom) within a view, each 0-1: all of it half of the time, else 60-100 % of its area."""
    if rng.random() < 0.5:
        return np.array([0.0, 0.0, 1.0, 1.0])
    side = np.sqrt(rng.uniform(0.6, 1.0))
    left, top = rng.uniform(0, 1 - side, 2)
    return np.array([left, top, left + side, top + side])


def render_part(photos: Photos, view: Composed, part: np.ndarray, size: int) -> np.ndarray:
    """The square `part` of a view as uint8 [size, size, 3]: the view drawn larger, the part cut from it."""
    whole = max(size, round(size / (part[2] - part[0])))
    left, top = (min(round(edge * whole), whole - size) for edge in part[:2])
    return render(photos, view, whole)[top : top + size, left : left + size]

"""Training batches: student crops and the teacher embeddings that match them.

A quarter of the crops are a whole cached view; the others are a part of one (50–100 % of its area), whose teacher
embedding is the mean of the view's feature map over the part. Batch n of a run depends on the seed and n only, so a run
that was interrupted goes on with the same batches.
"""
from concurrent.futures import ThreadPoolExecutor
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import torch

from photos import Photos, crop
from teacher import CELLS, decode_map

Made = TypeVar("Made")


def random_part(rng: np.random.Generator) -> np.ndarray:
    """(left, top, right, bottom) within a view, each 0-1."""
    if rng.random() < 0.25:
        return np.array([0.0, 0.0, 1.0, 1.0])
    side, stretch = np.sqrt(rng.uniform(0.5, 1.0)), np.exp(rng.uniform(-0.2, 0.2))
    width, height = min(1.0, side * stretch), min(1.0, side / stretch)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return np.array([left, top, left + width, top + height])


def cell_weights(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """How much of the span start-end (0-1, [b]) lies in each of the map's seven columns: [b, 7], rows sum to 1."""
    edges = np.arange(CELLS + 1) / CELLS
    overlap = np.minimum(end[:, None], edges[1:]) - np.maximum(start[:, None], edges[:-1])
    overlap = overlap.clip(0)
    return overlap / overlap.sum(1, keepdims=True)


def pool_parts(maps: torch.Tensor, parts: np.ndarray) -> torch.Tensor:
    """Stored maps uint8 [b, 7, 7, 1280] and parts [b, 4] → the mean embedding over each part, float [b, 1280]."""
    across = torch.from_numpy(cell_weights(parts[:, 0], parts[:, 2])).float()
    down = torch.from_numpy(cell_weights(parts[:, 1], parts[:, 3])).float()
    cells = (down[:, :, None] * across[:, None, :]).flatten(1)
    return torch.bmm(cells[:, None], decode_map(maps.float()).flatten(1, 2))[:, 0]


def made_ahead(make: Callable[[int], Made], first: int, workers: int) -> Iterator[Made]:
    """make(first), make(first + 1), … in order and without end, made ahead on `workers` threads."""
    with ThreadPoolExecutor(workers) as pool:
        ahead = [pool.submit(make, first + i) for i in range(2 * workers)]
        step = first + len(ahead)
        while True:
            ready = ahead.pop(0).result()
            ahead.append(pool.submit(make, step))
            step += 1
            yield ready


class Batches:
    """Makes batch `step`: (images uint8 [b, 3, size, size], teacher embeddings float [b, 1280])."""

    def __init__(self, photos: Photos, views: np.ndarray, maps: np.ndarray, draw: np.ndarray, batch: int, size: int,
                 seed: int):
        self.photos, self.views, self.maps = photos, views, maps
        self.cumulative, self.batch, self.size, self.seed = np.cumsum(draw), batch, size, seed

    def make(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, step))
        rows = np.searchsorted(self.cumulative, rng.random(self.batch) * self.cumulative[-1])
        parts = np.stack([random_part(rng) for _ in rows])
        left, top, right, bottom = self.views[rows, 1:].T.astype(float)
        x, y, side = parts[:, ::2], parts[:, 1::2], (right - left)[:, None]
        boxes = np.concatenate([left[:, None] + x * side, top[:, None] + y * side], 1)[:, [0, 2, 1, 3]]
        sources = [self.photos[self.views[row, 0]] for row in rows]
        images = np.stack([crop(s, tuple(b), self.size) for s, b in zip(sources, boxes)])
        embeddings = pool_parts(torch.from_numpy(self.maps[rows]), parts)
        flipped = rng.random(self.batch) < 0.5
        images[flipped] = images[flipped, :, ::-1]
        return torch.from_numpy(images).permute(0, 3, 1, 2), embeddings

    def iterate(self, first: int, workers: int = 1) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches `first`, `first` + 1, … without end, made ahead on `workers` threads."""
        return made_ahead(self.make, first, workers)


def jitter(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Light colour changes that the teacher does not see: contrast, brightness, saturation. [b, 3, h, w], 0-255."""
    def draw(low: float, high: float) -> torch.Tensor:
        return torch.empty(len(images), 1, 1, 1).uniform_(low, high, generator=generator).to(images.device)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * draw(0.8, 1.2)
    return ((images - 110) * draw(0.8, 1.2) + 110 + draw(-20, 20)).clamp(0, 255)

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


def net_weights(start: np.ndarray, end: np.ndarray, net: int) -> torch.Tensor:
    """The span start-end (0-1, [b]) in `net` equal pieces: how much of each lies in each of the map's seven columns, float
    [b, net, 7], rows sum to 1."""
    edges = np.linspace(start, end, net + 1)
    return torch.from_numpy(np.stack([cell_weights(a, b) for a, b in zip(edges, edges[1:])], 1)).float()


def net_of(size: int) -> int:
    """Cells along a side of the student's last feature map for pictures of `size` pixels: all students end at stride 32."""
    return -(-size // 32)


def pool_parts(maps: torch.Tensor, parts: np.ndarray, net: int) -> torch.Tensor:
    """Teacher maps float [b, 7, 7, 1280] and parts [b, 4] → the mean embedding in each cell of a net laid over each part, float
    [b, net, net, 1280]. Cells are equal, so their mean is the embedding of the part."""
    across, down = (net_weights(parts[:, i], parts[:, i + 2], net).to(maps.device) for i in (0, 1))
    weights = (down[:, :, None, :, None] * across[:, None, :, None, :]).flatten(3).flatten(1, 2)
    return torch.bmm(weights, maps.flatten(1, 2)).unflatten(1, (net, net))


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
    """Makes batch `step`: (images uint8 [b, 3, size, size], teacher embeddings by cell, float [b, net, net, 1280])."""

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
        cells = pool_parts(decode_map(torch.from_numpy(self.maps[rows]).float()), parts, net_of(self.size))
        flipped = rng.random(self.batch) < 0.5
        images[flipped] = images[flipped, :, ::-1]
        cells[flipped] = cells[flipped].flip(2)
        return torch.from_numpy(images).permute(0, 3, 1, 2), cells

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

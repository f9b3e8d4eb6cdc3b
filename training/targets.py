"""What the student learns to answer: the teacher's embedding, made ready for comparing by cosine.

The transform is fitted on the pool only: square root of each of the 1280 non-negative numbers (a power norm), unit length,
centring, principal components, and division of each component by the square root of its standard deviation (half a
whitening). Measured with the teacher itself on the evaluation sets, the 512 numbers rank as well as its own 1280.
"""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from student import EMBEDDING
from teacher import CELLS, CHANNELS, decode_map


def stored_maps(out_dir: Path) -> np.ndarray:
    """The finished part of the cached teacher maps, uint8 [n, 7, 7, 1280], memory-mapped."""
    views = len(np.load(out_dir / "views.npy", mmap_mode="r"))
    maps = np.memmap(out_dir / "maps.u8", np.uint8, "r", shape=(views, CELLS, CELLS, CHANNELS))
    return maps[: int((out_dir / "maps.count").read_text())]


def view_embeddings(maps: np.ndarray) -> np.ndarray:
    """The teacher's embedding of every cached view, float32 [n, 1280]."""
    parts = (maps[i : i + 256].astype(np.float32) for i in range(0, len(maps), 256))
    return np.concatenate([decode_map(part).mean((1, 2)) for part in parts])


def power_norm(embedding: torch.Tensor) -> torch.Tensor:
    return F.normalize(embedding.clamp(min=0).sqrt(), dim=-1)


@dataclass
class Targets:
    """`mean` [1280], `basis` [1280, 512] of the embedding; `weight` [1000, 1280] and `bias` [1000] of the classifier;
    `bank` [n, 512], unit targets of all cached views; `draw` [n], how often each view is drawn (sums to 1);
    `rarity` [1000], the same, not scaled, for a view by its likeliest class."""

    mean: torch.Tensor
    basis: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    bank: torch.Tensor
    draw: np.ndarray
    rarity: np.ndarray

    def __call__(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[…, 1280] → unit target […, 512] and logits […, 1000]."""
        target = F.normalize((power_norm(embedding) - self.mean) @ self.basis, dim=-1)
        return target, embedding @ self.weight.T + self.bias

    def turned(self, rows: np.ndarray, embeddings: torch.Tensor) -> "Targets":
        """The same targets in other coordinates: rotated so that those of the views `rows` come closest to the
        `embeddings` [n, 512] a warm-started student already gives them (orthogonal Procrustes, Schönemann 1966)."""
        left, _, right = torch.linalg.svd(self.bank[rows].T @ F.normalize(embeddings, dim=1))
        turn = left @ right
        return Targets(self.mean, self.basis @ turn, self.weight, self.bias, self.bank @ turn, self.draw, self.rarity)

    def to(self, device: str) -> "Targets":
        moved = (t.to(device) for t in (self.mean, self.basis, self.weight, self.bias, self.bank))
        return Targets(*moved, self.draw, self.rarity)


def fit_targets(embeddings: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> Targets:
    """Views are drawn in proportion to the inverse square root of how many views share their most likely class, so that
    the pool's many cats and dogs do not crowd out the rest."""
    weight, bias, raw = torch.from_numpy(weight), torch.from_numpy(bias), torch.from_numpy(embeddings)
    ready = power_norm(raw)
    mean = ready.mean(0)
    variance, directions = torch.linalg.eigh(torch.cov((ready - mean).T))
    variance, directions = variance.flip(0)[:EMBEDDING], directions.flip(1)[:, :EMBEDDING]
    basis = directions * variance.clamp(min=1e-12) ** -0.25
    classes = (raw @ weight.T + bias).argmax(1).numpy()
    rarity = np.maximum(np.bincount(classes, minlength=len(bias)), 1) ** -0.5
    draw = rarity[classes]
    bank = F.normalize((ready - mean) @ basis, dim=1)
    return Targets(mean, basis, weight, bias, bank, draw / draw.sum(), rarity / draw.sum())

"""What the student learns to answer: the teacher's embedding, made ready for comparing by cosine.

The transform is fitted on the pool only: square root of each of the 1280 non-negative numbers (a power norm), unit length,
centring, principal components, and division of each component by the square root of its standard deviation (half a
whitening). Measured with the teacher itself on the evaluation sets, the 512 numbers rank as well as its own 1280.
"""
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
import torch.nn.functional as F

from student import EMBEDDING


def power_norm(embedding: torch.Tensor) -> torch.Tensor:
    return F.normalize(embedding.clamp(min=0).sqrt(), dim=-1)


@dataclass
class Targets:
    """`mean` [1280], `basis` [1280, 512] of the embedding; `weight` [1000, 1280] and `bias` [1000] of the classifier;
    `bank` [n, 512], unit targets of all photos; `rarity` [1000], how often a picture is drawn by its likeliest class."""

    mean: torch.Tensor
    basis: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    bank: torch.Tensor
    rarity: torch.Tensor

    def __call__(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[…, 1280] → unit target […, 512] and logits […, 1000]."""
        return F.normalize((power_norm(embedding) - self.mean) @ self.basis, dim=-1), self.logits(embedding)

    def logits(self, embedding: torch.Tensor) -> torch.Tensor:
        return embedding @ self.weight.T + self.bias

    def share(self, embedding: torch.Tensor) -> torch.Tensor:
        """How often pictures of these embeddings [b, 1280] are drawn, [b], not scaled."""
        return self.rarity[self.logits(embedding).argmax(1)]

    def in_coordinates_of(self, embeddings: torch.Tensor) -> "Targets":
        """The targets rotated towards the `embeddings` [n, 512] that a student already gives the first n photos (orthogonal Procrustes, Schönemann
        1966, fitted on eight ninths of them), if that brings the others closer: where it was trained on the same photos it has
        these coordinates already, and the rotation would be nothing but noise."""
        unit, bank = F.normalize(embeddings, dim=1), self.bank[: len(embeddings)]
        fitted = len(unit) * 8 // 9
        left, _, right = torch.linalg.svd(bank[:fitted].T @ unit[:fitted])
        turn = left @ right
        plain, turned = ((unit[fitted:] * (bank[fitted:] @ by)).sum(1).mean() for by in (torch.eye(len(turn)), turn))
        return replace(self, basis=self.basis @ turn, bank=self.bank @ turn) if turned > plain else self

    def to(self, device: str) -> "Targets":
        return Targets(*(getattr(self, field.name).to(device) for field in fields(self)))


def fit_targets(embeddings: np.ndarray, weight: torch.Tensor, bias: torch.Tensor) -> Targets:
    """Pictures are drawn in proportion to the inverse square root of how many photos share their most likely class, so that
    the pool's many cats and dogs do not crowd out the rest."""
    raw = torch.from_numpy(embeddings.astype(np.float32))
    ready = power_norm(raw)
    mean = ready.mean(0)
    variance, directions = torch.linalg.eigh(torch.cov((ready - mean).T))
    variance, directions = variance.flip(0)[:EMBEDDING], directions.flip(1)[:, :EMBEDDING]
    basis = directions * variance.clamp(min=1e-12) ** -0.25
    classes = (raw @ weight.T + bias).argmax(1)
    rarity = torch.bincount(classes, minlength=len(bias)).clamp(min=1).float() ** -0.5
    return Targets(mean, basis, weight, bias, F.normalize((ready - mean) @ basis, dim=1), rarity)

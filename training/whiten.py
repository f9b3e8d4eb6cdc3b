"""Whitening: the embedding's principal components, each scaled to the same variance, folded into one linear layer.

Fitted on the pool's photos, never on an evaluation set. On cosine retrieval it weighs what tells photos apart instead of
what varies most (Jégou & Chum, ECCV 2012). The embedding is linear in the mean of the last map, and so is its whitening:
the graph keeps its shape, and heat-maps stay exact.
"""
import torch

from photos import Photos, centre_squares
from pooling import emphasised
from student import EMBEDDING, Student


@torch.no_grad()
def pooled_features(student: Student, photos: Photos, count: int, size: int, power: float = 1.0, mirrored: bool = False) -> torch.Tensor:
    """The generalised mean of the last map for the centre squares of the first `count` photos, float [n, channels]; `mirrored`: the mean
    of that and the one of the mirror image."""
    student.eval()
    parts = []
    for start in range(0, count, 64):
        images = centre_squares(photos, range(start, min(start + 64, count)), size)
        pictures = torch.from_numpy(images).permute(0, 3, 1, 2).float()
        ways = (pictures, pictures.flip(3)) if mirrored else (pictures,)
        parts.append(torch.stack([emphasised(student.feature_maps(way)[-1], power).mean((2, 3)) for way in ways]).mean(0))
    return torch.cat(parts)


def whitening(weight: torch.Tensor, bias: torch.Tensor, pooled: torch.Tensor, floor: float = 1e-4,
              strength: float = 1.0) -> torch.nn.Linear:
    """The layer that maps pooled features [n, channels] to the whitened form of `weight @ pooled + bias`. A component's
    variance counts as at least `floor` times the mean variance. `strength` is between 0, which only turns and centres, and 1,
    after which all variances are equal: a component is divided by its standard deviation to that power. Outputs have a mean
    square length of about 1."""
    embeddings = (pooled @ weight.T + bias).double()
    mean = embeddings.mean(0)
    variance, directions = torch.linalg.eigh(torch.cov((embeddings - mean).T))
    variance = variance.clamp(min=0)
    scale = (variance + floor * variance.mean()) ** (-strength / 2)
    scale /= (variance * scale**2).sum().sqrt()
    turn = directions.flip(1) * scale.flip(0)
    layer = torch.nn.Linear(weight.shape[1], EMBEDDING)
    layer.weight.data = (turn.T @ weight.double()).float()
    layer.bias.data = (turn.T @ (bias.double() - mean)).float()
    return layer

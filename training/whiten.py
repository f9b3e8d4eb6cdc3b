"""Whitening: directions of the embedding scaled by what they tell, folded into one linear layer.

Fitted on the pool's photos, never on an evaluation set. `whitening` gives all principal components more alike variances: on cosine retrieval it weighs
what tells photos apart instead of what varies most (Jégou & Chum, ECCV 2012). `discriminating` does that to what varies within a class, the one
that the teacher finds likeliest, and then weighs what varies between classes: linear discriminant analysis (Rao, 1948), each of its two
steps taken a part of the way. The embedding is linear in the mean of the last map, and so is either: the graph keeps its shape, and
heat-maps stay exact.
"""
import torch

from photos import Photos, centre_squares
from pooling import emphasised
from second_view import views
from student import EMBEDDING, Student

FEW = 4  # photos without which a class says nothing about what varies within it
FLOOR = 1e-4  # a direction's variance counts as at least this times the mean variance


@torch.no_grad()
def pooled_features(student: Student, photos: Photos, count: int, size: int, powers: tuple[float, ...], second_view: str | None = None) -> torch.Tensor:
    """The generalised means of the last map for the centre squares of the first `count` photos, float [powers, n, channels]; the mean of those of
    both views where there is a second one (`second_view.py`)."""
    student.eval()
    parts = []
    for start in range(0, count, 64):
        images = centre_squares(photos, range(start, min(start + 64, count)), size)
        pictures = torch.from_numpy(images).permute(0, 3, 1, 2).float()
        maps = [student.feature_maps(view)[-1] for view in views(pictures, second_view)]
        parts.append(torch.stack([torch.stack([emphasised(one, power).mean((2, 3)) for one in maps]).mean(0) for power in powers]))
    return torch.cat(parts, 1)


def raised(covariance: torch.Tensor, power: float, floor: float) -> torch.Tensor:
    """A symmetric matrix with these directions and their variances to that power."""
    variance, directions = torch.linalg.eigh(covariance)
    variance = variance.clamp(min=0)
    return directions * (variance + floor * variance.mean()) ** power @ directions.T


def folded(weight: torch.Tensor, bias: torch.Tensor, embeddings: torch.Tensor, scaled: torch.Tensor) -> torch.nn.Linear:
    """The layer of pooled features whose answers are the centred `embeddings` [n, d], those of `weight` and `bias`, times `scaled` [d, d], turned to their
    principal components, the largest first. Their mean square length is about 1."""
    mean = embeddings.mean(0)
    variance, directions = torch.linalg.eigh(torch.cov(((embeddings - mean) @ scaled).T))
    turn = scaled @ directions.flip(1) / variance.clamp(min=0).sum().sqrt()
    layer = torch.nn.Linear(weight.shape[1], EMBEDDING)
    layer.weight.data = (turn.T @ weight.double()).float()
    layer.bias.data = (turn.T @ (bias.double() - mean)).float()
    return layer


def whitening(weight: torch.Tensor, bias: torch.Tensor, pooled: torch.Tensor, floor: float = FLOOR,
              strength: float = 1.0) -> torch.nn.Linear:
    """The layer that maps pooled features [n, channels] to the whitened form of `weight @ pooled + bias`. `strength` is between 0, which only
    turns and centres, and 1, after which all variances are equal: a component is divided by its standard deviation to that power."""
    embeddings = (pooled @ weight.T + bias).double()
    return folded(weight, bias, embeddings, raised(torch.cov(embeddings.T), -strength / 2, floor))


def discriminating(weight: torch.Tensor, bias: torch.Tensor, pooled: torch.Tensor, classes: torch.Tensor, floor: float = FLOOR,
                   strength: float = 1.0, between: float = 1.0) -> torch.nn.Linear:
    """As `whitening`, of what varies within `classes` (a number for each photo, [n]); directions are then multiplied by the standard deviation
    between the means of classes to the power `between`. Each class counts as the square root of its photos; those of fewer
    than FEW do not count. ValueError where none is left."""
    embeddings = (pooled @ weight.T + bias).double()
    count = torch.bincount(classes)
    if not (count >= FEW).any():
        raise ValueError(f"Expected a class of at least {FEW} photos but received {len(classes)} photos of {(count > 0).sum()} classes")
    means = torch.zeros(len(count), embeddings.shape[1], dtype=torch.double).index_add_(0, classes, embeddings)
    means /= count.clamp(min=1)[:, None]
    share = torch.where(count >= FEW, count.double() ** -0.5, 0.0)[classes][:, None]
    share /= share.sum()
    within = embeddings - means[classes]
    scaled = raised((within * share).T @ within, -strength / 2, floor)
    centres = (means[classes] - (means[classes] * share).sum(0)) @ scaled
    return folded(weight, bias, embeddings, scaled @ raised((centres * share).T @ centres, between / 2, floor))

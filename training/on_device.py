"""Training pictures made, and the teacher asked, on the training device: every crop of every step has an exact target.

The photos lie on the device as bytes. A crop is two matrix products with the weights of Pillow's bicubic filter (a = -0.5,
widened when it shrinks), so it agrees with `photos.crop` up to rounding. The composed views are those of `composed.py`;
the student sees the teacher's picture, shrunk with the same filter. Batch n depends on the seed and n only.
"""
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F

from composed import WHOLE, Composed, Piece, compose
from photos import Photos
from teacher import SIZE
from teacher_graph import TorchTeacher
from views import made_ahead, net_of, pool_parts


def filter_weights(start: torch.Tensor, end: torch.Tensor, length: torch.Tensor, longest: int, size: int) -> torch.Tensor:
    """Weights that resample the span start-end ([b], pixels) of a line of `length` [b] pixels to `size` pixels:
    [b, size, longest], rows sum to 1. Pillow's bicubic; pixels beyond the line have no weight."""
    step = (end - start) / size
    widened = step.clamp(min=1)
    centres = start[:, None] + (torch.arange(size, device=start.device) + 0.5) * step[:, None]
    pixels = torch.arange(longest, device=start.device) + 0.5
    x = ((pixels - centres[..., None]) / widened[:, None, None]).abs()
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weights = torch.where(x < 1, near, torch.where(x < 2, far, 0)) * (pixels < length[:, None])[:, None]
    return weights / weights.sum(2, keepdim=True)


class DevicePhotos:
    """All photos as bytes on a device."""

    def __init__(self, photos: Photos, device: str):
        self.device = device
        self.pixels = torch.from_numpy(np.asarray(photos.pixels)).to(device)
        self.table = torch.from_numpy(photos.table).to(device)

    def crops(self, pieces: list[Piece], size: int) -> torch.Tensor:
        """float [b, 3, size, size], 0-255"""
        rows = self.table[torch.tensor([piece.photo for piece in pieces], device=self.device)]
        offset, height, width = rows.T
        left, top, right, bottom = torch.tensor([piece.box for piece in pieces], device=self.device).T.float()
        tall, wide = int(height.max()), int(width.max())
        y = torch.arange(tall, device=self.device).clamp(max=(height - 1)[:, None])
        x = torch.arange(wide, device=self.device).clamp(max=(width - 1)[:, None])
        first = offset[:, None, None] + (y[:, :, None] * width[:, None, None] + x[:, None, :]) * 3
        whole = torch.stack([self.pixels[first + channel] for channel in range(3)], 1).float()
        down, across = filter_weights(top, bottom, height, tall, size), filter_weights(left, right, width, wide, size)
        cut = (down[:, None] @ whole @ across[:, None].transpose(2, 3)).clamp(0, 255)
        mirrored = torch.tensor([piece.mirrored for piece in pieces], device=self.device)
        return torch.where(mirrored[:, None, None, None], cut.flip(3), cut)

    def render(self, views: list[Composed], size: int) -> torch.Tensor:
        """Composed views as float [b, 3, size, size], 0-255"""
        under = self.crops([view.under for view in views], size)
        over = self.crops([view.over or view.under for view in views], size)
        edges = torch.tensor([view.area for view in views], device=self.device).mul(size).round()
        share = torch.tensor([view.share for view in views], device=self.device)[:, None, None]
        line = torch.arange(size, device=self.device)
        across = (line >= edges[:, :1]) & (line < edges[:, 2:3])
        down = (line >= edges[:, 1:2]) & (line < edges[:, 3:])
        return under + ((down[:, :, None] & across[:, None, :]) * share)[:, None] * (over - under)


class DeviceBatches:
    """Makes (images float [b, 3, size, size], teacher embeddings by cell, float [b, net, net, 1280]), both on the device. `shares` [photos]
    is how often each photo is drawn. On CUDA the teacher computes in bfloat16."""

    def __init__(self, photos: Photos, shares: np.ndarray, teacher: TorchTeacher, batch: int, size: int, seed: int,
                 device: str):
        self.photos, self.table, self.cumulative = DevicePhotos(photos, device), photos.table, np.cumsum(shares)
        self.teacher = teacher.to(device, memory_format=torch.channels_last).eval()
        self.batch, self.size, self.seed, self.device = batch, size, seed, device

    def plan(self, step: int) -> list[Composed]:
        numbers = range(step * self.batch, (step + 1) * self.batch)
        return [compose(self.table, self.cumulative, self.seed, number) for number in numbers]

    @torch.no_grad()
    def make(self, views: list[Composed]) -> tuple[torch.Tensor, torch.Tensor]:
        pictures = self.photos.render(views, SIZE).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            maps = self.teacher(pictures).float().permute(0, 2, 3, 1)
        images = F.interpolate(pictures, size=(self.size, self.size), mode="bicubic", antialias=True).clamp(0, 255)
        return images, pool_parts(maps, np.tile(WHOLE, (len(views), 1)), net_of(self.size))

    def iterate(self, first: int, workers: int = 1) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches `first`, `first` + 1, … without end; only the plans are made ahead, on `workers` threads."""
        for views in made_ahead(self.plan, first, workers):
            yield self.make(views)

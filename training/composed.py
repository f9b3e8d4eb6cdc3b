"""New views without end: random crops, mirrored ones and two photos in one picture, each answered by the teacher itself.

A composed view is a square picture made of one or two crops of pool photos. 90 % of them are one crop, 5 % are one crop
over another (mixup, Zhang et al., ICLR 2018), 5 % are one crop with a rectangle of another (CutMix, Yun et al., ICCV 2019). Teacher and student see the same picture, at their own sizes (Beyer et al., "A good teacher is patient and
consistent", CVPR 2022), so no target is a guess. View n depends on the seed and n only.
"""
from dataclasses import dataclass

import numpy as np

from photos import Photos, crop

WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Piece:
    """A crop of a photo: its number, a box in pixels (left, top, right, bottom), whether it is mirrored."""

    photo: int
    box: tuple[float, float, float, float]
    mirrored: bool


@dataclass(frozen=True)
class Composed:
    """`share` of `over` is blended over `under` within `area` (left, top, right, bottom, each 0-1)."""

    under: Piece
    over: Piece | None = None
    share: float = 0.0
    area: tuple[float, float, float, float] = WHOLE


def random_piece(table: np.ndarray, cumulative: np.ndarray, rng: np.random.Generator) -> Piece:
    """A crop of 50-100 % of a photo's area, sides at most 4 : 3; half of them mirrored. `cumulative` [n] is the running
    sum of how often each photo is drawn."""
    photo = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
    _, height, width = table[photo]
    side = np.sqrt(rng.uniform(0.5, 1.0) * min(height, width) ** 2)
    stretch = np.exp(rng.uniform(-0.5, 0.5) * np.log(4 / 3))
    across, down = min(width, side * stretch), min(height, side / stretch)
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    return Piece(photo, (left, top, left + across, top + down), bool(rng.random() < 0.5))


def compose(table: np.ndarray, cumulative: np.ndarray, seed: int, number: int) -> Composed:
    """View `number` of a run. `table` is that of `Photos`."""
    rng = np.random.default_rng((seed, 1, number))
    under, kind = random_piece(table, cumulative, rng), rng.random()
    if kind < 0.9:
        return Composed(under)
    over = random_piece(table, cumulative, rng)
    if kind < 0.95:
        return Composed(under, over, float(rng.uniform(0.1, 0.5)))
    width, height = np.sqrt(rng.uniform(0.2, 0.7)) * np.exp(rng.uniform(-0.3, 0.3) * np.array([1, -1]))
    width, height = min(width, 1.0), min(height, 1.0)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return Composed(under, over, 1.0, (left, top, left + width, top + height))


def render(photos: Photos, view: Composed, size: int) -> np.ndarray:
    """uint8 [size, size, 3]"""
    picture = render_piece(photos, view.under, size)
    if view.over is None:
        return picture
    over = render_piece(photos, view.over, size)
    left, top, right, bottom = (round(edge * size) for edge in view.area)
    below = picture[top:bottom, left:right].astype(np.float32)
    blended = below + view.share * (over[top:bottom, left:right] - below)
    picture[top:bottom, left:right] = np.rint(blended).astype(np.uint8)
    return picture


def render_piece(photos: Photos, piece: Piece, size: int) -> np.ndarray:
    pixels = crop(photos[piece.photo], piece.box, size)
    return (pixels[:, ::-1] if piece.mirrored else pixels).copy()


def photo_shares(table: np.ndarray, rarity: np.ndarray, held_out: int, unseen: np.ndarray | bool = False) -> np.ndarray:
    """How often each photo is drawn: in proportion to `rarity` [n], those of under 100 pixels a third as often, those that the
    student has not been trained on yet (`unseen`, bool [n]) three times as often, the last `held_out` never."""
    shares = np.where(table[:, 1:].min(1) >= 100, 1.0, 1 / 3) * np.where(unseen, 3.0, 1.0) * rarity
    shares[len(shares) - held_out :] = 0
    return shares

"""What a labelled set shows, so that no encoder is trained on it: the same photo, scaled, re-encoded or a little altered by its thumbnail,
cut in another way by the bundled encoder. The second errs to the safe side: most of what it finds are other photos of the same kind in the same
pose (of 3,000 of daisies and other flowers 194), but among them were photos of instruments that thumbnails had let through.
"""
import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from evaluate import Encoder, centre_square

SAME = 0.95  # cosine of two thumbnails from which on they are taken for the same photo
ALIKE = 0.9  # the same of two vectors of the bundled encoder
VIEW = 128  # pixels
MODELS = Path(__file__).parents[1] / "models"
Look = tuple[np.ndarray, np.ndarray]


def thumbnail(photo: Image.Image) -> np.ndarray:
    """The centre square as 16 × 16 grey values, their mean taken away, of unit length: float32 [256]."""
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    grey = photo.convert("L").resize((16, 16), Image.Resampling.BOX, box=(left, top, left + side, top + side))
    values = np.asarray(grey, np.float32).flatten()
    values -= values.mean()
    return values / max(np.linalg.norm(values), 1e-6)


def look(photo: Image.Image) -> Look:
    """Its thumbnail, and its centre square as uint8 [128, 128, 3]."""
    return thumbnail(photo), centre_square(photo, VIEW)


class Shown:
    """What the photos of the tars `sets` show."""

    def __init__(self, sets: Iterable[Path]):
        self.encoder = Encoder(next(MODELS.glob("*/model.onnx")), "penultimate")
        looks = []
        for path in sets:
            with tarfile.open(path) as tar:
                looks += [look(Image.open(io.BytesIO(tar.extractfile(m).read()))) for m in tar.getmembers() if m.isfile()]
        self.thumbnails, self.vectors = self.both(looks)

    def both(self, looks: Sequence[Look]) -> tuple[np.ndarray, np.ndarray]:
        vectors = self.encoder(np.stack([square for _, square in looks]))
        return np.stack([small for small, _ in looks]), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def among(self, looks: Sequence[Look]) -> np.ndarray:
        """Which of the photos with these looks show what one of the sets shows, bool [n]."""
        thumbnails, vectors = self.both(looks)
        return ((thumbnails @ self.thumbnails.T).max(1) > SAME) | ((vectors @ self.vectors.T).max(1) > ALIKE)

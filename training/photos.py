"""Data preparation: the pool tars become one flat, memory-mapped array of pixels.

`photos.u8` holds every photo's RGB bytes, row by row, one photo after another; `photos.npy` is an int64 table [n, 3] of
(offset in bytes, height, width). Photos keep their aspect ratio and size: every later crop is cut from these pixels.
The order is shuffled once with a fixed seed, so that any prefix of the pool is a fair sample of it.
"""
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

POOL_TARS = ("pool-photos-1.tar", "pool-photos-2.tar", "pool-small.tar")


def prepare(data_dir: Path, out_dir: Path, seed: int = 0) -> None:
    """Decodes the pool tars of `data_dir` into `out_dir`. Does nothing where that was done before."""
    if (out_dir / "photos.npy").exists():
        return
    members = []
    for tar_name in POOL_TARS:
        with tarfile.open(data_dir / tar_name) as tar:
            members += [(tar_name, m.name, m.offset_data, m.size) for m in tar.getmembers() if m.isfile()]
    members.sort()
    np.random.default_rng(seed).shuffle(members)
    handles = {name: open(data_dir / name, "rb") for name in POOL_TARS}
    table, names, offset = [], [], 0
    with open(out_dir / "photos.u8", "wb") as pixels:
        for tar_name, name, start, size in members:
            handles[tar_name].seek(start)
            photo = np.asarray(Image.open(io.BytesIO(handles[tar_name].read(size))).convert("RGB"))
            pixels.write(photo.tobytes())
            table.append((offset, photo.shape[0], photo.shape[1]))
            names.append(f"{tar_name}:{name}")
            offset += photo.size
    (out_dir / "photos.txt").write_text("\n".join(names))
    np.save(out_dir / "photos.npy", np.array(table, np.int64))


class Photos:
    """Reads photos by number from the prepared arrays: `photos[i]` is uint8 [height, width, 3], a view, not a copy."""

    def __init__(self, out_dir: Path):
        self.table = np.load(out_dir / "photos.npy")
        self.pixels = np.memmap(out_dir / "photos.u8", np.uint8, "r")

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, i: int) -> np.ndarray:
        offset, height, width = self.table[i]
        return self.pixels[offset : offset + height * width * 3].reshape(height, width, 3)


def crop(photo: np.ndarray, box: tuple[float, float, float, float], size: int) -> np.ndarray:
    """Cuts `box` (left, top, right, bottom, in pixels, fractions allowed) and resizes it, bicubic with antialiasing, to
    uint8 [size, size, 3]. The service's preprocessing uses the same filter."""
    height, width = photo.shape[:2]
    box = (max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height))
    return np.asarray(Image.fromarray(photo).resize((size, size), Image.BICUBIC, box=box))

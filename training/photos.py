"""Data preparation: the pool tars become one flat, memory-mapped array of pixels.

`photos.u8` holds every photo's RGB bytes, row by row, one photo after another; `photos.npy` is an int64 table [n, 3] of
(offset in bytes, height, width). Photos keep their aspect ratio and size: every later crop is cut from these pixels.
The order is shuffled once with a fixed seed, so that any prefix of the pool is a fair sample of it. Those that `held-out.txt`
names come last whatever else is in the pool: a student that goes on with more photos is measured on the same ones.
"""
import io
import mmap
import os
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from shown import Look, Shown, look

POOL_TARS = ("pool-photos-1.tar", "pool-photos-2.tar", "pool-small.tar")
EVALUATION_TARS = ("flowers12.tar", "clothing10.tar", "instruments30.tar")
HELD_OUT_NAMES = Path(__file__).parent / "held-out.txt"
DECODED_AT_ONCE = 512


def files_in(path: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return [m for m in tar.getmembers() if m.isfile()]


def sources_of(out_dir: Path, listed: str = "photos.txt") -> list[str]:
    """The name of the tar that each prepared photo came from."""
    return [line.partition(":")[0] for line in (out_dir / listed).read_text().splitlines()]


def prepare(data_dir: Path, out_dir: Path, seed: int = 0, more: Path | None = None) -> None:
    """Decodes the pool tars of `data_dir`, and all tars of the folder `more`, into `out_dir`. Photos that show what a photo of
    an evaluation set shows, or of a set in the folder `development` beside `more`, are left out. Does nothing where that was done
    before; ValueError where it was done for other tars."""
    tars = {name: data_dir / name for name in POOL_TARS}
    tars |= {path.name: path for path in sorted(more.glob("*.tar"))} if more else {}
    if (out_dir / "photos.npy").exists():
        there = set(sources_of(out_dir) + sources_of(out_dir, "left-out.txt"))
        asked = {name for name, path in tars.items() if name in there or files_in(path)}  # an empty one leaves no name
        if there != asked:
            raise ValueError(f"{out_dir} holds photos of other tars than are asked for (not of both: {', '.join(sorted(there ^ asked))}): name another folder")
        return
    members = []
    for tar_name, path in tars.items():
        members += [(tar_name, m.name, m.offset_data, m.size) for m in files_in(path)]
    members.sort()
    np.random.default_rng(seed).shuffle(members)
    held_out = set(HELD_OUT_NAMES.read_text().splitlines())
    members.sort(key=lambda member: f"{member[0]}:{member[1]}" in held_out)
    sets = [data_dir / name for name in EVALUATION_TARS] + (sorted(more.parent.glob("development/*.tar")) if more else [])
    shown, known, table, names, offset = Shown(sets), [], [], [], 0
    with ExitStack() as files:
        pixels = files.enter_context(open(out_dir / "photos.u8", "wb"))
        handles = {name: files.enter_context(open(path, "rb")) for name, path in tars.items()}
        decoders = files.enter_context(ThreadPoolExecutor())

        def decode(member: tuple[str, str, int, int]) -> tuple[np.ndarray, Look]:
            tar_name, _, start, size = member
            image = Image.open(io.BytesIO(os.pread(handles[tar_name].fileno(), size, start))).convert("RGB")
            return np.asarray(image), look(image)

        for first in range(0, len(members), DECODED_AT_ONCE):
            some = members[first : first + DECODED_AT_ONCE]
            decoded = list(decoders.map(decode, some))
            known.append(shown.among([its_look for _, its_look in decoded]))
            for (tar_name, name, *_), (photo, _) in zip(some, decoded):
                pixels.write(photo.tobytes())
                table.append((offset, photo.shape[0], photo.shape[1]))
                names.append(f"{tar_name}:{name}")
                offset += photo.size
    known = np.concatenate(known)
    (out_dir / "left-out.txt").write_text("\n".join(np.array(names)[known]))
    (out_dir / "photos.txt").write_text("\n".join(np.array(names)[~known]))
    np.save(out_dir / "photos.npy", np.array(table, np.int64)[~known])
    print(f"{(~known).sum()} photos, {known.sum()} left out that look like one of a labelled set", flush=True)


def centre_box(height: int, width: int) -> tuple[int, int, int, int]:
    """The centre square of a photo: left, top, right, bottom in pixels."""
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def centre_squares(photos: "Photos", numbers: Iterable[int], size: int) -> np.ndarray:
    """uint8 [n, size, size, 3]"""
    with ThreadPoolExecutor() as workers:
        return np.stack(list(workers.map(lambda i: crop(photos[i], centre_box(*photos[i].shape[:2]), size), numbers)))


class Photos:
    """Reads photos by number from the prepared arrays: `photos[i]` is uint8 [height, width, 3], a view, not a copy."""

    def __init__(self, out_dir: Path):
        self.table = np.load(out_dir / "photos.npy")
        with open(out_dir / "photos.u8", "rb") as file:
            self.file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.pixels = np.frombuffer(self.file, np.uint8)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, i: int) -> np.ndarray:
        offset, height, width = self.table[i]
        return self.pixels[offset : offset + height * width * 3].reshape(height, width, 3)

    def expect(self, numbers: Iterable[int]) -> None:
        """Has the system read these photos while something else is computed: a pool need not fit into memory."""
        for offset, height, width in self.table[list(numbers)].tolist():
            first = offset // mmap.PAGESIZE * mmap.PAGESIZE
            self.file.madvise(mmap.MADV_WILLNEED, first, offset + height * width * 3 - first)


def crop(photo: np.ndarray, box: tuple[float, float, float, float], size: int) -> np.ndarray:
    """Cuts `box` (left, top, right, bottom, in pixels, fractions allowed) and resizes it, bicubic with antialiasing, to
    uint8 [size, size, 3]. The service's preprocessing uses the same filter."""
    height, width = photo.shape[:2]
    box = (max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height))
    return np.asarray(Image.fromarray(photo).resize((size, size), Image.BICUBIC, box=box))

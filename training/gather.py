"""More photos: those of the public git repositories that `more-photos.csv` names, a tar of each.

    python gather.py --clones CLONES --out MORE

Those whose use is *pool* land in `MORE/pool`, to be trained on; those whose use is *development* land in `MORE/development`, sets in
class folders that choices are made on: neither trained on nor reported.

`CLONES/OWNER+NAME` is a clone of each repository (bare is enough) that has the commit the table names; those that are
missing are said and passed over. Photos are read from git itself, sampled evenly over the folders of a repository, decoded, turned
upright, and stored as JPEG of at most 208 pixels on the shorter side and half as many again on the longer. Left out: pictures
under 96 pixels; copies and near copies within a repository; and, where `kinds` does not say *all*, what a file's or a folder's name says to be a
flower or a musical instrument, which are what the encoder is judged by (so it was for all of them at first; `docs/decisions/0027-more-kinds-of-photos.md`). `photos.prepare` leaves out those that show what a photo of an evaluation
set shows.
"""
import argparse
import csv
import hashlib
import io
import random
import re
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

from PIL import Image, ImageOps

TABLE = Path(__file__).parent / "more-photos.csv"
SHORTER, LONGER = 208, 312  # pixels
# Not whole words on purpose: file names run them together.
JUDGED_BY = re.compile(
    "guitar|violin|cello|piano|saxophone|trumpet|trombone|flute|accordion|mandolin|banjo|bassoon|cornet|drum(?!stick)|gong|"
    "harmonica|harp|maraca|marimba|oboe|ocarina|panpipe|tuba|clarinet|"
    "flower|daisy|rose(?!tt|wood)\\b|tulip|lotus|lil(y|li)|dandelion|orchid|hibiscus", re.I)


def git(clone: Path, *words: str) -> list[str]:
    return ["git", "-C", str(clone), *words]


def candidates(clone: Path, row: dict[str, str]) -> list[tuple[str, str]]:
    """(name of its folder, blob name) of the photos that the row of the table wants, folder by folder in turn, in a fixed random
    order."""
    listing = subprocess.run(git(clone, "ls-tree", "-r", "-z", row["commit"]), capture_output=True, check=True).stdout.decode()
    folders, rng = defaultdict(list), random.Random(7)
    for entry in sorted(filter(None, listing.split("\0")), key=lambda entry: entry.split("\t", 1)[1]):
        kind, path = entry.split("\t", 1)
        mode, _, blob = kind.split()
        wanted = re.search(r"\.(jpe?g|png|webp|bmp)$", path, re.I) and re.search(row["only"], path, re.I)
        unwanted = row["kinds"] != "all" and JUDGED_BY.search(path) or (row["not"] and re.search(row["not"], path, re.I))
        if mode != "120000" and wanted and not unwanted:
            folder = path.rpartition("/")[0]
            folders[folder].append((folder.rpartition("/")[2], blob))
    for blobs in folders.values():
        rng.shuffle(blobs)
        del blobs[int(row["per_folder"] or len(blobs)) :]
    names = list(folders)
    rng.shuffle(names)
    return [found for found in chain.from_iterable(zip_longest(*(folders[name] for name in names))) if found]


def contents(clone: Path, blobs: list[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """(name of its folder, bytes) of each blob in their order; those that the clone lacks are passed over."""
    with subprocess.Popen(git(clone, "cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for folder, blob in blobs:
            process.stdin.write(f"{blob}\n".encode())
            process.stdin.flush()
            header = process.stdout.readline().split()
            if len(header) == 3:
                yield folder, process.stdout.read(int(header[2]))
                process.stdout.read(1)
        process.stdin.close()


def prepared(data: bytes) -> Image.Image | None:
    """The photo upright, in RGB, on white, scaled and cut to its middle; None for what is no picture or too small."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        if min(image.size) < 96 or max(image.size) > 4 * min(image.size):
            return None
        if image.mode in ("P", "LA", "PA", "RGBA"):
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    scale = min(1.0, SHORTER / min(image.size))
    size = (max(1, round(side * scale)) for side in image.size)
    image = image.resize(tuple(size), Image.Resampling.LANCZOS)
    longest = min(image.size) * LONGER // SHORTER
    left, top = (max(0, side - longest) // 2 for side in image.size)
    return image.crop((left, top, left + min(image.width, longest), top + min(image.height, longest)))


def look(image: Image.Image) -> tuple[bytes, bytes]:
    """Equal for near copies: which of 64 cells are lighter than the mean, and the coarse colours of four corners."""
    cells = image.convert("L").resize((8, 8), Image.Resampling.BOX).tobytes()
    mean = sum(cells) / 64
    corners = image.resize((2, 2), Image.Resampling.BOX).tobytes()
    return bytes(cell > mean for cell in cells), bytes(value >> 4 for value in corners)


def gather(clone: Path, row: dict[str, str], out_dir: Path) -> int:
    """Writes `out_dir/NAME.tar` (aside, then renamed), each photo in a folder named as in the repository, and returns how many
    it holds."""
    seen, photos = set(), []
    for folder, data in contents(clone, candidates(clone, row)):
        if len(photos) == int(row["most"]):
            break
        image, content = None, hashlib.sha256(data).digest()
        if content not in seen:
            image = prepared(data)
        if image is None or look(image) in seen:
            continue
        seen |= {content, look(image)}
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=90)
        photos.append((folder, buffer.getvalue()))
    path = out_dir / f"{row['name']}.tar"
    with tarfile.open(path.with_suffix(".part"), "w") as tar:
        for number, (folder, photo) in enumerate(photos):
            member = tarfile.TarInfo(f"{folder or row['name']}/{number:05d}.jpg")
            member.size = len(photo)
            tar.addfile(member, io.BytesIO(photo))
    path.with_suffix(".part").rename(path)
    return len(photos)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with open(TABLE, newline="") as file:
        for row in csv.DictReader(file):
            clone, folder = args.clones / row["repository"].replace("/", "+"), args.out / row["use"]
            folder.mkdir(parents=True, exist_ok=True)
            if not clone.exists():
                print(f"{row['name']}: {clone} is not there: clone {row['repository']} at {row['commit']}", flush=True)
            elif not (folder / f"{row['name']}.tar").exists():
                print(f"{row['name']}: {gather(clone, row, folder)} photos", flush=True)


if __name__ == "__main__":
    main()

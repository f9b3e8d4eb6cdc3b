"""How much an encoder's answer changes when a photo is changed a little: cosine between a photo and its altered copy.

Every `EVERY`th photo of the three labelled sets is altered at its own size and then cut and scaled as any other. Also printed: the
largest difference between a photo's vector in a batch of 16 and alone.

    python robustness.py ENCODER --data SHARED/data [--size 160]
"""
import argparse
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from evaluate import SETS, Encoder, centre_square

EVERY = 20


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def without_margin(image: Image.Image, share: float) -> Image.Image:
    """Cuts off so much of the width and of the height, half of it on each side."""
    across, down = image.width * share / 2, image.height * share / 2
    return image.crop((round(across), round(down), round(image.width - across), round(image.height - down)))


def rotated(image: Image.Image, degrees: float) -> Image.Image:
    """Corners that come from outside of the photo are the mean colour."""
    mean = tuple(int(channel) for channel in np.asarray(image).mean((0, 1)))
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=mean)


ALTERATIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG, quality 60": lambda image: jpeg(image, 60),
    "half the size": lambda image: image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS),
    "10 % crop": lambda image: without_margin(image, 0.1),
    "5° rotation": lambda image: rotated(image, 5),
    "mirrored": ImageOps.mirror,
}


def photos(data: Path) -> list[Image.Image]:
    found = []
    for name in SETS:
        with tarfile.open(data / f"{name}.tar") as tar:
            files = sorted((m for m in tar.getmembers() if m.isfile()), key=lambda m: m.name)
            found += [Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB") for m in files[::EVERY]]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--output", default="penultimate")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds flowers12.tar and the others")
    args = parser.parse_args()
    encoder, images = Encoder(args.encoder, args.output), photos(args.data)

    def unit(pictures: list[Image.Image]) -> np.ndarray:
        answers = encoder(np.stack([centre_square(picture, args.size) for picture in pictures]))
        return answers / np.linalg.norm(answers, axis=1, keepdims=True)

    plain = unit(images)
    print(f"| change | mean cosine (n {len(images)}) | 5th percentile |\n| --- | --- | --- |")
    for name, alter in ALTERATIONS.items():
        cosines = (plain * unit([alter(image) for image in images])).sum(1)
        print(f"| {name} | {cosines.mean():.3f} | {np.percentile(cosines, 5):.3f} |", flush=True)
    pixels = np.stack([centre_square(image, args.size) for image in images[:16]])
    print(f"in a batch of 16 and alone: largest difference {np.abs(encoder(pixels, 16) - encoder(pixels, 1)).max():.1e}")


if __name__ == "__main__":
    main()

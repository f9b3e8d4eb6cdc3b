"""What an exported encoder looks at: a picture once, or two views of it of which it answers the mean.

`mirrored`: the picture and its mirror image. `middle`: the whole picture made smaller to four fifths, and the mirror image of its middle, four fifths of
each side as they are; both views have the same size, so 160 pixels cost what two pictures of 128 do. What a picture shows is
mostly in its middle, and it is seen at two scales (ten-crop testing of Krizhevsky et al., NeurIPS 2012, in two views).
"""
import torch
import torch.nn.functional as F

SHARE = 0.8  # of each side that the middle takes, and the scale of the whole picture beside it
KINDS = ("mirrored", "middle")


class Turned(torch.autograd.Function):
    """pictures[:, :, top:bottom, left:right].flip(3) with `first` = (top, right - 1) and `end` = (bottom, left - 1), left at least 1. Exported it is one step backwards
    along the rows; cut and then turned it is three, and takes twice as long."""

    @staticmethod
    def forward(ctx: object, pictures: torch.Tensor, first: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
        (top, last), (bottom, before) = first.tolist(), end.tolist()
        return pictures[:, :, top:bottom, before + 1 : last + 1].flip(3)

    @staticmethod
    def symbolic(graph, pictures, first, end):  # noqa: ANN001, ANN205: types of PyTorch's exporter
        axes, steps = (graph.op("Constant", value_t=torch.tensor(numbers)) for numbers in ([2, 3], [1, -1]))
        return graph.op("Slice", pictures, first, end, axes, steps)


def views(pictures: torch.Tensor, kind: str | None) -> list[torch.Tensor]:
    """[b, 3, h, w] → one or two batches, of which the second is turned left to right. `kind` is one of KINDS, or None: the pictures as they are."""
    if kind is None:
        return [pictures]
    if kind == "mirrored":
        return [pictures, pictures.flip(3)]
    whole = F.interpolate(pictures, scale_factor=SHARE, mode="bilinear", align_corners=False, recompute_scale_factor=False)
    height, width = whole.shape[2:]
    top, left = (pictures.shape[2] - height) // 2, (pictures.shape[3] - width) // 2
    first, end = (torch.stack([torch.as_tensor(place) for place in places]) for places in ((top, left + width - 1), (top + height, left - 1)))
    return [whole, Turned.apply(pictures, first, end)]


def overlaps(count: int, like: torch.Tensor) -> torch.Tensor:
    """Where cells of the middle lie in the whole picture, along one side of `count` cells: [count of the whole, count of the middle], the share of each of
    the latter in each of the former; columns add up to 1."""
    of_whole = torch.arange(count, device=like.device, dtype=like.dtype)[:, None]
    of_middle = (1 - SHARE) / 2 * count + SHARE * torch.arange(count, device=like.device, dtype=like.dtype)
    return (torch.minimum(of_whole + 1, of_middle + SHARE) - torch.maximum(of_whole, of_middle)).clamp(min=0) / SHARE


def in_place(maps: torch.Tensor, kind: str) -> torch.Tensor:
    """The second view's feature map [b, c, h, w] where its cells lie in the picture: turned back, each cell's answer shared out to
    those of the whole that it overlaps. The mean over the cells stays."""
    if kind == "mirrored":
        return maps.flip(3)
    height, width = maps.shape[2:]
    rows, columns = overlaps(height, maps), overlaps(width, maps).flip(1)
    shares = (rows[:, None, :, None] * columns[None, :, None, :]).reshape(height * width, height * width)
    return (maps.flatten(2) @ shares.T).reshape(maps.shape)

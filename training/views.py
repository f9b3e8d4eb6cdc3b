"""What a training picture and the teacher's answer to it go through: averaging over a coarser grid, colour changes."""
import torch


def grid_weights(cells: int, net: int) -> torch.Tensor:
    """A line of `cells` equal cells, laid out anew as `net` equal cells: how much of each new one lies in each old one,
    float [net, cells], rows sum to 1."""
    old, new = torch.arange(cells + 1) / cells, torch.arange(net + 1) / net
    overlap = torch.minimum(new[1:, None], old[None, 1:]) - torch.maximum(new[:-1, None], old[None, :-1])
    return overlap.clamp(min=0) * net


def regrid(maps: torch.Tensor, net: int) -> torch.Tensor:
    """[b, c, n, n] → [b, c, net, net]: the mean over each new cell. The mean over all cells stays the same."""
    if maps.shape[-1] == net:
        return maps
    weights = grid_weights(maps.shape[-1], net).to(maps.device, maps.dtype)
    return weights @ maps @ weights.T


def net_of(size: int, stride: int) -> int:
    """Cells along a side of a student's map at `stride` for pictures of `size` pixels."""
    return -(-size // stride)


def jitter(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Light colour changes that the teacher does not see: contrast, brightness, saturation. [b, 3, h, w], 0-255."""
    def draw(low: float, high: float) -> torch.Tensor:
        return torch.empty(len(images), 1, 1, 1).uniform_(low, high, generator=generator).to(images.device)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * draw(0.8, 1.2)
    return ((images - 110) * draw(0.8, 1.2) + 110 + draw(-20, 20)).clamp(0, 255)

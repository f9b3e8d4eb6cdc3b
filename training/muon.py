"""Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024) for the kernels of convolutions.

A step goes along the momentum with all its singular values made alike, by five rounds of a Newton-Schulz iteration in
bfloat16. Its root mean square is that of a usual step of AdamW (0.2; Liu et al., "Muon is scalable for LLM training",
2025), so that both take the same learning rate and weight decay.
"""
import torch
from torch import nn

QUINTIC = (3.4445, -4.7750, 2.0315)  # by Jordan: steep at zero, so five rounds suffice; ends between 0.7 and 1.2, not at 1
ROUNDS = 5
USUAL_STEP = 0.2


def alike(matrices: torch.Tensor) -> torch.Tensor:
    """[n, rows, columns] → bfloat16 [n, rows, columns], the same singular vectors with values near 1."""
    a, b, c = QUINTIC
    x = matrices.to(torch.bfloat16)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


def hidden_kernels(network: nn.Module) -> list[nn.Parameter]:
    """Kernels of all convolutions between features: neither those on pixels nor depthwise ones, which are no matrices."""
    return [p for p in network.parameters() if p.ndim == 4 and p.shape[1] > 3]


class Muon(torch.optim.Optimizer):
    """For kernels [out, in, …], each taken as a matrix [out, in · …]. Kernels of one shape are computed together."""

    def __init__(self, kernels: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(kernels, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            same: dict[tuple[int, ...], list[nn.Parameter]] = {}
            for kernel in group["params"]:
                if kernel.grad is not None:
                    same.setdefault(tuple(kernel.shape), []).append(kernel)
            for shape, kernels in same.items():
                ahead = torch.stack([self.ahead(kernel, group["momentum"]).flatten(1) for kernel in kernels])
                rate = group["lr"] * USUAL_STEP * max(ahead.shape[1:]) ** 0.5
                for kernel, direction in zip(kernels, alike(ahead)):
                    kernel.mul_(1 - group["lr"] * group["weight_decay"])
                    kernel.add_(direction.to(kernel.dtype).view(shape), alpha=-rate)

    def ahead(self, kernel: nn.Parameter, momentum: float) -> torch.Tensor:
        """The gradient, averaged over steps, as Nesterov looks at it."""
        state = self.state[kernel]
        if not state:
            state["average"] = torch.zeros_like(kernel)
        state["average"].lerp_(kernel.grad, 1 - momentum)
        return kernel.grad.lerp(state["average"], momentum)

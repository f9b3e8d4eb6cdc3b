"""Generalised means: what answers strongly counts for more than its area (GeM; Radenović, Tolias & Chum, TPAMI 2019).

A network that was trained with plain means can be asked with a power a little above 1, as it can be asked at another resolution
(Berman et al., "MultiGrain", 2019): things then weigh more against what they lie on.
"""
import torch

# By products and roots: a general power takes longer than a convolution at stride 32.
RAISE = {1.0: lambda x: x, 1.5: lambda x: x * x.sqrt(), 2.0: lambda x: x * x}
POWERS = tuple(RAISE)
LEAST = 1e-6  # what a channel's raised mean counts as at least, so that a silent one stays zero; float16 has it, too


def emphasised(maps: torch.Tensor, power: float) -> torch.Tensor:
    """[b, channels, h, w], none negative → maps of the same shape whose plain mean is the generalised mean of `maps`,
    (mean of x ** power) ** (1 / power): each cell's exact share in it. `power` is one of POWERS."""
    if power == 1:
        return maps
    raised = RAISE[power](maps)
    # By logarithms, not as a power: that takes a fifth of the time in ONNX Runtime.
    return raised * torch.exp(torch.log(raised.mean((2, 3), keepdim=True) + LEAST) * (1 / power - 1))


def as_plain(plain: torch.Tensor, generalised: torch.Tensor) -> torch.Tensor:
    """What to multiply generalised means [n, channels] by so that a layer that was trained on plain ones of the same photos
    [n, channels] can take them: [channels]. Generalised means are larger, those of rare answers the more."""
    return plain.mean(0) / generalised.mean(0).clamp(min=LEAST)

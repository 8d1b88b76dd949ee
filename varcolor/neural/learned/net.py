"""The U-Net of the prior `learned`, with batch normalisation, for training.

`varcolor.prior.learned.network` is the same on NumPy, with the normalisation folded in
(`varcolor.neural.learned.folding`), and says what it computes.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

from varcolor.prior.learned.covariance import EACH
from varcolor.prior.learned.planes import PLANES

#: Channels of each level, and residual blocks on the way down and up.
WIDTHS = (40, 72, 104, 128, 128)
DOWN, UP = (1, 1, 1, 2, 1), (1, 1, 1, 1)
#: Learned features, mean a* and b*, logarithm of the amplitude.
MAPS = 3 * EACH + 3
_MOMENTUM = 0.02


@cache
def net_class() -> Any:
    """Return the class of the network, a ``torch.nn.Module``."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):  # type: ignore[misc]
        """x + norm(conv(relu(norm(conv(x))))), rectified."""

        def __init__(self, width: int) -> None:
            super().__init__()
            self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.first_norm = nn.BatchNorm2d(width, momentum=_MOMENTUM)
            self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.second_norm = nn.BatchNorm2d(width, momentum=_MOMENTUM)
            nn.init.constant_(self.second_norm.weight, 0.3)

        def forward(self, x: Any) -> Any:
            inner = functional.relu(self.first_norm(self.first(x)))
            return functional.relu(x + self.second_norm(self.second(inner)))

    class LearnedNet(nn.Module):  # type: ignore[misc]
        """Planes (B, 17, h, w) and positions (B, 2, h, w) to maps (B, 51, h, w)."""

        def __init__(
            self,
            widths: tuple[int, ...] = WIDTHS,
            down: tuple[int, ...] = DOWN,
            up: tuple[int, ...] = UP,
        ) -> None:
            super().__init__()
            pairs = list(itertools.pairwise(widths))
            self.register_buffer("mean", torch.zeros(PLANES))
            self.register_buffer("deviation", torch.ones(PLANES))
            self.stem = nn.Conv2d(PLANES + 2, widths[0], 3, padding=1, bias=False)
            self.stem_norm = nn.BatchNorm2d(widths[0], momentum=_MOMENTUM)
            self.encoder = nn.ModuleList(_blocks(w, n) for w, n in zip(widths, down, strict=True))
            self.down = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairs)
            self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
            self.decoder = nn.ModuleList(_blocks(w, n) for w, n in zip(widths, up, strict=False))
            self.overall = nn.Linear(widths[-1], widths[-1])
            self.head = nn.Conv2d(widths[0], MAPS, 1)
            with torch.no_grad():  # the mean is grey and the amplitude 1 at first
                self.head.bias[:] = 0
                self.head.weight[: 3 * EACH] *= 0.5
                self.head.weight[3 * EACH :] = 0
                self.overall.weight *= 0.1

        def forward(self, planes: Any, position: Any) -> Any:
            x = (planes - self.mean[:, None, None]) / self.deviation[:, None, None]
            x = torch.cat([x.clamp(-4, 4), 3 * position], 1)
            x = functional.relu(
                self.stem_norm(self.stem(x.contiguous(memory_format=torch.channels_last)))
            )
            finer = []
            for level, blocks in enumerate(self.encoder):
                x = blocks(x)
                if level < len(self.down):
                    finer.append(x)
                    x = self.down[level](functional.avg_pool2d(x, 2))
            x = x + self.overall(x.mean((2, 3)))[:, :, None, None]
            for level in reversed(range(len(self.up))):
                coarse = functional.interpolate(self.up[level](x), scale_factor=2, mode="nearest")
                x = self.decoder[level](finer[level] + coarse)
            return self.head(x).float()

    def _blocks(width: int, count: int) -> Any:
        return nn.Sequential(*(Block(width) for _ in range(count)))

    return LearnedNet

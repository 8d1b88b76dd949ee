"""What is trained: the configurations of `models/training`, narrower and for a few hundred steps.

Everything that differs from the configuration stands here. Classes take ten times as many steps as
the others, adversaries five times. All runs see the same pictures with the same augmentation, at 64
pixels a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Below the folder of the data; nothing of the folders ``val``.
PLACES = ("train/intelscenes.zip",)
_COMMON = (
    "data.size=64",
    'data.fit="crop"',
    "data.held_out=0.05",
    "loop.batch=8",
    'loop.schedule="cosine"',
    "loop.warmup=20",
    "loop.ema=0.95",
    "loop.every=50",
    "loop.look=40",
    "loop.threads=1",
    "loop.weight_decay=0.0",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A short training."""

    name: str
    config: str
    settings: tuple[str, ...]
    steps: int = 300

    def all_settings(self) -> tuple[str, ...]:
        """Return everything that differs from the configuration."""
        steps = f"loop.steps={self.steps}"
        return (*_COMMON, f'name="{self.name}"', steps, *self.settings)


_UNET = ("network.width=16", "loop.rate=1e-3")
#: Configurations that choose bins of a*, b*.
CLASSES = ("eccv16", "poster-394")
_CLASSES = ("network.width=16", "loop.rate=1e-3")
#: Steps of classes; of adversaries.
_LONG, _HALF = 3000, 1500
RUNS = (
    Run("colornet-l", "colornet-l", _UNET),
    Run("colornet-gray", "colornet-gray", _UNET),
    Run("colornet-v2", "colornet-v2", _UNET),
    Run("colornet-l-resize", "colornet-l", (*_UNET, 'network.up="resize"')),
    Run("eccv16", "eccv16", _CLASSES, _LONG),
    Run("eccv16-unweighted", "eccv16", (*_CLASSES, "options.rebalancing=false"), _LONG),
    Run("poster-394", "poster-394", _CLASSES, _LONG),
    Run("poster-394-unweighted", "poster-394", (*_CLASSES, "options.rebalancing=false"), _LONG),
    Run("poster-regression", "poster-regression", ("network.width=16", "loop.rate=1e-3")),
    Run("ideepcolor", "ideepcolor", ("network.width=12", "loop.rate=1e-3", "options.warmup=80")),
    Run(
        "cgan",
        "cgan",
        ("network.width=16", "network.depth=6", "options.width=16", "loop.rate=5e-4"),
        _HALF,
    ),
)


def places(data: Path) -> tuple[str, ...]:
    """Return where the pictures are: 3,850 outdoor scenes, narrow enough for short trainings."""
    return tuple(str(data / place) for place in PLACES)

"""RF-DETR-Seg, by the package rfdetr (Apache-2.0): transformers that find things of COCO.

Reference: I. Robinson et al., "RF-DETR: neural architecture search for real-time detection
transformers", ICLR 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.image.picture import Picture
from varcolor.neural import runtime
from varcolor.neural.detectors.base import DetectorOptions, instances_of, seen
from varcolor.objects.instance import Instance

INSTALL = "pip install 'varcolor[rfdetr]'"
#: Sizes of the network, and the package's classes.
SIZES = {
    "nano": "RFDETRSegNano",
    "small": "RFDETRSegSmall",
    "medium": "RFDETRSegMedium",
    "large": "RFDETRSegLarge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RFDETR(DetectorOptions):
    """Things of 80 kinds, with finer masks and in less time."""

    name: ClassVar[str] = "rfdetr"
    slow: ClassVar[bool] = True

    size: str = "medium"
    """Size of the network: nano, small, medium or large; it must be that of the weights."""

    def __post_init__(self) -> None:
        DetectorOptions.__post_init__(self)
        if self.size not in SIZES:
            raise InputError(f"size {self.size!r}: expected {', '.join(SIZES)}")

    def version(self) -> str:
        """Return the hash of the weights and the version of the package."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            own = version("rfdetr")
        except PackageNotFoundError:
            own = "unknown"
        return f"{own} {self.hash_of(self.name)}"

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the objects, those with the best scores first."""
        from PIL import Image

        package = _package()
        path = self.path(self.name)
        place = runtime.checked_device(self.device)
        model = _loaded(package, self.size, str(path), path.stat().st_mtime_ns, place)
        values = np.rint(255 * seen(picture, self.side)).astype(np.uint8)
        found = model.predict(Image.fromarray(values), threshold=self.threshold)
        if not len(found):
            return []
        if found.mask is None:
            raise FileError(
                f"{path}: weights of a detector without masks; take those of rf-detr-seg"
            )
        names = model.class_names
        known = names if isinstance(names, dict) else dict(enumerate(names))
        labels = [known.get(k, str(k)) for k in np.asarray(found.class_id).tolist()]
        masks = np.asarray(found.mask, bool)
        return self.kept(instances_of(masks, np.asarray(found.confidence), labels), picture.shape)


def _package() -> Any:
    try:
        import rfdetr
    except (ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise MissingExtra(f"rfdetr needs the package rfdetr ({reason}): {INSTALL}") from None
    return rfdetr


@lru_cache(maxsize=1)
def _loaded(package: Any, size: str, path: str, stamp: int, device: str) -> Any:
    """Return the network with these weights, loaded once in a process."""
    kind = getattr(package, SIZES[size], None)
    if kind is None:
        raise MissingExtra(f"this version of rfdetr has no {SIZES[size]}: {INSTALL}")
    return kind(pretrain_weights=path, device=device)

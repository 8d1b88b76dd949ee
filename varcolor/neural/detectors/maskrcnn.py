"""Mask R-CNN with ResNet-50-FPN (version 2), as torchvision has it: 80 kinds of things of COCO.

References
----------
K. He, G. Gkioxari, P. Dollár, R. Girshick, "Mask R-CNN", ICCV 2017. Y. Li et al., "Benchmarking
detection transfer learning with vision transformers", 2021, for the second version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from varcolor.errors import MissingExtra
from varcolor.image.picture import Picture
from varcolor.neural import runtime
from varcolor.neural.detectors.base import DetectorOptions, instances_of, seen
from varcolor.neural.loading import fit, read_state
from varcolor.objects.instance import Instance

INSTALL = "pip install 'varcolor[maskrcnn]'"
#: Probability from which a pixel belongs to a mask.
_INSIDE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRCNN(DetectorOptions):
    """Things of 80 kinds: persons, animals, vehicles, furniture, food."""

    name: ClassVar[str] = "maskrcnn"
    slow: ClassVar[bool] = True

    def version(self) -> str:
        """Return the hash of the weights and the version of torchvision."""
        return f"{_torchvision().__version__} {self.hash_of(self.name)}"

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the objects, those with the best scores first."""
        torch = runtime.import_torch()
        _torchvision()
        path = self.path(self.name)
        place = runtime.checked_device(self.device)
        model = _loaded(str(path), path.stat().st_mtime_ns, place)
        values = seen(picture, self.side)
        tensor = torch.from_numpy(values.astype(np.float32).transpose(2, 0, 1).copy()).to(place)
        model.roi_heads.score_thresh = self.threshold
        with torch.inference_mode():
            found = model([tensor])[0]
        masks = found["masks"][:, 0].cpu().numpy() > _INSIDE
        names = _categories()
        labels = [names[k] if k < len(names) else str(k) for k in found["labels"].tolist()]
        return self.kept(instances_of(masks, found["scores"].cpu().numpy(), labels), picture.shape)


def _torchvision() -> Any:
    try:
        import torchvision
        import torchvision.models.detection
    except (ImportError, RuntimeError) as error:
        # It raises the latter where it was built for another PyTorch.
        reason = " ".join(str(error).split())
        raise MissingExtra(f"maskrcnn needs torchvision ({reason}): {INSTALL}") from None
    return torchvision


def _categories() -> list[str]:
    detection = _torchvision().models.detection
    return list(detection.MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1.meta["categories"])


@lru_cache(maxsize=1)
def _loaded(path: str, stamp: int, device: str) -> Any:
    """Return the network with these weights, loaded once in a process."""
    detection = _torchvision().models.detection
    model = detection.maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None)
    form: Any = SimpleNamespace(name=MaskRCNN.name)
    fit(model, read_state(Path(path), form), form, Path(path))
    return model.eval().requires_grad_(False).to(device)

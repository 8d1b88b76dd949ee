"""What finds objects: the interface of providers, and their registry."""

from __future__ import annotations

from typing import ClassVar, Protocol

from varcolor.image.picture import Picture
from varcolor.objects.instance import Instance
from varcolor.registry import Registry


class Provider(Protocol):
    """A way to find objects; its options are the fields of a frozen dataclass."""

    name: ClassVar[str]
    slow: ClassVar[bool]
    """Whether results are worth keeping on disk (`varcolor.objects.cache`)."""

    def segment(self, picture: Picture) -> list[Instance]:
        """Return the objects of a photo."""
        ...

    def version(self) -> str:
        """Return what results depend on beside the photo and the options, e.g. weights' hash."""
        ...


PROVIDERS: Registry[type[Provider]] = Registry(
    "way to find objects",
    {
        "slic": "varcolor.objects.regions:Slic",
        "felzenszwalb": "varcolor.objects.regions:Felzenszwalb",
        "clicks": "varcolor.objects.clicked:Clicked",
        "maskrcnn": "varcolor.neural.detectors.maskrcnn:MaskRCNN",
        "rfdetr": "varcolor.neural.detectors.rfdetr:RFDETR",
    },
    "objects",
)

"""The codecs by name and by the number that a stream carries."""

from __future__ import annotations

from typing import ClassVar, Protocol

from varcolor.errors import FormatError, InputError
from varcolor.image.picture import Picture
from varcolor.registry import Registry, did_you_mean
from varcolor.typing import Array


class Codec(Protocol):
    """Options of a codec, a frozen dataclass; its functions stand in one module."""

    name: ClassVar[str]
    number: ClassVar[int]

    def encode(self, photo: Picture, gray: Array) -> tuple[bytes, tuple[str, ...]]:
        """Return the payload for a colour photo whose grey (H, W) will be decoded, and notes."""
        ...


class Decode(Protocol):
    """The decoder of a codec."""

    def __call__(self, payload: bytes, gray: Array, decoder: str) -> tuple[Array, tuple[str, ...]]:
        """Return the chroma (H, W, 2) of a payload in the units of the space yuv, and notes."""
        ...


CODECS: Registry[type[Codec]] = Registry(
    "codec",
    {
        "tree": "varcolor.ir.tree.codec:Tree",
        "grid": "varcolor.ir.points.codecs:Grid",
        "grid-exclude": "varcolor.ir.points.codecs:GridExclude",
        "selective": "varcolor.ir.points.codecs:Selective",
        "grid+selective": "varcolor.ir.points.codecs:GridSelective",
        "global": "varcolor.ir.histogram:Global",
        "stock": "varcolor.ir.histogram:Stock",
    },
)

_DECODE: Registry[Decode] = Registry(
    "decoder",
    {
        "tree": "varcolor.ir.tree.codec:decode",
        "grid": "varcolor.ir.points.codecs:decode",
        "grid-exclude": "varcolor.ir.points.codecs:decode",
        "selective": "varcolor.ir.points.codecs:decode",
        "grid+selective": "varcolor.ir.points.codecs:decode",
        "global": "varcolor.ir.histogram:decode",
        "stock": "varcolor.ir.histogram:decode_stock",
        "mask": "varcolor.ir.legacy:decode_mask",
        "glob_dist": "varcolor.ir.legacy:decode_glob_dist",
    },
)
#: Number in the stream -> name; fixed for ever.
NUMBERS = {
    1: "tree",
    2: "grid",
    3: "grid-exclude",
    4: "selective",
    5: "grid+selective",
    6: "global",
    7: "stock",
    8: "mask",
    9: "glob_dist",
}
#: Names of the program that had these methods first.
ALIASES = {
    "ideepcolor-px-grid": "grid",
    "ideepcolor-px-grid-exclude": "grid-exclude",
    "ideepcolor-px-selective": "selective",
    "ideepcolor-px-grid+selective": "grid+selective",
    "ideepcolor-global": "global",
    "ideepcolor-stock": "stock",
}


def name_of(number: int) -> str:
    """Return the name of a codec.

    Raises
    ------
    FormatError
        If this version does not know the number.
    """
    if number not in NUMBERS:
        raise FormatError(
            f"the colour stream is of the unknown method {number}: a later varcolor is needed"
        )
    return NUMBERS[number]


def codec_of(name: str) -> type[Codec]:
    """Return the options' class of a codec by name or alias.

    Raises
    ------
    InputError
        If there is none; the message suggests the nearest.
    """
    name = ALIASES.get(name, name)
    if name not in CODECS:
        raise InputError(
            f"unknown codec {name!r}{did_you_mean(name, (*CODECS, *ALIASES))}; "
            f"known: {', '.join(CODECS)}"
        )
    return CODECS[name]


def decode_of(name: str) -> Decode:
    """Return the decoder of a codec."""
    return _DECODE[name]

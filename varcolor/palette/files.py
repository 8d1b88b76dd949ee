"""Palettes as files: GIMP (.gpl), JSON, Adobe Swatch Exchange (.ase).

Kinds are recognised by their contents; lists of ``#rrggbb``, one a line, are read, too. JSON is
``{"name": …, "colors": ["#rrggbb", …]}``, where an entry may be ``{"hex": "#rrggbb", "share":
0.25}``; lists alone, and ``palette`` or ``swatches`` in place of ``colors``, are read, too. GPL and
ASE hold no shares: ours have them in the names of the colours (``#c08040 25.0%``), and read them
back.

Source: the published layouts of the three formats.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.cues.parse import one_color
from varcolor.errors import FileError, InputError
from varcolor.image.color import lab
from varcolor.image.read import read_bytes
from varcolor.palette.palette import Palette
from varcolor.typing import FloatArray, PathLike

SUFFIXES = (".gpl", ".ase", ".json")
#: More than any palette needs; larger files are something else.
_LARGEST, _MOST_COLORS = 4 << 20, 65536
_ROW = re.compile(r"\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s+(.*))?$")
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%\s*$")
_SIGNATURE = b"ASEF"
_Found = tuple[list[tuple[float, float, float]], list[float | None], str]


def read_palette(path: PathLike) -> Palette:
    """Read a palette: GPL, ASE or JSON.

    Raises
    ------
    FileError
        If it cannot be read, is no palette, or holds no colour; the message names the file.
    """
    return parse_palette(read_bytes(Path(path)), str(path))


def parse_palette(data: bytes, source: str) -> Palette:
    """Do what `read_palette` does with a file's content; ``source`` is its name in messages."""
    if len(data) > _LARGEST:
        raise FileError(f"{source}: is no palette (larger than {_LARGEST >> 20} MiB)")
    try:
        colors, shares, name = _parse(data)
    except (InputError, ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise FileError(f"{source}: is no palette that can be read ({error})") from None
    if not colors:
        raise FileError(f"{source}: holds no colour (GPL, ASE and JSON palettes are read)")
    if len(colors) > _MOST_COLORS:
        raise FileError(f"{source}: holds {len(colors)} colours; at most {_MOST_COLORS} are read")
    known = [share for share in shares if share is not None]
    whole = len(known) == len(shares) and any(known)
    own = name or Path(source).stem
    try:
        return Palette.of(np.array(colors), np.array(known) if whole else None, own)
    except InputError as error:
        raise FileError(f"{source}: {error}") from None


def palette_content(palette: Palette, suffix: str) -> bytes:
    """Return the content of a palette's file.

    Parameters
    ----------
    palette : Palette
        Colours are rounded to 8 bits, but in ASE.
    suffix : {".gpl", ".ase", ".json"}
        Which kind.

    Raises
    ------
    InputError
        For other suffixes.
    """
    kinds = {".gpl": _gpl, ".ase": _ase, ".json": _json}
    if suffix.lower() not in kinds:
        raise InputError(f"{suffix or 'no suffix'}: palettes are written as {', '.join(SUFFIXES)}")
    return kinds[suffix.lower()](palette)


def _parse(data: bytes) -> _Found:
    if data.startswith(_SIGNATURE):
        return _parse_ase(data)
    text = data.decode("utf-8-sig")
    return _parse_json(text) if text.lstrip()[:1] in ("{", "[") else _parse_gpl(text)


def _parse_gpl(text: str) -> _Found:
    lines = text.splitlines()
    colors, shares, name = [], [], ""
    listed = not (lines and lines[0].startswith("GIMP Palette"))  # there # begins a comment
    for line in lines:
        if line.startswith("Name:"):
            name = line[5:].strip()
        row = _ROW.match(line)
        if row:
            levels = [int(value) for value in row.groups()[:3]]
            if max(levels) > 255:
                raise ValueError(f"a level of {max(levels)}; expected 0 to 255")
            colors.append((levels[0] / 255, levels[1] / 255, levels[2] / 255))
            shares.append(_share_in(row[4] or ""))
        elif listed and (found := _HEX.fullmatch(line.strip())):
            colors.append(one_color("#" + found[1]))
            shares.append(None)
    if not colors and listed:
        raise ValueError("neither GPL, ASE nor JSON")
    return colors, shares, name


def _parse_json(text: str) -> _Found:
    found = json.loads(text)
    name, entries = "", found
    if isinstance(found, dict):
        name = str(found.get("name", ""))
        entries = next((found[k] for k in ("colors", "palette", "swatches") if k in found), [])
    if not isinstance(entries, list):
        raise ValueError("the colours are no list")
    colors, shares = [], []
    for entry in entries:
        value: Any = entry
        share = None
        if isinstance(entry, dict):
            value = entry.get("hex", entry.get("color"))
            share = None if entry.get("share") is None else float(entry["share"])
        colors.append(one_color(value))
        shares.append(share)
    return colors, shares, name


def _parse_ase(data: bytes) -> _Found:
    count = struct.unpack_from(">I", data, 8)[0]
    at, colors, shares, group = 12, [], [], ""
    for _ in range(min(count, _MOST_COLORS + 1)):
        kind, length = struct.unpack_from(">HI", data, at)
        body = data[at + 6 : at + 6 + length]
        if len(body) < length:
            raise ValueError("it ends in the middle of a block")
        at += 6 + length
        if kind not in (0x0001, 0xC001):
            continue
        units = struct.unpack_from(">H", body)[0]
        title = body[2 : 2 + 2 * units].decode("utf-16-be", "replace").rstrip("\0")
        if kind == 0xC001:
            group = group or title
            continue
        colors.append(_ase_color(body[2 + 2 * units :]))
        shares.append(_share_in(title))
    return colors, shares, group


def _ase_color(block: bytes) -> tuple[float, float, float]:
    model = block[:4].decode("latin-1").strip()
    sizes = {"RGB": 3, "Gray": 1, "LAB": 3, "CMYK": 4}
    if model not in sizes:
        raise ValueError(f"a colour model {model!r}; expected RGB, Gray, LAB or CMYK")
    values = struct.unpack_from(f">{sizes[model]}f", block, 4)
    rgb: FloatArray = np.array(values[:3] if model == "RGB" else values[:1] * 3, np.float64)
    if model == "LAB":
        rgb = lab.merge(np.array(values[0]), np.array(values[1:]))
    if model == "CMYK":
        rgb = (1 - np.array(values[:3])) * (1 - values[3])
    if not np.isfinite(rgb).all():
        raise ValueError("a colour that is no number")
    red, green, blue = np.clip(rgb, 0.0, 1.0).tolist()
    return red, green, blue


def _share_in(text: str) -> float | None:
    found = _SHARE.search(text)
    return float(found[1]) if found else None


def _titles(palette: Palette) -> list[str]:
    pairs = zip(palette.hexes, palette.shares, strict=True)
    return [f"{text} {100 * share:.3f}%" for text, share in pairs]


def _gpl(palette: Palette) -> bytes:
    name = " ".join(palette.name.split()) or "palette"
    lines = ["GIMP Palette", f"Name: {name}", "Columns: 8", "#"]
    levels = np.rint(palette.colors * 255).astype(int).tolist()
    for (red, green, blue), title in zip(levels, _titles(palette), strict=True):
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{title}")
    return ("\n".join(lines) + "\n").encode()


def _json(palette: Palette) -> bytes:
    pairs = zip(palette.hexes, palette.shares.tolist(), strict=True)
    colors = [{"hex": text, "share": round(share, 6)} for text, share in pairs]
    return (json.dumps({"name": palette.name, "colors": colors}, indent=1) + "\n").encode()


def _ase(palette: Palette) -> bytes:
    blocks = []
    for color, title in zip(palette.colors.tolist(), _titles(palette), strict=True):
        text = (title + "\0").encode("utf-16-be")
        body = struct.pack(">H", len(text) // 2) + text + b"RGB "
        body += struct.pack(">3fH", *color, 2)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return _SIGNATURE + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)

"""CIE L*a*b* samples as TIFF stores them, to sRGB.

Source: TIFF 6.0, section 23 (CIELab: signed a*, b*); TIFF Technical Note 4 (ICCLab: with an
offset); ITU-T T.42 (ITULab: L* 0..100, a* -85..85, b* -75..125). The white is D50, brought to that
of sRGB by the Bradford transform, as in ICC profiles.
"""

from __future__ import annotations

import numpy as np

from varcolor.image.color import encode
from varcolor.image.decode.raw import Unsupported
from varcolor.typing import Array, FloatArray

_D50 = np.array([0.9642, 1.0, 0.8249])
#: XYZ of D50 to linear sRGB (the inverse of the sRGB profile's columns).
_TO_SRGB = np.linalg.inv(
    np.array(
        [
            [0.4360747, 0.3850649, 0.1430804],
            [0.2225045, 0.7168786, 0.0606169],
            [0.0139322, 0.0971045, 0.7141733],
        ]
    )
)
#: Largest distance outside of 0..1 that counts as rounding, not as a colour outside of sRGB.
_SLACK = 0.002


def from_lab(pixels: Array, photometric: int, bits: int, notes: list[str]) -> Array:
    """Return sRGB (H, W, 3) of the same depth.

    Parameters
    ----------
    pixels : ndarray
        (H, W, 3) stored samples; uint8 or uint16, or the signed types of the same size.
    photometric : {8, 9, 10}
        CIELab, ICCLab or ITULab.
    bits : int
        8 or 16.
    notes : list of str
        Is told the share of colours outside of sRGB.

    Raises
    ------
    Unsupported
        For other depths.
    """
    if bits not in (8, 16) or pixels.dtype.itemsize * 8 != bits:
        raise Unsupported(f"{bits}-bit L*a*b* in TIFF")
    if photometric == 10 and bits != 8:
        raise Unsupported("16-bit ITULab in TIFF")
    result = np.empty(pixels.shape, np.uint8 if bits == 8 else np.uint16)
    white, outside = np.iinfo(result.dtype).max, 0
    for row in range(0, len(pixels), 64):
        rgb = _to_rgb(_lab(pixels[row : row + 64].view(result.dtype), photometric, bits))
        outside += int(((rgb < -_SLACK) | (rgb > 1 + _SLACK)).any(axis=-1).sum())
        result[row : row + 64] = np.floor(encode(np.clip(rgb, 0, 1)) * white + 0.5)
    if outside:
        share = 100 * outside / (pixels.shape[0] * pixels.shape[1])
        notes.append(f"{share:.2g} % of its colours lie outside of sRGB: the nearest were taken")
    return result


def _lab(stored: Array, photometric: int, bits: int) -> FloatArray:
    """Return L*, a*, b* (..., 3) of samples taken as unsigned."""
    values = stored.astype(np.float64)
    white = 255.0 if bits == 8 else 65535.0
    unit = 1.0 if bits == 8 else 256.0
    if photometric == 8:
        signed = stored.view(np.int8 if bits == 8 else np.int16).astype(np.float64)
        values[..., 0] *= 100 / white
        values[..., 1:] = signed[..., 1:] / unit
    elif photometric == 9:
        values[..., 0] *= 100 / (255 * unit)
        values[..., 1:] = values[..., 1:] / unit - 128
    else:
        values[..., 0] *= 100 / 255
        values[..., 1] = (values[..., 1] - 128) * (170 / 255)
        values[..., 2] = (values[..., 2] - 96) * (200 / 255)
    return values


def _to_rgb(lab: FloatArray) -> FloatArray:
    """Return linear sRGB (..., 3)."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841)) * _D50
    rgb: FloatArray = xyz @ _TO_SRGB.T
    return rgb

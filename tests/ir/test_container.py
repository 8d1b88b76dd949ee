"""The files: chunks, pairs, and everything that can be wrong with them."""

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import FileError, FormatError
from varcolor.image.picture import Meta, Picture
from varcolor.ir.container import SIGNATURE, pack_chunks, unpack_chunks


@pytest.fixture
def ir(cat):
    return vc.encode(cat, budget=60)


def chunks_of(ir):
    found = unpack_chunks(ir.to_bytes())
    del found[b"END "]
    return found


def test_unknown_optional_chunks_are_skipped(ir):
    chunks = chunks_of(ir)
    data = pack_chunks([*chunks.items(), (b"what", b"ever")])
    np.testing.assert_array_equal(vc.decode(vc.IR.from_bytes(data)), vc.decode(ir))


def test_unknown_chunks_that_matter_are_refused(ir):
    data = pack_chunks([*chunks_of(ir).items(), (b"MUST", b"")])
    with pytest.raises(FormatError, match="MUST"):
        vc.IR.from_bytes(data)


@pytest.mark.parametrize("kind", [b"HEAD", b"GRAY", b"COLR"])
def test_missing_chunks(ir, kind):
    chunks = chunks_of(ir)
    del chunks[kind]
    with pytest.raises(FormatError, match=kind.decode()):
        vc.IR.from_bytes(pack_chunks(chunks.items()))


def test_truncated_anywhere(ir):
    data = ir.to_bytes()
    for length in range(0, len(data), 37):
        with pytest.raises(FormatError):
            vc.IR.from_bytes(data[:length])


def test_damaged_anywhere(ir):
    data = ir.to_bytes()
    for at in range(0, len(data), 41):
        bad = bytearray(data)
        bad[at] ^= 0x10
        with pytest.raises(FormatError):
            vc.IR.from_bytes(bytes(bad))


def test_what_follows_the_end_and_doubles(ir):
    with pytest.raises(FormatError, match="after its end"):
        vc.IR.from_bytes(ir.to_bytes() + b"x")
    chunks = list(chunks_of(ir).items())
    with pytest.raises(FormatError, match="two chunks"):
        vc.IR.from_bytes(pack_chunks([*chunks, chunks[0]]))
    with pytest.raises(FormatError, match="no .vcir"):
        vc.IR.from_bytes(b"GIF89a")
    later = bytearray(ir.to_bytes())
    later[len(SIGNATURE)] = 9
    with pytest.raises(FormatError, match="version 9"):
        vc.IR.from_bytes(bytes(later))


def test_a_grey_that_decodes_to_another_picture_names_the_decoder(ir):
    chunks = chunks_of(ir)
    width, height, depth, crc = struct.unpack("<IIBI", chunks[b"HEAD"])
    chunks[b"HEAD"] = struct.pack("<IIBI", width, height, depth, crc ^ 1)
    with pytest.raises(FormatError, match=r"written with Pillow .* read with Pillow"):
        vc.IR.from_bytes(pack_chunks(chunks.items()))


def test_a_declared_size_is_checked_before_anything_is_allocated(ir):
    chunks = chunks_of(ir)
    png = bytearray(chunks[b"GRAY"])
    png[16:24] = struct.pack(">II", 60000, 60000)
    png[29:33] = struct.pack(">I", zlib.crc32(bytes(png[12:29])))
    chunks[b"GRAY"] = bytes(png)
    with pytest.raises(FormatError, match="of another size, 60000 x 60000"):
        vc.IR.from_bytes(pack_chunks(chunks.items()))


@pytest.mark.parametrize("form", ["PNG", "JPEG XL", "AVIF"])
def test_a_grey_of_another_size_is_not_even_decoded(cat, form, monkeypatch):
    ir = vc.encode(cat, budget=40, gray_quality=50 if form == "AVIF" else None)
    chunks = unpack_chunks(ir.to_bytes("PNG" if form == "AVIF" else form))
    large = vc.encode(
        np.tile(cat, (3, 2, 1)), budget=0, gray_quality=50 if form == "AVIF" else None
    )
    others = unpack_chunks(large.to_bytes("PNG" if form == "AVIF" else form))
    chunks[b"GRAY"] = others[b"GRAY"]
    del chunks[b"END "]
    monkeypatch.setattr("varcolor.ir.representation.unpack_gray", None)
    height, width = (3 * cat.shape[0], 2 * cat.shape[1])
    with pytest.raises(FormatError, match=f"of another size, {width} x {height}"):
        vc.IR.from_bytes(pack_chunks(chunks.items()))


def test_metadata_travels(ir):
    meta = Meta(profiled=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", dpi=(300.0, 150.0))
    one = replace(ir, picture=replace(ir.picture, meta=meta))
    back = vc.IR.from_bytes(one.to_bytes()).picture.meta
    assert (back.profiled, back.exif, back.dpi) == (True, meta.exif, meta.dpi)


def test_jpeg_xl_holds_the_grey(ir):
    data = ir.to_bytes("JPEG XL")
    np.testing.assert_array_equal(vc.IR.from_bytes(data).gray, ir.gray)


@pytest.mark.parametrize("name", ["a.vcc", "a.gray.png"])
def test_pairs(ir, tmp_path, name):
    gray, color = ir.save(tmp_path / name)
    assert (gray.name, color.name) == ("a.gray.png", "a.vcc")
    assert color.read_bytes() == ir.color
    np.testing.assert_array_equal(vc.read(gray).pixels, ir.gray)
    for path in (gray, color):
        np.testing.assert_array_equal(vc.decode(vc.IR.load(path)), vc.decode(ir))


def test_a_pair_survives_another_lossless_file(ir, tmp_path):
    gray, color = ir.save(tmp_path / "a.vcc")
    vc.write(vc.read(gray), tmp_path / "a.gray.tif")
    gray.unlink()
    np.testing.assert_array_equal(vc.decode(vc.IR.load(color)), vc.decode(ir))


def test_a_wrong_grey_is_refused(ir, tmp_path):
    gray, color = ir.save(tmp_path / "a.vcc")
    vc.write(Picture(ir.gray[::-1].copy()), gray)
    with pytest.raises(FormatError, match="a.vcc with .*a.gray.png"):
        vc.IR.load(color)
    vc.write(np.dstack([ir.gray, ir.gray, 255 - ir.gray]), gray)
    with pytest.raises(FormatError, match="colour picture"):
        vc.IR.load(color)


def test_missing_halves_and_names(ir, tmp_path):
    gray, color = ir.save(tmp_path / "a.vcc")
    gray.unlink()
    with pytest.raises(FileError, match=r"a\.gray\.png"):
        vc.IR.load(color)
    with pytest.raises(FileError, match="no such file"):
        vc.IR.load(tmp_path / "b.vcir")
    with pytest.raises(FileError, match="NAME.vcir"):
        ir.save(tmp_path / "a.png")


def test_a_lossy_grey_is_stored_as_avif(cat, tmp_path):
    ir = vc.encode(cat, budget=100, gray_quality=50)
    gray, color = ir.save(tmp_path / "a.vcc")
    assert gray.name == "a.gray.avif"
    np.testing.assert_array_equal(vc.decode(vc.IR.load(color)), vc.decode(ir))


def test_a_16_bit_pair(cat, tmp_path):
    ir = vc.encode(cat.astype(np.uint16) * 200, budget=100)
    _, color = ir.save(tmp_path / "a.vcc")
    np.testing.assert_array_equal(vc.decode(vc.IR.load(color)), vc.decode(ir))


def test_a_pair_without_colours(cat, tmp_path):
    ir = vc.encode(cat, budget=0)
    _, color = ir.save(tmp_path / "a.vcc")
    assert (vc.decode(vc.IR.load(color)) == ir.gray[..., None]).all()


@pytest.mark.parametrize("shape", [(5000, 3), (700, 1), (1, 700)])
def test_long_narrow_noise_fits_into_its_file(shape, rng, tmp_path):
    ir = vc.encode(rng.integers(0, 256, (*shape, 3)).astype(np.uint8), budget=50)
    (path,) = ir.save(tmp_path / "x.vcir")
    np.testing.assert_array_equal(vc.IR.load(path).gray, ir.gray)

"""Reading and writing: every format, depth and layout, and files that must be refused."""

import io
import struct
import zlib
from dataclasses import replace

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

import varcolor as vc
from varcolor.errors import FileError, InputError
from varcolor.image.decode.jpegxl import jpegxl_size
from varcolor.image.picture import Meta, as_picture
from varcolor.image.read import upright

LAYOUTS = [(7, 5), (7, 5, 2), (7, 5, 3), (7, 5, 4), (1, 1), (1, 9, 3), (9, 1, 4)]


def random_picture(rng, shape, dtype, **meta):
    top = np.iinfo(dtype).max
    array = rng.integers(0, top, shape, dtype=dtype, endpoint=True)
    if array.ndim == 3 and shape[2] in (2, 4):
        array[0, 0, -1] = 0  # never opaque everywhere
    return vc.Picture(*_split(as_picture(array)), Meta(**meta))


def _split(picture):
    return picture.pixels, picture.alpha


@pytest.mark.parametrize("extension", ["png", "tif", "jxl"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", LAYOUTS)
def test_lossless_formats_give_everything_back(tmp_path, rng, extension, dtype, shape):
    picture = random_picture(rng, shape, dtype, dpi=(300.0, 200.0), profiled=True)
    file = tmp_path / f"a.{extension}"
    lost = ["the resolution 300 x 200 dpi cannot be stored in JPEG XL: left out"]
    assert vc.write(picture, file) == (lost if extension == "jxl" else [])
    found = vc.read(file)
    assert found.pixels.dtype == dtype
    np.testing.assert_array_equal(found.pixels, picture.pixels)
    assert (found.alpha is None) == (picture.alpha is None)
    if picture.alpha is not None:
        np.testing.assert_array_equal(found.alpha, picture.alpha)
    if extension != "jxl":
        assert found.meta.dpi == pytest.approx((300, 200), rel=1e-3)
        assert found.meta.profiled is (not picture.is_gray)
    assert found.meta.notes == ()


@pytest.mark.parametrize("extension", ["webp", "bmp"])
def test_lossless_8_bit_formats(tmp_path, rng, extension):
    picture = random_picture(rng, (7, 5, 3), np.uint8)
    assert vc.write(picture, tmp_path / f"a.{extension}") == []
    np.testing.assert_array_equal(vc.read(tmp_path / f"a.{extension}").pixels, picture.pixels)
    deep = random_picture(rng, (7, 5, 3), np.uint16)
    notes = vc.write(deep, tmp_path / f"b.{extension}")
    assert any("8 bits" in note for note in notes)
    rounded = np.floor(deep.pixels / 257 + 0.5)
    np.testing.assert_array_equal(vc.read(tmp_path / f"b.{extension}").pixels, rounded)


@pytest.mark.parametrize("extension", ["jpg", "avif", "webp"])
def test_lossy_formats_say_so_and_are_close(tmp_path, cat, extension):
    notes = vc.write(cat, tmp_path / f"a.{extension}", quality=95)
    assert any("lossy" in note for note in notes)
    found = vc.read(tmp_path / f"a.{extension}").pixels.astype(float)
    assert np.abs(found - cat).mean() < 3


def test_float_tiff_stays_float(tmp_path, rng):
    array = rng.random((6, 7, 3)).astype(np.float32)
    assert vc.write(array, tmp_path / "a.tif") == []
    np.testing.assert_array_equal(vc.read(tmp_path / "a.tif").pixels, array)
    notes = vc.write(array, tmp_path / "a.png")
    assert "no floats" in notes[0]
    assert vc.read(tmp_path / "a.png").pixels.dtype == np.uint16


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "webp"])
def test_exif_orientation_is_applied_and_cleared(tmp_path, orientation, extension):
    # A 2 x 3 picture of 16-pixel blocks survives JPEG.
    upright_picture = np.kron(np.array([[10, 60, 110], [160, 210, 250]]), np.ones((16, 16)))
    upright_picture = upright_picture.astype(np.uint8)
    inverse = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    stored = upright(upright_picture, inverse)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a description"
    file = tmp_path / f"a.{extension}"
    options = {"lossless": True} if extension == "webp" else {}
    Image.fromarray(np.ascontiguousarray(stored)).save(file, exif=exif, **options)
    picture = vc.read(file)
    pixels = picture.pixels if picture.is_gray else picture.pixels[..., 0]
    assert np.abs(pixels.astype(int) - upright_picture).max() < 6
    assert any("upright" in n for n in picture.meta.notes) == (orientation != 1)
    vc.write(picture, tmp_path / f"b.{extension}")
    again = vc.read(tmp_path / f"b.{extension}")
    assert again.shape == upright_picture.shape
    assert not any("upright" in n for n in again.meta.notes)
    saved = Image.Exif()
    saved.load(again.meta.exif)
    assert saved[0x010E] == "a description"


@pytest.mark.parametrize("own", [{}, {"imagej": True}, {"ome": True}])
def test_what_describes_a_files_arrays_is_not_said_of_another(tmp_path, caplog, own):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((9, 12), np.uint8), **own)
    with tifffile.TiffFile(tmp_path / "a.tif") as given:
        assert given.pages[0].description
    picture = vc.read(tmp_path / "a.tif")
    assert picture.meta.exif is None
    coloured = replace(picture, pixels=np.zeros((9, 12, 3), np.uint8))
    vc.write(coloured, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as made:
        assert made.series[0].shape == (9, 12, 3)
    assert not caplog.records


def test_16_bit_png_with_profile(tmp_path, rng):
    gray = rng.integers(0, 65536, (8, 9), dtype=np.uint16)
    data = bytes(imagecodecs.png_encode(gray))
    profile = imagecodecs.cms_profile("gray", gamma=1.8)
    body = b"iCCP" + b"g\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    picture = vc.read(tmp_path / "a.png")
    assert picture.pixels.dtype == np.uint16
    assert picture.is_gray
    assert picture.meta.profiled
    assert any("ICC" in n for n in picture.meta.notes)
    # gamma 1.8 to the sRGB curve
    from varcolor.image.color import encode

    wanted = 65535 * encode((gray / 65535.0) ** 1.8)
    assert np.abs(picture.pixels - wanted).max() < 400


def test_srgb_profiles_change_nothing(tmp_path, cat):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(cat).save(tmp_path / "a.png", icc_profile=profile)
    picture = vc.read(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.pixels, cat)
    assert picture.meta.profiled
    assert picture.meta.notes == ()


def test_a_broken_profile_is_reported_and_ignored(tmp_path, cat):
    Image.fromarray(cat).save(tmp_path / "a.png", icc_profile=b"not a profile" * 20)
    picture = vc.read(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.pixels, cat)
    assert "unusable ICC profile" in picture.meta.notes[0]


def test_cmyk_jpeg(tmp_path):
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 1] = 255
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", quality=95)
    picture = vc.read(tmp_path / "a.jpg")
    assert picture.pixels.shape == (16, 16, 3)
    red, green, blue = picture.pixels.mean(axis=(0, 1))
    assert red > 240
    assert green < 15
    assert blue > 240
    assert "CMYK" in picture.meta.notes[0]


def test_palette_one_bit_and_transparency(tmp_path, cat):
    Image.fromarray(cat).quantize(16).save(tmp_path / "p.png")
    assert "palette" in vc.read(tmp_path / "p.png").meta.notes[0]
    gray_palette = Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4), "P")
    gray_palette.putpalette([v for n in range(16) for v in (n * 17,) * 3])
    gray_palette.save(tmp_path / "g.png")
    picture = vc.read(tmp_path / "g.png")
    assert picture.is_gray
    assert picture.pixels.ravel().tolist() == [n * 17 for n in range(16)]
    Image.fromarray(cat[..., 0] > 100).save(tmp_path / "b.png")
    one_bit = vc.read(tmp_path / "b.png")
    np.testing.assert_array_equal(one_bit.pixels, (cat[..., 0] > 100) * np.uint8(255))
    Image.fromarray(cat[..., 0]).save(tmp_path / "t.png", transparency=int(cat[0, 0, 0]))
    assert vc.read(tmp_path / "t.png").alpha[0, 0] == 0


def test_tiff_variants(tmp_path, rng):
    gray = rng.integers(0, 256, (9, 8), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "white.tif", 255 - gray, photometric="miniswhite")
    np.testing.assert_array_equal(vc.read(tmp_path / "white.tif").pixels, gray)
    tifffile.imwrite(tmp_path / "pages.tif", np.stack([gray, gray]), photometric="minisblack")
    picture = vc.read(tmp_path / "pages.tif")
    assert "2 pages" in picture.meta.notes[0]
    rgb = rng.integers(0, 65536, (9, 8, 3), dtype=np.uint16)
    planar = np.moveaxis(rgb, -1, 0)
    tifffile.imwrite(tmp_path / "p.tif", planar, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(vc.read(tmp_path / "p.tif").pixels, rgb)
    tifffile.imwrite(tmp_path / "tiles.tif", rgb, photometric="rgb", tile=(16, 16))
    np.testing.assert_array_equal(vc.read(tmp_path / "tiles.tif").pixels, rgb)
    premultiplied = np.array([[[100, 50, 0, 128], [0, 0, 0, 0]]], np.uint8)
    tifffile.imwrite(
        tmp_path / "a.tif", premultiplied, photometric="rgb", extrasamples=["assocalpha"]
    )
    found = vc.read(tmp_path / "a.tif")
    assert found.pixels.tolist() == [[[199, 100, 0], [0, 0, 0]]]
    assert found.alpha.tolist() == [[128, 0]]


def test_multi_frame_files_use_the_first(tmp_path, cat):
    frames = [Image.fromarray(cat), Image.fromarray(cat[::-1])]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    picture = vc.read(tmp_path / "a.webp")
    assert "2 frames" in picture.meta.notes[0]
    np.testing.assert_array_equal(picture.pixels, cat)


def test_deep_avif_is_read_with_its_depth(tmp_path, rng):
    rgb = rng.integers(0, 4096, (32, 32, 3), dtype=np.uint16)
    data = imagecodecs.avif_encode(rgb, level=100, bitspersample=12, pixelformat="444")
    (tmp_path / "a.avif").write_bytes(data)
    picture = vc.read(tmp_path / "a.avif")
    assert picture.pixels.dtype == np.uint16
    assert "12-bit" in picture.meta.notes[0]


def encoded(name, cat, tmp_path):
    file = tmp_path / f"whole.{name}"
    vc.write(cat, file)
    return file.read_bytes()


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "webp", "avif", "jxl", "bmp"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_truncated_files_are_refused(tmp_path, cat, extension, part):
    data = encoded(extension, cat, tmp_path)
    file = tmp_path / f"cut.{extension}"
    file.write_bytes(data[: max(int(len(data) * part), 12)])
    with pytest.raises(FileError, match=r"cut\."):
        vc.read(file)


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_truncated_16_bit_files_are_refused(tmp_path, cat, extension):
    data = encoded(extension, cat.astype(np.uint16) * 257, tmp_path)
    file = tmp_path / f"cut.{extension}"
    file.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(FileError, match=r"cut\."):
        vc.read(file)


def test_files_that_are_no_pictures(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        vc.read(tmp_path / "missing.png")
    with pytest.raises(FileError, match="is a folder"):
        vc.read(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(FileError, match="is empty"):
        vc.read(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("this is text")
    with pytest.raises(FileError, match="not a picture"):
        vc.read(tmp_path / "text.png")


def png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("size", [(60_000, 60_000), (20_000, 10_000), (0, 5)])
def test_header_bombs_are_refused_before_anything_is_allocated(tmp_path, size):
    body = b"IDAT" + zlib.compress(b"\0" * 1000)
    data = png_header(*size) + struct.pack(">I", len(body) - 4) + body
    (tmp_path / "bomb.png").write_bytes(data + struct.pack(">I", zlib.crc32(body)))
    with pytest.raises(FileError, match="bomb.png"):
        vc.read(tmp_path / "bomb.png")


def test_a_jpegxl_bomb_is_refused(tmp_path):
    # A codestream header that declares 2^30 x 2^30 pixels.
    bits = 0 | (3 << 1) | (((1 << 30) - 1) << 3) | (1 << 33)
    (tmp_path / "bomb.jxl").write_bytes(b"\xff\x0a" + bits.to_bytes(12, "little") + b"\0" * 40)
    with pytest.raises(FileError, match=r"bomb.jxl.*far too few"):
        vc.read(tmp_path / "bomb.jxl")


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (256, 256), (7, 5), (600, 800), (900, 1600)])
def test_jpegxl_sizes_are_read_from_the_header(shape):
    data = bytes(imagecodecs.jpegxl_encode(np.zeros(shape, np.uint8), lossless=True))
    assert jpegxl_size(data) == (shape[1], shape[0])


def test_very_large_genuine_pictures_are_not_bombs(tmp_path):
    # 200 megapixels of 1-bit white: above Pillow's own limit, 25 MB of memory.
    image = Image.new("1", (20_000, 10_000), 1)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    (tmp_path / "large.png").write_bytes(buffer.getvalue())
    assert vc.read(tmp_path / "large.png").shape == (10_000, 20_000)


def test_unwritable_targets(tmp_path, cat):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot be written"):
        vc.write(cat, tmp_path / "file" / "a.png")
    with pytest.raises(FileError, match="use one of"):
        vc.write(cat, tmp_path / "a.gif")
    with pytest.raises(FileError, match="no extension"):
        vc.write(cat, tmp_path / "a")
    with pytest.raises(InputError, match="1 to 100"):
        vc.write(cat, tmp_path / "a.jpg", quality=0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


def test_writing_is_atomic(tmp_path, cat, monkeypatch):
    vc.write(cat, tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(FileError, match="No space left"):
        vc.write(cat[::-1], tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_folders_are_made(tmp_path, cat):
    vc.write(cat, tmp_path / "new" / "folder" / "a.png")
    assert vc.read(tmp_path / "new" / "folder" / "a.png").shape == cat.shape[:2]

"""Files that are not read, told by their first bytes: what they are, and what to do."""

from __future__ import annotations

import re

#: (begin, where it stands, name)
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"8BPS", 0, "a Photoshop document (PSD)"),
    (b"gimp xcf", 0, "a GIMP document (XCF)"),
    (b"\x76\x2f\x31\x01", 0, "an OpenEXR picture"),
    (b"#?RADIANCE", 0, "a Radiance HDR picture"),
    (b"#?RGBE", 0, "a Radiance HDR picture"),
    (b"%PDF", 0, "a PDF document"),
    (b"%!PS", 0, "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", 0, "an EPS document"),
    (b"FUJIFILMCCD-RAW", 0, "a raw camera file (Fujifilm RAF)"),
    (b"IIRO", 0, "a raw camera file (Olympus ORF)"),
    (b"IIRS", 0, "a raw camera file (Olympus ORF)"),
    (b"MMOR", 0, "a raw camera file (Olympus ORF)"),
    (b"IIU\0", 0, "a raw camera file (Panasonic RW2)"),
    (b"FOVb", 0, "a raw camera file (Sigma X3F)"),
    (b"\0MRM", 0, "a raw camera file (Minolta MRW)"),
    (b"CR\x02", 8, "a raw camera file (Canon CR2)"),
    (b"HEAPCCDR", 6, "a raw camera file (Canon CRW)"),
    (b"ftypcrx ", 4, "a raw camera file (Canon CR3)"),
    (b"II\xbc", 0, "a JPEG XR picture"),
    (b"\x8aMNG\r\n\x1a\n", 0, "an MNG animation"),
    (b"\x8bJNG\r\n\x1a\n", 0, "a JNG picture"),
    (b"qoif", 0, "a QOI picture"),
    (b"DDS ", 0, "a DDS texture"),
    (b"FLIF", 0, "a FLIF picture"),
    (b"BPG\xfb", 0, "a BPG picture"),
    (b"AT&TFORM", 0, "a DjVu document"),
    (b"\0\0\x01\0", 0, "an icon (ICO)"),
    (b"\0\0\x02\0", 0, "a cursor (CUR)"),
    (b"icns", 0, "an icon (ICNS)"),
    (b"\x59\xa6\x6a\x95", 0, "a Sun raster picture"),
    (b"\x01\xda", 0, "an SGI picture"),
    (b"\xd7\xcd\xc6\x9a", 0, "a Windows metafile (WMF)"),
    (b" EMF", 40, "a Windows metafile (EMF)"),
    (b"SIMPLE  =", 0, "a FITS file"),
    (b"DICM", 128, "a DICOM file"),
    (b"\x93NUMPY", 0, "a NumPy array"),
    (b"\x89HDF\r\n\x1a\n", 0, "an HDF5 file"),
    (b"ftyp", 4, "a video or another file of the MP4 family"),
    (b"\x1a\x45\xdf\xa3", 0, "a video (Matroska or WebM)"),
    (b"PK\x03\x04", 0, "a ZIP archive (or a document of Krita, OpenRaster or an office program)"),
    (b"\x1f\x8b", 0, "a gzip archive: unpack it first"),
    (b"Rar!", 0, "a RAR archive"),
    (b"7z\xbc\xaf", 0, "a 7z archive"),
    (b"RIFF", 0, "a sound or video file"),
    (b"ID3", 0, "a sound file"),
    (b"SQLite format 3", 0, "a database"),
    (b"\x7fELF", 0, "a program"),
    (b"MZ", 0, "a Windows program"),
)
#: What helps with pictures that are not read.
ADVICE = "open it in an image program and save it as PNG (or as a plain TIFF)"
_TEXT = re.compile(rb"[\t\n\f\r\x20-\x7e\x80-\xff]*\Z")


def described(data: bytes) -> str:
    """Return in words what a file is that no decoder takes, and what helps."""
    head = data[:1024]
    for magic, at, name in _MAGIC:
        if head[at : at + len(magic)] == magic:
            advice = "" if "unpack" in name else f"; {ADVICE}"
            return f"{name}, which is not supported{advice}"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"version https://git-lfs"):
        return (
            "not a picture, but the pointer that Git LFS keeps in its place; fetch the picture "
            "with `git lfs pull`"
        )
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        return f"a drawing (SVG), which is not supported; {ADVICE}"
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text or b"<head>" in text:
        return (
            "not a picture, but a web page (perhaps an error message of the server); download "
            "the picture itself"
        )
    if not data.strip(b"\0"):
        return "not a picture: it holds nothing but zeros; copy or download it again"
    if _TEXT.match(head) and b"\n" in head + b"\n":
        return "not a picture, but text"
    return ""

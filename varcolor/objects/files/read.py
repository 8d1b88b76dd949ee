"""Objects from a file or folder, whatever its format."""

from __future__ import annotations

from pathlib import Path

from varcolor.errors import FileError, InputError
from varcolor.image.read import read_bytes
from varcolor.objects.files.arrays import read_array
from varcolor.objects.files.coco import MOST, from_coco, parsed
from varcolor.objects.files.pictures import SUFFIXES, read_labels, read_object
from varcolor.objects.instance import Instance
from varcolor.typing import Shape

#: Suffixes of files that hold all objects of a photo, in the order in which a folder is searched.
ALL = (".png", ".json", ".npy", *SUFFIXES[1:])


def read_objects(path: Path, shape: Shape, photo: str = "") -> list[Instance]:
    """Return the objects of a photo from a file or folder.

    Parameters
    ----------
    path : Path
        A map of labels (PNG and other lossless pictures), COCO JSON, a .npy; or a folder: the file
        or folder in it that has the photo's name or, without, all its pictures, one an object.
    shape : (int, int)
        The photo's.
    photo : str
        Its file name.

    Raises
    ------
    FileError
        If there is no such file, or it cannot be read.
    InputError
        If it does not fit the photo, or holds no object.
    """
    if path.is_dir():
        return _from_folder(path, shape, photo)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return read_array(path, shape)
    if suffix != ".json":
        return read_labels(path, shape)
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise FileError(f"{path}: is no text in UTF-8") from None
    try:
        return from_coco(parsed(text), shape, photo)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _from_folder(folder: Path, shape: Shape, photo: str) -> list[Instance]:
    stem = Path(photo).stem
    if stem:
        named = [folder / f"{stem}{suffix}" for suffix in ALL]
        for path in (*named, folder / stem):
            if path.exists():
                return read_objects(path, shape, photo)
    pictures = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    if not pictures:
        raise FileError(
            f"{folder}: holds no masks: neither {stem or 'PHOTO'}.png|json|npy nor PNGs"
        )
    if len(pictures) > MOST:
        raise InputError(f"{folder}: holds {len(pictures)} pictures: {MOST} at most")
    return [read_object(path, shape) for path in pictures]

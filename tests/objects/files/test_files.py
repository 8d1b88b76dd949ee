"""Masks in files: round trips, all formats, and whatever is broken."""

import json

import numpy as np
import pytest
from PIL import Image

import varcolor as vc
from varcolor.errors import InputError
from varcolor.objects.files.coco import from_coco, to_coco
from varcolor.objects.files.read import read_objects
from varcolor.objects.files.rle import mask_of, runs_from, runs_of, text_of
from varcolor.objects.files.write import objects_content
from varcolor.objects.instance import Instance, label_map

SHAPE = (20, 30)


@pytest.fixture
def masks():
    one, two = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    one[2:12, 3:15] = True
    two[10:18, 20:28] = True
    two[12, 22] = False
    return [one, two]


@pytest.fixture
def objects(masks):
    return [Instance.of(m, s, n) for m, s, n in zip(masks, (1.0, 0.5), ("cat", "dog"), strict=True)]


def same(found, masks):
    assert len(found) == len(masks)
    for own, mask in zip(found, masks, strict=True):
        np.testing.assert_array_equal(own.full, mask)


def slow_mask(runs, shape):
    """Runs to a mask, pixel by pixel."""
    flat, value = [], False
    for length in runs:
        flat += [value] * length
        value = not value
    return np.array(flat, bool).reshape(shape[1], shape[0]).T


def test_rle_of_random_masks(rng):
    for share in (0.0, 0.02, 0.5, 0.98, 1.0):
        mask = rng.random((17, 23)) < share
        runs = runs_of(mask)
        np.testing.assert_array_equal(slow_mask(runs, mask.shape), mask)
        np.testing.assert_array_equal(mask_of(runs, mask.shape), mask)
        assert runs_from(text_of(runs)) == runs


def test_compressed_rle_by_hand():
    # Lengths 5, 1, 40, 6 - 1, 3 - 40 in groups of five bits, low ones first.
    assert text_of([5, 1, 40, 6, 3]) == "51X15kN"
    assert runs_from("51X15kN") == [5, 1, 40, 6, 3]


def test_long_runs():
    runs = [123456, 1, 2, 9_000_000, 7, 1, 3_000_000]
    assert runs_from(text_of(runs)) == runs


@pytest.mark.parametrize("suffix", ["png", "json", "npy", "tif"])
def test_what_is_written_is_read(suffix, objects, masks, tmp_path):
    path = tmp_path / f"m.{suffix}"
    path.write_bytes(objects_content(objects, SHAPE, path, "photo.png"))
    found = read_objects(path, SHAPE, "photo.png")
    same(found, masks)
    if suffix == "json":
        assert [(own.label, own.score) for own in found] == [("cat", 1.0), ("dog", 0.5)]


def test_maps_in_all_kinds_of_pictures(masks, tmp_path):
    levels = np.zeros(SHAPE, np.uint8)
    levels[masks[0]], levels[masks[1]] = 7, 200
    palette = Image.fromarray(levels).convert("P")
    palette.putpalette([0, 0, 0] * 256)  # all colours alike: indices tell objects apart
    rgb = np.zeros((*SHAPE, 3), np.uint8)
    rgb[masks[0]], rgb[masks[1]] = (255, 0, 0), (0, 255, 1)
    rgba = np.full((*SHAPE, 4), 255, np.uint8)
    rgba[..., :3], rgba[~(masks[0] | masks[1]), 3] = rgb + 1, 0
    wide = levels.astype(np.uint16) * 257
    pictures = {
        "l": Image.fromarray(levels),
        "p": palette,
        "rgb": Image.fromarray(rgb),
        "rgba": Image.fromarray(rgba),
        "wide": Image.fromarray(wide),
        "bit": Image.fromarray(masks[0]),
    }
    for name, image in pictures.items():
        path = tmp_path / f"{name}.png"
        image.save(path)
        found = read_objects(path, SHAPE)
        assert {own.area for own in found} == (
            {masks[0].sum()} if name == "bit" else {m.sum() for m in masks}
        ), name


def test_a_folder_with_a_picture_an_object(masks, tmp_path):
    overlapping = masks[0] | masks[1]
    for name, mask in (("a", masks[0]), ("b", overlapping)):
        Image.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / f"{name}.png")
    alpha = np.dstack([np.full((*SHAPE, 3), 9, np.uint8), masks[1].astype(np.uint8) * 255])
    Image.fromarray(alpha).save(tmp_path / "c.png")
    found = read_objects(tmp_path, SHAPE, "photo.jpg")
    same(found, [masks[0], overlapping, masks[1]])
    assert [own.label for own in found] == ["a", "b", "c"]


def test_a_folder_with_files_named_like_the_photos(objects, masks, tmp_path):
    path = tmp_path / "photo.json"
    path.write_bytes(objects_content(objects, SHAPE, path, "photo.jpg"))
    Image.fromarray(masks[0]).save(tmp_path / "other.png")
    same(read_objects(tmp_path, SHAPE, "elsewhere/photo.jpg"), masks)


def test_arrays(masks, tmp_path):
    np.save(tmp_path / "m.npy", np.stack(masks))
    same(read_objects(tmp_path / "m.npy", SHAPE), masks)
    labels = masks[0] * 3 + masks[1] * 900
    np.save(tmp_path / "l.npy", labels)
    same(read_objects(tmp_path / "l.npy", SHAPE), masks)
    same(vc.segment(np.zeros(SHAPE, np.uint8), labels), masks)


def test_polygons():
    box = {"segmentation": [[2, 3, 8, 3, 8, 7, 2, 7]], "category_id": 1, "image_id": 1}
    wanted = np.zeros(SHAPE, bool)
    wanted[3:7, 2:8] = True
    found = from_coco([box], SHAPE)
    same(found, [wanted])
    two = box | {"segmentation": [*box["segmentation"], [10, 10, 14, 10, 14, 12, 10, 12]]}
    wanted[10:12, 10:14] = True
    same(from_coco([two], SHAPE), [wanted])


def test_coco_of_several_pictures(objects, masks):
    document = to_coco(objects, SHAPE, "photo.jpg")
    document["images"].append({"id": 2, "file_name": "x.jpg", "width": 9, "height": 9})
    document["annotations"].append({**document["annotations"][0], "image_id": 2})
    same(from_coco(document, SHAPE, "a/photo.png"), masks)
    uncompressed = [
        {"image_id": 1, "segmentation": {"size": list(SHAPE), "counts": runs_of(m)}} for m in masks
    ]
    same(from_coco(uncompressed, SHAPE), masks)


def broken(change):
    mask = np.zeros(SHAPE, bool)
    mask[3:5, 3:9] = True
    document = to_coco([Instance.of(mask)], SHAPE, "photo.jpg")
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["images"][0].update(width=31), "is about a picture of 31 x 20"),
        (
            lambda d: (
                d["images"].append({"id": 2, "file_name": "b.jpg"})
                or d["images"][0].update(file_name="a.jpg")
            ),
            "is about other pictures (a.jpg, b.jpg, …), not about 'photo.jpg'",
        ),
        (lambda d: d["annotations"][0].update(category_id=9), "object 1: unknown label 9"),
        (lambda d: d["annotations"][0]["segmentation"].update(counts="51X"), "cut off in the mid"),
        (lambda d: d["annotations"][0]["segmentation"].update(counts="5!"), "broken RLE: '!'"),
        (lambda d: d["annotations"][0]["segmentation"].update(counts=[1, 2]), "its runs are 3"),
        (lambda d: d["annotations"][0]["segmentation"].update(counts=[-1, 601]), "0 or more"),
        (lambda d: d["annotations"][0]["segmentation"].update(counts=[600]), "its mask is empty"),
        (lambda d: d["annotations"][0]["segmentation"].update(size=[9, 9]), "size [9, 9]"),
        (lambda d: d["annotations"][0].update(segmentation=[[1, 2]]), "three corners"),
        (lambda d: d["annotations"][0].update(segmentation=[]), "no polygons and no RLE"),
        (lambda d: d["annotations"][0].update(score="high"), "score 'high'"),
        (lambda d: d["annotations"][0].update(score=2.0), "a score of 2.0"),
        (lambda d: d.update(annotations=[]), "holds no object of this photo"),
        (lambda d: d.update(annotations={}), "no list 'annotations'"),
        (lambda d: d.update(categories=[{}]), "'categories' need id and name"),
    ],
)
def test_broken_coco(change, words, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(broken(change)))
    with pytest.raises(InputError) as caught:
        read_objects(path, SHAPE, "photo.jpg")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def save(path, array):
    Image.fromarray(array).save(path)


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("m.png", lambda p: save(p, np.ones((9, 9), np.uint8)), "is 9 x 9, but the photo is 30"),
        ("m.png", lambda p: save(p, np.zeros(SHAPE, np.uint8)), "holds no object"),
        ("m.png", lambda p: p.write_bytes(b"nothing"), "is no picture"),
        ("m.jpg", lambda p: save(p, np.zeros(SHAPE, np.uint8)), "need a lossless format"),
        ("m.npy", lambda p: np.save(p, np.ones((9, 9), int)), "(9, 9), but the photo is 30 x 20"),
        ("m.npy", lambda p: np.save(p, -np.ones(SHAPE, int)), "must not be negative"),
        ("m.npy", lambda p: np.save(p, np.ones(SHAPE)), "expected whole numbers"),
        ("m.npy", lambda p: p.write_bytes(b"\x93NUMPY"), "is no array of numbers, or cut off"),
        ("m.npy", lambda p: np.save(p, np.full(SHAPE, object())), "is no array of numbers"),
        ("m.npy", lambda p: np.save(p, np.zeros((2, *SHAPE), bool)), "mask is empty"),
        ("m.json", lambda p: p.write_text("{"), "is no JSON"),
        ("m.json", lambda p: p.write_bytes(b"\xff\xfe"), "no text in UTF-8"),
        ("m", lambda p: p.mkdir(), "holds no masks"),
        ("m.png", lambda p: None, "no such file"),
    ],
)
def test_bad_files(name, make, words, tmp_path):
    path = tmp_path / name
    make(path)
    with pytest.raises(InputError) as caught:
        read_objects(path, SHAPE, "photo.jpg")
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_empty_object_of_a_folder(tmp_path):
    save(tmp_path / "a.png", np.zeros(SHAPE, np.uint8))
    with pytest.raises(InputError, match=r"a.png: its object is empty"):
        read_objects(tmp_path, SHAPE)


def test_a_photo_is_no_map(tmp_path, rng):
    save(tmp_path / "p.png", rng.integers(0, 256, (200, 200, 3)).astype(np.uint8))
    with pytest.raises(InputError, match="is it a photo"):
        read_objects(tmp_path / "p.png", (200, 200))


def test_a_thousand_objects(tmp_path):
    labels = np.arange(40 * 50).reshape(40, 50) // 2 + 1
    path = tmp_path / "m.png"
    Image.fromarray(labels.astype(np.uint16)).save(path)
    found = read_objects(path, (40, 50))
    assert len(found) == 1000
    np.testing.assert_array_equal(label_map(found, (40, 50)), labels)
    cues = vc.Cues.from_points((40, 50), [(3, 3), (40, 30)], ["tan", "navy"])
    gray = (labels % 251).astype(np.uint8)
    assert vc.colorize(gray, cues, "harmonic", objects=found).status == vc.Status.CONVERGED


def test_many_masks_need_many_levels(tmp_path):
    labels = np.arange(600).reshape(SHAPE) // 2 + 1
    found = vc.segment(np.zeros(SHAPE, np.uint8), labels)
    with pytest.raises(InputError, match="300 masks need"):
        objects_content(found, SHAPE, tmp_path / "m.bmp")

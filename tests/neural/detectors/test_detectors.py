"""Detectors, with doubles of their packages: what they are given, and what is kept of it."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import varcolor as vc
from varcolor.errors import FileError, InputError, MissingExtra
from varcolor.neural.cards import shipped
from varcolor.neural.detectors import maskrcnn, rfdetr
from varcolor.neural.detectors.base import seen
from varcolor.neural.detectors.maskrcnn import MaskRCNN
from varcolor.neural.detectors.rfdetr import RFDETR
from varcolor.objects.base import PROVIDERS

torch = pytest.importorskip("torch")
SHAPE = (60, 80)


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("VARCOLOR_OBJECTS", str(tmp_path / "objects"))
    monkeypatch.setenv("VARCOLOR_WEIGHTS", str(tmp_path / "weights"))
    maskrcnn._loaded.cache_clear()
    rfdetr._loaded.cache_clear()


def masks():
    """Two objects, a double of the first, an unsure and a tiny one, at half the photo's size."""
    found = np.zeros((5, 30, 40), bool)
    found[0, 5:20, 5:20] = True
    found[1, 6:20, 5:20] = True
    found[2, 5:20, 22:38] = True
    found[3, 22:28, 5:20] = True
    found[4, 0, 0] = True
    return found, np.array([0.9, 0.8, 0.7, 0.1, 0.95])


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(3))
        self.roi_heads = SimpleNamespace(score_thresh=0.0)
        self.given = []

    def forward(self, images):
        self.given.append(images[0])
        found, scores = masks()
        assert images[0].shape[1:] == found.shape[1:]
        return [
            {
                "masks": torch.from_numpy(found[:, None] * 0.9).float(),
                "scores": torch.from_numpy(scores),
                "labels": torch.tensor([1, 1, 2, 2, 7]),
            }
        ]


@pytest.fixture
def net(monkeypatch):
    """A double of torchvision, with one network."""
    own = Net()
    categories = ["__background__", "person", "dog"]
    weights = SimpleNamespace(COCO_V1=SimpleNamespace(meta={"categories": categories}))
    package, models, detection = (ModuleType(name) for name in ("torchvision", "models", "d"))
    detection.MaskRCNN_ResNet50_FPN_V2_Weights = weights
    detection.maskrcnn_resnet50_fpn_v2 = lambda weights, weights_backbone: own
    package.__version__, package.models, models.detection = "0.0", models, detection
    monkeypatch.setitem(sys.modules, "torchvision", package)
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    monkeypatch.setitem(sys.modules, "torchvision.models.detection", detection)
    return own


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "maskrcnn.pth"
    torch.save({"weight": torch.ones(3)}, path)
    return str(path)


@pytest.fixture(autouse=True)
def half_size(monkeypatch):
    """Detectors see the photo at half its size, so that masks must be enlarged."""
    monkeypatch.setattr(maskrcnn, "seen", lambda picture, side: seen(picture, 40))
    monkeypatch.setattr(rfdetr, "seen", lambda picture, side: seen(picture, 40))


def test_what_maskrcnn_sees_and_says(net, file, rng):
    gray = rng.integers(0, 255, SHAPE).astype(np.uint8)
    found = vc.segment(gray, MaskRCNN(weights=file, threshold=0.4))
    (given,) = net.given
    assert given.shape == (3, 30, 40)
    assert given.dtype == torch.float32
    assert 0 <= given.min() < given.max() <= 1
    assert (given[0] == given[1]).all()
    assert net.roi_heads.score_thresh == 0.4
    assert (net.weight == 1).all()
    assert [(own.label, round(own.score, 2)) for own in found] == [("person", 0.9), ("dog", 0.7)]
    np.testing.assert_array_equal(found[0].full, np.kron(masks()[0][0], np.ones((2, 2))) > 0)
    again = vc.segment(gray, MaskRCNN(weights=file, threshold=0.4))
    assert len(net.given) == 1  # from the disk
    assert [own.box for own in again] == [own.box for own in found]


def test_other_weights_are_another_answer(net, file, rng):
    gray = rng.integers(0, 255, SHAPE).astype(np.uint8)
    vc.segment(gray, MaskRCNN(weights=file))
    torch.save({"weight": torch.zeros(3)}, file)
    vc.segment(gray, MaskRCNN(weights=file))
    assert len(net.given) == 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"wait": torch.ones(3)}, "weight is missing"),
        ({"weight": torch.ones(4)}, "weight is 4, not 3"),
        ({"weight": torch.full((3,), float("nan"))}, "not finite"),
    ],
)
def test_weights_that_do_not_fit(net, file, state, words):
    torch.save(state, file)
    with pytest.raises(FileError, match=words):
        vc.segment(np.zeros(SHAPE, np.uint8), "maskrcnn", weights=file)


class Detections:
    def __init__(self):
        self.mask, self.confidence = masks()
        self.class_id = np.array([1, 1, 18, 18, 99])

    def __len__(self):
        return len(self.confidence)


@pytest.fixture
def package(monkeypatch):
    own = ModuleType("rfdetr")
    own.given, own.made, own.answer = [], [], Detections()

    class RFDETRSegMedium:
        class_names = {1: "person", 18: "dog"}  # noqa: RUF012

        def __init__(self, pretrain_weights, device):
            own.made.append((pretrain_weights, device))

        def predict(self, image, threshold):
            own.given.append((image.size, image.mode, threshold))
            return own.answer

    own.RFDETRSegMedium = RFDETRSegMedium
    monkeypatch.setitem(sys.modules, "rfdetr", own)
    return own


def test_rfdetr(package, file, rng):
    photo = rng.integers(0, 255, (*SHAPE, 3)).astype(np.uint8)
    found = vc.segment(photo, "rfdetr", weights=file)
    assert package.made == [(file, "cpu")]
    assert package.given == [((40, 30), "RGB", 0.3)]
    assert [(own.label, round(own.score, 2)) for own in found] == [("person", 0.9), ("dog", 0.7)]
    with pytest.raises(MissingExtra, match="has no RFDETRSegNano"):
        vc.segment(photo, "rfdetr", weights=file, size="nano")
    package.answer.mask = None
    with pytest.raises(FileError, match="without masks"):
        vc.segment(photo, "rfdetr", weights=file, threshold=0.5)
    with pytest.raises(InputError, match="expected nano, small"):
        RFDETR(size="huge")


@pytest.mark.parametrize("name", ["maskrcnn", "rfdetr"])
def test_without_package_or_weights(name, monkeypatch, net, package):
    with pytest.raises(FileError, match=r"needs weights.*--set weights=FILE"):
        vc.segment(np.zeros(SHAPE, np.uint8), name)
    monkeypatch.setitem(sys.modules, {"maskrcnn": "torchvision"}.get(name, name), None)
    with pytest.raises(MissingExtra, match=rf"pip install 'varcolor\[{name}\]'"):
        PROVIDERS[name](weights="x.pth").segment(None)


def test_cards():
    cards = {card.network: card for card in shipped()}
    for name in ("maskrcnn", "rfdetr"):
        assert cards[name].licence.startswith(("BSD-3", "Apache-2.0"))
        assert cards[name].limits


@pytest.mark.parametrize("gray", [False, True])
def test_pictures_are_given_at_their_size_or_smaller(gray, rng):
    photo = rng.integers(0, 255, SHAPE if gray else (*SHAPE, 3)).astype(np.uint8)
    picture = vc.Picture(photo)
    assert seen(picture, 1000).shape == (60, 80, 3)
    assert seen(picture, 20).shape == (15, 20, 3)
    wide = photo if not gray else np.stack([photo] * 3, axis=2)
    np.testing.assert_allclose(seen(picture, 1000), wide / 255)


def test_the_real_network_with_random_weights(tmp_path, rng):
    """Where torchvision is: the official keys and shapes, from file to objects."""
    try:
        from torchvision.models import detection
    except (ImportError, RuntimeError) as error:  # the latter: built for another PyTorch
        pytest.skip(f"no torchvision: {error}")
    torch.manual_seed(0)
    model = detection.maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None)
    torch.save(model.state_dict(), tmp_path / "w.pth")
    own = MaskRCNN(weights=str(tmp_path / "w.pth"), threshold=0.0, smallest=0.0, nms=1.0)
    found = own.segment(vc.Picture(rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)))
    assert all(one.shape == (64, 64) for one in found)

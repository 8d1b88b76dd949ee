"""Ways to colour a clip from keys: ours and others."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.film.clips import NOTHING, SPACE, Clip, points
from varcolor.energy.prior import Data
from varcolor.film.expected import expected_of
from varcolor.film.frame import Frame
from varcolor.film.march import Step, march
from varcolor.film.marches import march_all
from varcolor.film.motion.flow import Flow, flow_between
from varcolor.film.motion.links import Guide, links_between
from varcolor.film.shot import Shot
from varcolor.film.shots import REACHED
from varcolor.film.sweeps import Sweeps
from varcolor.film.window import Window
from varcolor.methods import make_method
from varcolor.options import FilmOptions
from varcolor.solve.solver import Goal

SLOPE = 255 * np.array([[0, 1.14], [0.395, 0.581], [2.033, 0]], np.float32)
METHOD = make_method("harmonic", {})
Keys = dict[int, Data]


def inner(u: Any) -> Any:
    """Return (H, W, 2) of a picture with a border."""
    return np.moveaxis(u[:, 1:-1, 1:-1], 0, 2)


def picture(clip: Clip, t: int, data: Data) -> Any:
    """Return the chroma of a frame solved alone."""
    step = Step(Frame.of(clip.luma[t], METHOD, data), None, True)
    return inner(march(step, None, Goal(0.5, 100), SLOPE)[0].chroma)


def alone(clip: Clip, keys: Keys, count: int) -> Any:
    """Each frame alone with so many points of its own."""
    return np.array([picture(clip, t, points(clip, t, count, t)) for t in range(clip.count)])


def copy(clip: Clip, keys: Keys, flows: list[Flow]) -> Any:
    """Copy the first key's solved frame on and on by the backward flow."""
    import cv2

    height, width = clip.luma.shape[1:]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    found = [picture(clip, 0, keys[0]).astype(np.float32)]
    for flow in flows:
        to = x + flow.backward[..., 0], y + flow.backward[..., 1]
        border = cv2.BORDER_REPLICATE
        found.append(cv2.remap(found[-1], *to, cv2.INTER_LINEAR, borderMode=border))
    return np.array(found)


def without_flow(clip: Clip, keys: Keys) -> Any:
    """Return space-time neighbours at the same place, all frames weighing alike.

    As Levin's extension to films but for its flow; symmetric Levin weights.
    """
    still = np.zeros((*clip.luma.shape[1:], 2), np.float32)
    all_steady = np.ones(still.shape[:2], bool)
    flow = Flow(still, still, all_steady, all_steady, 1.0, 0.0)
    guides = [Guide.of(luma) for luma in clip.luma]
    links = [links_between(guides[t], guides[t + 1], flow, 1.0) for t in range(clip.count - 1)]
    method = make_method("harmonic", {"affinity": "levin-sym"})
    frames = [
        Frame.of(luma, method, keys.get(t, NOTHING), 1.0, 0.0) for t, luma in enumerate(clip.luma)
    ]
    window = Window(frames, [None, *links, None], (None, None))
    u = np.zeros((clip.count, 2, *frames[0].soft()[0].shape), np.float32)
    mean = np.concatenate([own.values for own in keys.values()]).mean(axis=0)
    u[:, :, 1:-1, 1:-1] = mean.astype(np.float32)[None, :, None, None]
    window.solve(u, Goal(2.0, 30), SLOPE)
    return np.array([inner(own) for own in u])


def ours(clip: Clip, keys: Keys, windows: int = 0, prior: str = "") -> Any:
    """Return ours, and what it says of itself; as `solved`."""
    found, _, told = solved(clip, keys, windows, prior)
    return found, told


def solved(clip: Clip, keys: Keys, windows: int = 0, prior: str = "") -> tuple[Any, Any, Any]:
    """Return chroma (T, H, W, 2), whether a key reaches a pixel (T, H, W), and what is told.

    ``windows`` frames at a time, 0 = frame by frame; ``prior`` where no key reaches.
    """
    told: dict[str, Any] = {}
    shape = clip.luma.shape[1], clip.luma.shape[2]
    options = FilmOptions(prior=prior or None, threads=1)
    lumas = {t: clip.luma[t] for t in keys}
    guess = expected_of(options, SPACE, lumas, keys)
    expected = None if guess is None else (lambda t: guess(clip.luma[t]))
    with tempfile.TemporaryDirectory() as folder:
        shot = Shot(clip.count, shape, lambda t: clip.luma[t], keys, METHOD, Path(folder), expected)
        goal = Goal(0.5, 40)
        march_all(shot, goal, SLOPE, lambda part: None)
        if windows:
            sweeps = Sweeps(shot, Goal(0.5, 60), SLOPE, windows, 2, lambda part: None)
            status, error = sweeps.run()
            told |= {"status": str(status), "error": error, "changes": sweeps.changes}
            told["steps"] = sweeps.steps
        found = np.array([shot.read("chroma", t) for t in range(clip.count)])
        levels = np.array([shot.read("reach", t)[..., 0] for t in range(clip.count)])
        shot.close()
    reached = levels >= 255 * REACHED
    told["unreached"] = float(1 - reached[10:].mean())
    return found, reached, told


def flows_of(clip: Clip) -> list[Flow]:
    """Return the flow between all frames."""
    pairs = zip(clip.luma[:-1], clip.luma[1:], strict=True)
    return [flow_between(a, b) for a, b in pairs]

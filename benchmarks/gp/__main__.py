"""``python -m benchmarks.gp fit|tune|speed --data DIR``: the prior made of the photo's own cues.

fit
    Fits the kernel on training pictures and writes it into the package.
tune
    Paired gains over `harmonic` on other training pictures, by strength and power of the confidence
    (committed as gp-tuning).
speed
    CPU seconds of the prior at several sizes and numbers of cues, one thread; other work on the
    machine does not count (committed as gp-speed).
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

import varcolor as vc
from benchmarks.gp.fit import fit, save
from benchmarks.gp.samples import training_points
from benchmarks.harness import clocked
from benchmarks.quality.protocols import Case, hints, picture_files
from benchmarks.quality.summary import as_levels, mean_and_error, psnr
from benchmarks.report import data_argument, data_folder, write_result
from varcolor.energy.prior import Data
from varcolor.image.color import SPACES
from varcolor.prior.base import Scene
from varcolor.prior.gp import GP

_FOLDER = "imagenet-sample/train"
#: Hints of the tuning, and the priors that are compared.
COUNTS = (1, 5, 20, 100, 501)
PRIORS = {
    **{f"strength {k:g}": GP(strength=k, power=0.0) for k in (1e-3, 3e-4, 1e-4)},
    **{f"strength {k:g}, power 1": GP(strength=k, power=1.0) for k in (4e-5, 2e-5, 1e-5)},
    **{f"strength {k:g}, power 2": GP(strength=k, power=2.0) for k in (3e-6, 1e-6)},
}


def measure(prior: GP | None, case: Case) -> float:
    """Return the PSNR of a case."""
    result = vc.colorize(
        case.gray, case.cues, method="harmonic", space="lab", solver="direct", prior=prior
    )
    return psnr(as_levels(result.rgb.astype(np.float64)), case.truth)


def tune(arguments: argparse.Namespace) -> None:
    """Measure all priors on training pictures that the fit has not seen."""
    folder = data_folder(arguments) / _FOLDER
    seen = {f.name for f in picture_files(folder, arguments.pictures * 2 // 3, arguments.seed)}
    cases = hints(folder, 2 * arguments.dev, arguments.seed + 1, COUNTS)
    fresh = [case for case in cases if case.picture not in seen]
    names = sorted({case.picture for case in fresh})[: arguments.dev]
    chosen = [case for case in fresh if case.picture in names]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        base = np.array(list(pool.map(partial(measure, None), chosen)))
        rows = []
        for name, prior in PRIORS.items():
            gains = np.array(list(pool.map(partial(measure, prior), chosen))) - base
            row: dict[str, object] = {"prior": name}
            for count in COUNTS:
                mean, error = mean_and_error(gains[[case.hints == count for case in chosen]])
                row[f"{count} hints, dB"] = f"{mean:+.2f} ± {error:.2f}"
            print(row, flush=True)
            rows.append(row)
    write_result(arguments.out, "gp-tuning", rows, list(rows[0]))


def speed(arguments: argparse.Namespace) -> None:
    """Time the prior."""
    from skimage import data as pictures

    rows = []
    for side, count in ((256, 100), (1024, 100), (1024, 5000), (3464, 100)):
        tiles = -(-side // 512)
        photo = np.tile(pictures.astronaut(), (tiles, tiles, 1))[:side, :side]
        gray, rng = vc.to_gray(photo), np.random.default_rng(0)
        at = np.sort(rng.choice(side * side, count, replace=False))
        values = SPACES["yuv"].split(photo.reshape(-1, 3)[at] / 255.0)[1]
        data = Data(at, np.full(count, np.inf), values)
        scene, source = Scene(gray / 255.0, None, SPACES["yuv"]), GP()

        def prior(source: GP = source, scene: Scene = scene, data: Data = data) -> object:
            return source.run(source.prepare(scene), data)

        cpu = [clocked(prior, time.process_time)[0] for _ in range(arguments.repeats)]
        rows.append(
            {
                "megapixels": side * side / 1e6,
                "cues": count,
                "CPU seconds, best": min(cpu),
            }
        )
    write_result(arguments.out, "gp-speed", rows, list(rows[0]))


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gp", description=__doc__)
    parser.add_argument("command", choices=("fit", "tune", "speed"))
    data_argument(parser)
    parser.add_argument("--pictures", type=int, default=96, help="pictures of the fit [96]")
    parser.add_argument("--hints", type=int, default=250, help="hints a picture in the fit [250]")
    parser.add_argument("--steps", type=int, default=40, help="steps of the fit [40]")
    parser.add_argument("--dev", type=int, default=16, help="pictures of the tuning [16]")
    parser.add_argument("--repeats", type=int, default=5, help="of each timing [5]")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    if arguments.command == "fit":
        points = training_points(
            data_folder(arguments), arguments.pictures, arguments.hints, arguments.seed
        )
        kernel, value = fit(points, arguments.steps)
        how = f"{len(points)} pictures, {arguments.hints} hints each, seed {arguments.seed}"
        save(kernel, how)
        print(f"{how}: {value:.5f}")
    else:
        {"tune": tune, "speed": speed}[arguments.command](arguments)


if __name__ == "__main__":
    main()

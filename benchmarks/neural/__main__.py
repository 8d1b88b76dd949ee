"""``python -m benchmarks.neural calibrate --data DIR --network siggraph17 --weights FILE``.

``calibrate`` fits the numbers of a network's confidence on training pictures, checks them on
others, and with ``--write`` puts them where varcolor reads them. ``overhead`` measures what a
network costs beside its forward pass (``--megapixels 12``). ``--simulated`` takes a simulated
network.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.neural import calibrate, overhead
from benchmarks.neural.double import SimulatedNetwork
from benchmarks.report import data_argument, data_folder, machine
from varcolor.typing import FloatArray

_NUMBERS = Path(__file__).parents[2] / "varcolor" / "neural" / "calibration.json"


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neural", description=__doc__)
    data_argument(parser)
    parser.add_argument("what", choices=("calibrate", "overhead"))
    parser.add_argument("--network", default="siggraph17")
    parser.add_argument("--weights")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "overhead":
        found = overhead.measure(arguments.megapixels, 2, arguments.seed)
        _save(arguments.out / "neural-overhead.json", found)
        return
    net: Any = None
    if not arguments.simulated:
        from varcolor.neural import load_network

        net = load_network(arguments.network, arguments.weights, arguments.device)

    def net_of(truth: FloatArray, number: int) -> Any:
        return net or SimulatedNetwork.of(truth, arguments.seed + number)

    data, own = data_folder(arguments), (arguments.pictures, arguments.seed, arguments.size)
    train = calibrate.samples(net_of, data / "imagenet-sample/train", *own)
    numbers = calibrate.fitted(train)
    check = calibrate.samples(net_of, data / "imagenet-sample/val", *own)
    half, nine = calibrate.coverage(check, numbers)
    found = {"network": arguments.network, "simulated": arguments.simulated, **numbers}
    found |= {"within 50 %": half, "within 90 %": nine, "pictures": arguments.pictures}
    _save(arguments.out / "neural-calibration.json", found)
    if arguments.write:
        made_of = "a simulated network" if arguments.simulated else arguments.network
        calibrate.write(_NUMBERS, numbers, made_of)


def _save(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

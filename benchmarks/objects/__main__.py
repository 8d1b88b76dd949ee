"""``python -m benchmarks.objects cuts|factors|clicks|counts|fusion|size --data DIR``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from benchmarks.objects import clicks, cuts, factors, fusion, size
from benchmarks.report import data_argument, data_folder, machine, rows_file


def main() -> None:
    """Run one of the measurements, and write all tables anew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.objects", description=__doc__)
    data_argument(parser)
    parser.add_argument("what", choices=("cuts", "factors", "clicks", "counts", "fusion", "size"))
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--method", default="harmonic")
    parser.add_argument("--megapixels", type=float, default=12)
    arguments = parser.parse_args()
    what, seed = arguments.what, arguments.seed
    if what == "size":
        table = [size.measure(arguments.megapixels, 50, 1, seed)]
    else:
        data = data_folder(arguments)
        if what == "clicks":
            rows, table_of = clicks.rows(data / "video", arguments.repeats, seed), clicks.summary
        elif what == "counts":
            rows = clicks.rows(data / "video", arguments.repeats, seed, clicks.COUNTS)
            table_of = clicks.curve
        elif what == "factors":
            own_factors = data / "video", arguments.repeats, seed, arguments.method
            rows, table_of = factors.rows(*own_factors), factors.summary
        elif what == "fusion":
            own = data / "bsds500/val", arguments.pictures, seed
            rows, table_of = fusion.rows(*own), fusion.summary
        else:
            own = data / "bsds500/val", arguments.pictures, seed
            rows, table_of = cuts.rows(*own, arguments.method), cuts.summary
        found = []
        with rows_file(arguments, f"objects-{what}").open("w") as file:
            for row in rows:
                found.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
        table = table_of(found)
    name = what if arguments.method == "harmonic" else f"{what}-{arguments.method}"
    path = arguments.out / "objects.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    kept[name] = {"machine": machine(), "table": table}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    (arguments.out / "objects.md").write_text(markdown(kept))
    print(json.dumps(table, indent=1, ensure_ascii=False))


#: What every table is about.
WORDS = {
    "cuts": "Cut edges (cut 1) against none, hints protocol at 256 x 256 on BSDS500 val, method "
    "harmonic: gain in PSNR, and bleeding at the oracle's borders as a part of that without; ± is "
    "the standard error of the mean. Clicks: three inside, three outside, for the six largest "
    "segments.",
    "cuts-auto": "The same with the method auto.",
    "clicks": "Masks from three clicks inside and three outside at random places, first frames of "
    "DAVIS clips at 854 x 480; answers in a session.",
    "counts": "The same by number of clicks, half of them inside: median IoU of both photos.",
    "factors": "How far borders separate (--cut), against none: hints protocol at 256 x 256 on the "
    "first frames of DAVIS clips, method harmonic; masks drawn by people, SLIC's regions, and what "
    "three clicks inside and three outside find. Gain in PSNR, and bleeding at the drawn mask's "
    "border as a part of that without.",
    "factors-auto": "The same with the method auto.",
    "fusion": "Per-object fusion with a simulated network, masks moved by 3 pixels, a fifth of the "
    "objects nonsense; BSDS500 val at 384 x 384. Seams: error of the chroma's gradient within two "
    "pixels of masks' borders.",
    "size": "Fifty objects, cut 1, against the plain solve.",
}


def markdown(kept: dict[str, Any]) -> str:
    """Return all tables."""
    parts = ["# Objects\n"]
    for name, words in WORDS.items():
        if name not in kept:
            continue
        table = kept[name]["table"]
        columns = list(table[0])
        lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
        lines += ["| " + " | ".join(str(row[c]) for c in columns) + " |" for row in table]
        host = kept[name]["machine"]
        parts.append(f"{words}\n\n" + "\n".join(lines))
        parts.append(f"\n{host['processor']}, {host['cores']} cores, {host['date']}.\n")
    return "\n".join(parts)


if __name__ == "__main__":
    main()

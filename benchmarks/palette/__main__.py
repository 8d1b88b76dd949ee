"""``python -m benchmarks.palette PART --data DIR``: main colours, what recolouring keeps, time.

`schemes` makes varcolor/palette/schemes.json; `extract` compares ways to find main colours
(palette-extract); `posters` recolours posters (palette); `time` measures a picture of 12 megapixels
(palette-time); `sheet` draws the posters and their results, outside of the repository; `example`
draws results of a free picture (palette-sheet.jpg).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.palette import example, extract, posters, schemes, timed
from benchmarks.report import data_argument, data_folder, write_result

PARTS = ("schemes", "extract", "posters", "time", "sheet", "example")


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--pictures", type=int, default=20, help="how many posters [20]")
    data_argument(parser)
    arguments = parser.parse_args()
    if arguments.part == "example":
        example.sheet(arguments.out / "palette-sheet.jpg")
        return
    data = data_folder(arguments)
    folder = data / "posters" / "upto1929"
    chosen = sorted(folder.glob("*.jpg"))[:: max(1, 50 // arguments.pictures)]
    chosen = chosen[: arguments.pictures]
    if arguments.part == "schemes":
        target = Path(__file__).parents[2] / "varcolor" / "palette" / "schemes.json"
        schemes.write(folder, target)
    elif arguments.part == "extract":
        rows = extract.rows([*chosen, *sorted((data / "kodak").glob("*.png"))])
        write_result(arguments.out, "palette-extract", rows, extract.COLUMNS)
    elif arguments.part == "posters":
        rows = posters.rows(chosen, arguments.rows / "palette-posters")
        write_result(arguments.out, "palette", rows, posters.COLUMNS)
    elif arguments.part == "time":
        rows = timed.rows(data / "large" / "elephants_5640x3172.jpg")
        write_result(arguments.out, "palette-time", rows, timed.COLUMNS)
    else:
        posters.sheet(chosen, arguments.rows / "palette-posters")


if __name__ == "__main__":
    main()

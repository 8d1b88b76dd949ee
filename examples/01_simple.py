"""The job in five lines: a grey photo and strokes in, the coloured photo out.

python examples/01_simple.py [FOLDER]
"""

import sys
from pathlib import Path

import varcolor as vc

here = Path(__file__).parent
out = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = vc.read(here / "pictures" / "cat.png")
cues = vc.read_cues(here / "pictures" / "cat-strokes.json")
result = vc.colorize(photo, cues)
vc.write(result.picture, out / "01-cat.png")

print(f"{result.status}: {out / '01-cat.png'}")

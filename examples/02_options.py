"""The same job with options: more sources of colour, another method, progress, diagnostics.

python examples/02_options.py [FOLDER]
"""

import sys
from pathlib import Path

import varcolor as vc

here = Path(__file__).parent
out = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = vc.read(here / "pictures" / "cat.png")

# Colours from several sources; where two know a pixel, the later one wins.
cues = vc.read_cues(here / "pictures" / "cat-strokes.json", photo)
cues |= vc.Cues.from_points(photo, [(262, 240), (270, 238)], ["#a0462d", "#a0462d"])
nose = vc.Stroke(((262.0, 236.0), (276.0, 240.0)), radius=3, color=(0.63, 0.27, 0.18), weight=0.5)
cues |= vc.rasterise([nose], photo.shape)  # a soft cue: a wish, not an order


def progress(stage: str, fraction: float, preview: object = None) -> None:
    """Print a line; ``preview()`` would give the present picture."""
    print(f"{fraction:4.0%} {stage}", file=sys.stderr)


result = vc.colorize(
    photo,
    cues,
    method=vc.Harmonic(affinity="gauss4", sigma=0.05),
    space="oklab",
    solver="amg",
    tolerance=0.1,
    progress=progress,
)
vc.write(result.picture, out / "02-cat.tif")
vc.save_cues(cues, out / "02-cues.json")

print(f"{result.status} after {result.steps} steps of {result.solver}")
print(f"checked: no RGB value is more than {result.error:.2g}/255 from the exact answer")
for note in result.notes:
    print("note:", note)

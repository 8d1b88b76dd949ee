"""The picture of the painting page in the README: needs Playwright and Chromium.

Run ``python examples/paint_picture.py``. The photo is NASA's portrait of Eileen Collins (public
domain), which scikit-image carries.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import skimage
from PIL import Image
from playwright.sync_api import sync_playwright

import varcolor as vc

STROKES = [
    ("#c85a20", 7, [[196, 392], [240, 430], [268, 452]]),
    ("#c85a20", 6, [[120, 400], [150, 330]]),
    ("#c85a20", 6, [[318, 330], [338, 400]]),
    ("#e8b496", 6, [[226, 108], [238, 160], [220, 172]]),
    ("#8a5a34", 5, [[196, 40], [250, 36], [292, 90]]),
    ("#5878b4", 7, [[140, 30], [120, 130]]),
    ("#5878b4", 7, [[330, 20], [320, 180]]),
    ("#a02c38", 4, [[18, 60], [28, 150]]),
    ("#24366c", 4, [[70, 22], [62, 60]]),
    ("#8a4a3a", 5, [[430, 40], [436, 110]]),
    ("#303438", 5, [[380, 480], [420, 470]]),
    ("#f0ece4", 4, [[262, 380], [276, 470]]),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

here = Path(__file__).parent
with tempfile.TemporaryDirectory() as place:
    photo = vc.to_gray(vc.read(Path(skimage.__file__).parent / "data" / "astronaut.png"))
    vc.write(photo, Path(place) / "portrait.png")
    token = secrets.token_hex(16)
    server = subprocess.Popen(
        [sys.executable, "-m", "varcolor", "paint", f"{place}/portrait.png", "--no-browser",
         "--token", token],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_STATE_HOME": place},
    )  # fmt: skip
    try:
        address = server.stdout.readline().split(" at ")[1].strip()
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(
                viewport={"width": 1280, "height": 780}, device_scale_factor=1.5
            )
            page.goto(address)
            page.wait_for_selector("#badge.final", timeout=60_000)
            for color, radius, points in STROKES:
                stroke = {"kind": "paint", "color": color, "radius": radius, "points": points}
                page.evaluate(f"varcolor.set({{color: '{color}', radius: {radius}}})")
                page.evaluate(f"varcolor.add([{json.dumps(stroke)}], 'stroke')")
            page.wait_for_selector("#badge.final", timeout=60_000)
            time.sleep(9)  # the last tile, and the message in the corner gone
            page.screenshot(path=f"{place}/page.png")
            browser.close()
        picture = Image.open(f"{place}/page.png").convert("RGB")
        picture.save(here / "pictures" / "paint.jpg", quality=84, optimize=True)
    finally:
        server.kill()
        server.wait()

"""Latency of the painting page, measured in Chromium: `python -m benchmarks.paint`.

Strokes are drawn by the browser's own pointer events on photos of 1 to 60 megapixels. Measured are
the time from pointer-up to the frame that shows the preview, long tasks of the page while strokes
are drawn, the rate of previews meanwhile, the time to the full-size result against the time that
its solve took, the first paint of the page, and the start of the server.
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import varcolor as vc

RESULTS = Path(__file__).parent / "results" / "paint.md"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Seconds to wait for a full-size result.
_PATIENCE = 120
_WATCH = """() => {
  window.times = { up: 0, shown: [], previews: 0, long: [], final: [], solve: [] };
  new PerformanceObserver((list) => list.getEntries().forEach((e) => times.long.push(e.duration)))
    .observe({ entryTypes: ["longtask"] });
  document.getElementById("stage").addEventListener("pointerup", () => {
    times.up = performance.now(); times.waiting = true; times.seq = varcolor.live.seq + 1;
  }, { capture: true });
  varcolor.on("frame", ({ facts }) => {
    if (facts.type !== "preview") return;
    if (facts.live) times.previews += 1;
    if (facts.live || !times.waiting || facts.seq < times.seq) return;
    times.waiting = false;
    const up = times.up;
    varcolor.stage.onpaint = (at) => times.shown.push(at - up);
  });
  varcolor.on("message", (facts) => {
    if (facts.type !== "final" || facts.seq < times.seq) return;
    times.final.push(performance.now() - times.up); times.solve.push(facts.seconds * 1000);
  });
}"""


@dataclass(frozen=True)
class Row:
    """What was measured on one photo."""

    megapixels: float
    shown: list[float]
    rate: float
    longest: float
    full: float
    solve: float

    def line(self) -> str:
        shown = sorted(self.shown)
        p95 = shown[min(len(shown) - 1, int(0.95 * len(shown)))]
        full = f"{self.full / 1000:.2f} | {self.full / self.solve:.2f}"
        full = f"> {_PATIENCE} | " if not self.full else full
        return (
            f"| {self.megapixels:.0f} | {statistics.median(shown):.0f} | {p95:.0f} "
            f"| {self.rate:.0f} | "
            f"{self.longest:.0f} | {full} |"
        )


def photo(side: int) -> np.ndarray[Any, Any]:
    """Return a grey photo of side x side pixels: a portrait, enlarged, with grain."""
    import skimage

    path = Path(skimage.__file__).parent / "data" / "astronaut.png"
    gray = vc.to_gray(vc.read(path)).pixels
    at = np.arange(side) * 512 // side
    grain = np.random.default_rng(0).integers(-6, 7, (side, side), np.int16)
    return np.clip(gray[np.ix_(at, at)] + grain, 0, 255).astype(np.uint8)


def start(folder: Path) -> tuple[subprocess.Popen[str], str, float]:
    """Start the server; return it, the page's address and the seconds that it took."""
    command = [sys.executable, "-m", "varcolor", "paint", str(folder), "--no-browser"]
    env = {**os.environ, "XDG_STATE_HOME": tempfile.mkdtemp()}
    began = time.perf_counter()
    token = secrets.token_hex(16)
    process = subprocess.Popen(
        [*command, "--token", token], stdout=subprocess.PIPE, text=True, env=env
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, line.split(" at ")[1].strip(), time.perf_counter() - began


def measure(page: Any, url: str, name: str, side: int, strokes: int) -> Row:
    """Draw strokes on one photo and return what was measured."""
    page.goto(f"{url}&photo={name}")
    page.wait_for_selector("#badge.final", timeout=300_000)
    page.evaluate(_WATCH)
    box = page.locator("#stage").bounding_box()
    rng = np.random.default_rng(1)
    drawn = 0.0
    for number in range(strokes):
        page.evaluate(
            f"varcolor.set({{color: '#{rng.integers(1 << 24):06x}', radius: {side / 100}}})"
        )
        x, y = rng.uniform(0.1, 0.8, 2) * side
        places = [(x + k * side / 160, y + k * side / 200) for k in range(12)]
        on_screen = [page.evaluate(f"varcolor.stage.toScreen([{a}, {b}])") for a, b in places]
        page.mouse.move(box["x"] + on_screen[0][0], box["y"] + on_screen[0][1])
        page.mouse.down()
        began = time.perf_counter()
        for a, b in on_screen[1:]:
            page.mouse.move(box["x"] + a, box["y"] + b)
            time.sleep(0.016)
        drawn += time.perf_counter() - began
        page.mouse.up()
        while page.evaluate("times.shown.length") <= number:
            time.sleep(0.02)
        if number % 5 == 4:  # let a few full-size results come
            finals = page.evaluate("times.final.length")
            end = time.monotonic() + _PATIENCE
            while page.evaluate("times.final.length") == finals and time.monotonic() < end:
                time.sleep(0.05)
    times = page.evaluate("times")
    longest = max(times["long"], default=0.0)
    full = statistics.median(times["final"] or [0.0])
    solve = statistics.median(times["solve"] or [0.0])
    rate = times["previews"] / drawn
    return Row(side * side / 1e6, times["shown"], rate, longest, full, solve)


def report(
    rows: list[Row], loads: list[float], starts: list[float], paint: float, strokes: int
) -> str:
    """Return the table."""
    load = statistics.mean(loads)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join(
        [
            "# Latency of the painting page",
            "",
            f"Chromium without a GPU on {cores} cores ({platform.machine()}), {strokes} "
            f"strokes a photo, method auto. While it ran, {load:.1f} processes wanted a core on "
            "average, those of the benchmark included: on a busy machine all times are longer.",
            "",
            "Up to preview: from pointer-up to the frame that shows the preview. Longest task: of "
            "the page while strokes were drawn. Full size: from pointer-up to the full-size "
            "result, in seconds and as a multiple of the time that its solve took.",
            "",
            "| megapixels | up to preview, ms: median | 95 % | previews a second while drawing "
            "| longest task, ms | full size, s | / solve |",
            "|---|---|---|---|---|---|---|",
            *(row.line() for row in rows),
            "",
            f"The server answers {statistics.median(starts):.2f} s after its start; the page "
            f"paints {paint:.0f} ms after the server's answer.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=30)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--sides", type=int, nargs="*", default=[1000, 2000, 3464, 7746])
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for side in options.sides:
            vc.write(photo(side), folder / f"{side}.png")
        starts = []
        for _ in range(3):
            process, url, seconds = start(folder)
            starts.append(seconds)
            process.kill()
            process.wait()
        process, url, seconds = start(folder)
        try:
            with sync_playwright() as player:
                browser = player.chromium.launch(executable_path=options.chromium, args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(url)
                page.wait_for_selector("#open-file")
                paint = page.evaluate(
                    "performance.getEntriesByName('first-contentful-paint')[0].startTime - "
                    "performance.getEntriesByType('navigation')[0].responseStart"
                )
                rows, loads = [], []
                for side in options.sides:
                    rows.append(measure(page, url, f"{side}.png", side, options.strokes))
                    loads.append(os.getloadavg()[0])
                    print(rows[-1].line(), flush=True)
                    text = report(rows, loads, starts, paint, options.strokes)
                    RESULTS.write_text(text, encoding="utf-8")
                browser.close()
        finally:
            process.kill()
            process.wait()
    print(f"wrote {RESULTS}")


if __name__ == "__main__":
    main()

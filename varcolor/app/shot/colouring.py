"""The film coloured from the keys that there are: small, while one waits."""

from __future__ import annotations

import math
import shutil
import tempfile
import threading
import time
import traceback
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from varcolor.app.tiles import block_means, png
from varcolor.errors import Cancelled, InputError, VarcolorError
from varcolor.film.colorize import colorize_film
from varcolor.film.suggest import suggested
from varcolor.image.read import read
from varcolor.options import FilmOptions
from varcolor.typing import Shape

#: Pixels of a frame, at most.
_PIXELS = 80_000
_HEIGHT = 90


class Colouring:
    """Colours a film again and again, one run at a time; the last complete one is shown.

    Parameters
    ----------
    film, keys : Path
        The film, and its folder of keys.
    shape : (int, int)
        Height and width of its frames.
    """

    def __init__(self, film: Path, keys: Path, shape: Shape) -> None:
        self._film, self._keys = film, keys
        self.step = max(1, math.ceil(math.sqrt(shape[0] * shape[1] / _PIXELS)))
        self._folder = tempfile.TemporaryDirectory(
            prefix="varcolor-film-", ignore_cleanup_errors=True
        )
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._begun = self._version = 0
        self._frames: list[Path] = []
        self._told: dict[str, Any] = {"running": False, "error": "", "notes": [], "next": []}

    def facts(self) -> dict[str, Any]:
        """Return how far it is, and what the last run came to."""
        with self._lock:
            return {**self._told, "version": self._version}

    def start(self, pool: Executor) -> None:
        """Begin a run.

        Raises
        ------
        InputError
            If there is no key yet, or a run is under way.
        """
        if not self._keys.is_dir() or not any(self._keys.iterdir()):
            raise InputError("paint a frame first: there is nothing to colour the film from")
        with self._lock:
            if self._told["running"]:
                raise InputError("the film is being coloured already")
            self._stopped = threading.Event()
            self._told |= {"running": True, "stage": "read", "fraction": 0.0, "left": 0.0}
            self._told |= {"error": ""}
            self._begun += 1
            number, stopped = self._begun, self._stopped
        pool.submit(self._run, number, stopped)

    def cancel(self) -> None:
        """End the run that is under way."""
        self._stopped.set()

    def close(self) -> None:
        """End the run that is under way, and drop what is shown."""
        self.cancel()
        self._folder.cleanup()

    def _run(self, number: int, stopped: threading.Event) -> None:
        began = time.monotonic()
        out = Path(self._folder.name) / str(number)

        def report(stage: str, fraction: float, preview: Any = None) -> None:
            if stopped.is_set():
                raise Cancelled("stopped")
            passed = time.monotonic() - began
            left = passed * (1 - fraction) / fraction if fraction > 0.01 else 0.0
            with self._lock:
                self._told |= {"stage": stage, "fraction": fraction, "left": round(left, 1)}

        ended: dict[str, Any] = {}
        try:
            options = FilmOptions()
            result = colorize_film(
                self._film, self._keys, out, options, step=self.step, progress=report
            )
        except Cancelled:
            shutil.rmtree(out, ignore_errors=True)
        except (VarcolorError, MemoryError, OSError) as error:
            ended["error"] = (str(error) or "out of memory")[:500]
        except Exception as error:  # a bug of ours must not end the painting
            traceback.print_exc()
            ended["error"] = f"an error of the program itself ({type(error).__name__}: {error})"
        else:
            ended["notes"] = list(result.notes)
            ended["shots"] = [shot.first for shot in result.shots]
            ended["next"] = [
                {"frame": own.frame, "unreached": own.unreached, "bare": own.bare}
                for own in suggested(result)
            ]
            with self._lock:
                self._version, self._frames = number, sorted(out.iterdir())
            shutil.rmtree(out.with_name(str(number - 1)), ignore_errors=True)
        finally:
            with self._lock:
                self._told |= {**ended, "running": False}

    def frame(self, version: int, place: int, small: bool) -> bytes:
        """Return a coloured frame as a picture file.

        Raises
        ------
        InputError
            If it is not of the run that is shown.
        """
        with self._lock:
            known = version == self._version and 0 <= place < len(self._frames)
            path = self._frames[place] if known else None
        if path is None:
            raise InputError("the film has been coloured anew")
        if not small and path.suffix == ".png":
            return path.read_bytes()
        pixels = read(path).as_float()
        levels = (pixels * 255 + 0.5).astype("uint8")
        return png(block_means(levels, max(1, round(levels.shape[0] / _HEIGHT)) if small else 1))

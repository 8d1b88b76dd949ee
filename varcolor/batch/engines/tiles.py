"""The steps of a picture in parts on the workers of a Dask scheduler.

Workers see the folder of the result, read and write the fields in it, and keep the tiles that they
have prepared: a tile goes to the same worker every time, as long as that one lives. What a worker
was at when it died is done again by another one: a step changes what only its own tile owns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from varcolor.backend.imports import import_scipy
from varcolor.batch.engines.cluster import Cluster, mapped, mapping_of, require, workers_of
from varcolor.energy.prior import Data
from varcolor.errors import BackendError
from varcolor.tiled.expected import Expected
from varcolor.tiled.steps import Scene, Steps

#: How often a step is tried whose worker died.
_TIMES = 3
#: Where a worker keeps its steps; the cues' file in the folder of the result.
_PLACE, _CUES = "_varcolor_steps", "cues.npz"


class ClusterCrew:
    """Who does the steps: a cluster's workers.

    Parameters
    ----------
    cluster : Cluster
        Connected; its versions have been compared.
    scene : Scene
        The picture; its paths are mapped for the workers.
    mapping : sequence of str
        ``FROM=TO``, as for `Cluster.of`.
    """

    def __init__(self, cluster: Cluster, scene: Scene, mapping: Sequence[str] = ()) -> None:
        self._client: Any = cluster.client
        folder = mapped(scene.folder, mapping_of(mapping)) if mapping else scene.folder.absolute()
        self._folder = folder
        data = scene.known.data  # there may be many cues: they go by a file
        own: dict[str, Any] = {} if scene.expected is None else scene.expected.to_arrays()
        np.savez(scene.folder / _CUES, at=data.at, weight=data.weight, values=data.values, **own)
        none = Data(data.at[:0], data.weight[:0], data.values[:0])
        known = replace(scene.known, data=none)
        self._scene = replace(scene, folder=folder, known=known, expected=None)

    def run(self, step: str, calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what the steps return, in the order of the calls.

        Raises
        ------
        BackendError
            If a tile's workers died again and again, or the scheduler is gone.
        """
        workers = self._workers()
        waiting = [(call, self._start(step, workers, call)) for call in calls]
        for call, future in waiting:
            yield self._result(step, call, future)

    def close(self) -> None:
        """Let the workers close their files and remove their tiles."""
        if self._client.status == "running":
            self._client.run(_forget, str(self._folder))

    def _workers(self) -> list[str]:
        return sorted(workers_of(self._client))

    def _start(self, step: str, workers: Sequence[str], call: tuple[Any, ...]) -> Any:
        own: dict[str, Any] = {"pure": False}
        if workers:
            own |= {"workers": [workers[call[0] % len(workers)]], "allow_other_workers": True}
        return self._client.submit(_step, self._scene, step, call, **own)

    def _result(self, step: str, call: tuple[Any, ...], future: Any) -> Any:
        from distributed import KilledWorker

        for _ in range(_TIMES):
            try:
                return future.result()
            except CancelledError:
                require(self._client, future)
                raise
            except KilledWorker:
                future = self._start(step, self._workers(), call)
        raise BackendError(
            f"tile {call[0]}: its worker was killed {_TIMES} times (out of memory, or a crash); "
            "give workers more memory, or a smaller --memory; the same command goes on"
        )


def _step(scene: Scene, step: str, call: tuple[Any, ...]) -> Any:
    """Do a step on a worker."""
    import_scipy()  # a worker may have other threads
    from distributed import get_worker

    worker: Any = get_worker()
    known: dict[str, Steps] = worker.__dict__.setdefault(_PLACE, {})
    place = str(scene.folder)
    if place not in known:
        name = f"tiles-{''.join(c for c in worker.address if c.isalnum())}"
        with np.load(scene.folder / _CUES) as found:
            data = Data(found["at"], found["weight"], found["values"])
            expected = Expected.from_arrays(found) if "slope" in found else None
        own = replace(scene, known=replace(scene.known, data=data), expected=expected)
        known[place] = Steps(own, name, fresh=False)
    result = getattr(known[place], step)(*call)
    known[place].flush()  # others may read it elsewhere
    return result


def _forget(folder: str, dask_worker: Any = None) -> None:
    steps = dask_worker.__dict__.get(_PLACE, {}).pop(str(Path(folder)), None)
    if steps is not None:
        steps.close()

"""Tiles as tasks of a cluster: the same answer, and a worker's death costs a step."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest

pytest.importorskip("distributed")

import varcolor as vc
from tests.batch.test_cluster import started_cluster
from tests.tiled.test_tiled import scene, small_tiles  # noqa: F401
from varcolor.batch.engines.cluster import Cluster
from varcolor.batch.engines.tiles import ClusterCrew

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]


class Dying(ClusterCrew):
    """Kills one of the workers while they have work."""

    killed = False

    def run(self, step, calls):
        for number, found in enumerate(super().run(step, calls)):
            if step == "share" and number == 1 and not self.killed:
                self.killed = True
                workers = sorted(self._client.run(os.getpid).values())
                os.kill(workers[0], signal.SIGKILL)
            yield found


class Losing(ClusterCrew):
    """Kills the scheduler in the third sweep."""

    def __init__(self, cluster, picture, scheduler):
        super().__init__(cluster, picture)
        self._scheduler, self.sweeps = scheduler, 0

    def run(self, step, calls):
        self.sweeps += step == "share"
        for number, found in enumerate(super().run(step, calls)):
            if step == "solve" and self.sweeps == 3 and not number:
                self._scheduler.kill()
            yield found


def test_gone_on_without_a_scheduler_that_was_killed(scene, tmp_path):  # noqa: F811
    path, _, cues = scene
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    here = vc.colorize_tiled(path, cues, tmp_path / "here.tif", options)
    crews, there = [], tmp_path / "there.tif"
    with started_cluster() as (address, scheduler):
        cluster = Cluster.of(address, None)

        def crew(own):
            crews.append(Losing(cluster, own, scheduler))
            return crews[-1]

        with pytest.raises(vc.BackendError, match=r"the scheduler is lost.* again to go on"):
            vc.colorize_tiled(path, cues, there, options, crew=crew)
        crews[0].close()
        cluster.close()
    assert crews[0].sweeps == 3 and not there.exists()
    gone_on = vc.colorize_tiled(path, cues, there, options)
    assert gone_on.status is vc.Status.CONVERGED and gone_on.sweeps > 2
    one, other = (vc.read(tmp_path / name).pixels for name in ("here.tif", "there.tif"))
    assert np.abs(one.astype(int) - other).max() <= 1
    assert here.tiles == gone_on.tiles and not list(tmp_path.glob(".there*"))


def test_as_here_though_a_worker_dies(scene, tmp_path):  # noqa: F811
    from distributed import Client, LocalCluster

    path, gray, cues = scene
    options = vc.SolveOptions(method="harmonic", threads=1, on_miss="ignore")
    here = vc.colorize_tiled(path, cues, tmp_path / "here.tif", options)
    crews = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        cluster = Cluster(Client(local, set_as_default=False))

        def crew(own):
            crews.append(Dying(cluster, own))
            return crews[-1]

        there = vc.colorize_tiled(path, cues, tmp_path / "there.tif", options, crew=crew)
        crews[0].close()
        cluster.close()
    assert crews[0].killed
    assert there.status is vc.Status.CONVERGED and there.tiles == here.tiles == 9
    one, other = (vc.read(tmp_path / name).pixels for name in ("here.tif", "there.tif"))
    assert np.abs(one.astype(int) - other).max() <= 1
    assert (vc.to_gray(other) == gray).all()
    assert not list(tmp_path.glob(".there*"))

"""A network on a cluster: loaded once by every worker, and the same results as here."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

pytest.importorskip("distributed")
pytest.importorskip("torch")

import varcolor as vc
from tests.batch.conftest import fill
from tests.batch.test_cluster import made
from tests.conftest import photo
from varcolor.batch.engines.cluster import Cluster

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]


@pytest.fixture
def trained(tmp_path):
    """A network of a few weights, trained for two steps."""
    from varcolor.training.config import Config, DataOptions, LoopOptions
    from varcolor.training.run import train

    for k in range(4):
        part = np.ascontiguousarray(photo()[40 * k : 40 * k + 40, :40])
        vc.write(part, tmp_path / "archive" / f"{k}.png")
    data = DataOptions(places=(str(tmp_path / "archive"),), size=16, held_out=0.3)
    loop = LoopOptions(steps=2, batch=2, every=2, look=2, ema=0.5)
    network = {"width": 4, "depth": 2}
    own = {"options": {"network": "colornet-v2"}, "network": network, "data": data, "loop": loop}
    train(Config(name="tiny", task="regression", **own), tmp_path / "run")
    return tmp_path / "run"


def loads() -> tuple[int, int, int]:
    """Return the process, and how often it loaded a network and had one already."""
    from varcolor.neural.using import _loaded

    found = _loaded.cache_info()
    return os.getpid(), found.misses, found.hits


def test_one_network_a_worker(trained, tmp_path):
    from distributed import Client, LocalCluster

    scans = tmp_path / "scans"
    fill(scans, 8)
    options = vc.SolveOptions(prior=str(trained), net_size=32, threads=1)
    here = list(vc.batch(vc.plan(scans, tmp_path / "here", options), jobs=1))
    assert {outcome.status for outcome in here} == {"done"}, [o.reason for o in here]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        Client(local, set_as_default=False) as client,
    ):
        before = client.run(loads)
        assert {misses for _, misses, _ in before.values()} == {0}
        engine = Cluster(Client(local, set_as_default=False))
        plan = vc.plan(scans, tmp_path / "there", options)
        there = list(vc.batch(plan, engine=engine))
        after = client.run(loads)
    assert {outcome.status for outcome in there} == {"done"}, [o.reason for o in there]
    assert made(tmp_path / "there") == made(tmp_path / "here")
    workers = {outcome.worker.rsplit(":", 1)[1] for outcome in there}
    for process, misses, _ in after.values():
        assert misses == (str(process) in workers), "loaded once, where it was needed"
    assert sum(misses + hits for _, misses, hits in after.values()) >= len(plan)

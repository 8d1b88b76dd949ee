"""Workers of a Dask scheduler: the same outputs, and deaths that cost one photo."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

pytest.importorskip("distributed")

import varcolor as vc
from tests.batch.conftest import fill
from tests.batch.test_run import Deadly, final
from varcolor.batch.engines import cluster
from varcolor.batch.engines.base import WorkerDied
from varcolor.batch.engines.cluster import Cluster, mapped, mapping_of
from varcolor.batch.jobs.colour import Colorize
from varcolor.batch.journal import Journal
from varcolor.batch.run import Run
from varcolor.batch.share import Share

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]


@pytest.fixture(scope="module")
def own():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local


def made(out: Path) -> dict[str, bytes]:
    files = (p for p in out.rglob("*") if p.is_file() and ".colour." in p.name)
    return {str(p.relative_to(out)): p.read_bytes() for p in files}


def test_the_same_as_here_and_a_death_costs_one_photo(own, tmp_path):
    from distributed import Client

    scans = tmp_path / "scans"
    fill(scans, 9)
    here = list(vc.batch(vc.plan(scans, tmp_path / "here"), jobs=1))
    assert {o.status for o in here} == {"done"}
    plan = vc.plan(scans, tmp_path / "there")
    job = Deadly(vc.SolveOptions(), poison="p6", mark=str(tmp_path / "always"))
    tasks = tuple(replace(task, job=job) for task in plan.tasks)
    engine = Cluster(Client(own, set_as_default=False))
    journal = Journal(tmp_path / "j")
    outcomes = {o.input.name: o for o in Run(tasks, engine, Share(2, 1, 1e12), journal).outcomes()}
    poisoned = outcomes.pop("p6.png")
    assert poisoned.status == "failed" and "killed 2 times" in poisoned.reason
    assert {o.status for o in outcomes.values()} == {"done"} and len(outcomes) == 8
    assert len(final(tmp_path / "j")) == 9
    expected = made(tmp_path / "here")
    del expected["sub/p6.colour.png"]
    assert made(tmp_path / "there") == expected


def test_a_cluster_in_another_process_with_other_mount_points(tmp_path):
    scans = tmp_path / "here" / "scans"
    fill(scans, 4)
    (tmp_path / "there").symlink_to(tmp_path / "here")
    program = (
        "from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    c = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)\n"
        "    print(c.scheduler_address, flush=True)\n"
        "    input()\n"
    )
    (tmp_path / "program.py").write_text(program)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        address = other.stdout.readline().strip()
        engine = Cluster.of(address, None, [f"{tmp_path / 'here'}={tmp_path / 'there'}"])
        plan = vc.plan(scans, tmp_path / "here" / "out")
        outcomes = list(vc.batch(plan, engine=engine, journal=tmp_path / "j"))
        other.stdin.write("\n")
        other.stdin.flush()
        other.wait(30)
    assert {o.status for o in outcomes} == {"done"}, [o.reason for o in outcomes]
    assert all(o.outputs[0].is_relative_to(tmp_path / "here") for o in outcomes)
    assert set(final(tmp_path / "j")) == {str(task.input) for task in plan.tasks}


@contextlib.contextmanager
def started_cluster() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a scheduler and a worker of two threads; yield its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    own = ["--no-dashboard"]
    words = [
        ["distributed.cli.dask_scheduler", "--port", address.rsplit(":", 1)[1], *own],
        ["distributed.cli.dask_worker", address, "--nthreads", "2", "--no-nanny", *own],
    ]
    started = [
        subprocess.Popen([sys.executable, "-m", *w], stderr=subprocess.DEVNULL) for w in words
    ]
    try:
        yield address, started[0]
    finally:
        for process in started:
            process.kill()
            process.wait(30)


def test_a_killed_scheduler_is_no_photos_fault(tmp_path):
    scans = tmp_path / "scans"
    fill(scans, 9)
    plan = vc.plan(scans, tmp_path / "out")
    outcomes = []
    with started_cluster() as (address, scheduler):
        engine = Cluster.of(address, None)
        with pytest.raises(vc.BackendError, match=r"the scheduler is lost.* again to go on"):
            for outcome in vc.batch(plan, engine=engine, journal=tmp_path / "j"):
                outcomes.append(outcome)
                scheduler.kill()
    assert 1 <= len(outcomes) < 9
    assert {(o.status, o.reason) for o in outcomes} == {("done", "")}
    assert {row["status"] for row in final(tmp_path / "j").values()} == {"done"}
    again = list(vc.batch(plan, jobs=1, journal=tmp_path / "j"))
    assert [o.status for o in again] == ["done"] * 9
    assert {o.input for o in outcomes} <= {o.input for o in again if o.earlier}
    assert set(final(tmp_path / "j")) == {str(task.input) for task in plan.tasks}
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert sorted(files) == sorted(path for o in again for path in o.outputs)


def test_an_outcome_that_died_with_its_worker_is_asked_for_again(own, tmp_path):
    from distributed import Client

    scans = tmp_path / "scans"
    fill(scans, 1)
    (task,) = vc.plan(scans, tmp_path / "out").tasks
    engine = Cluster(Client(own, set_as_default=False))
    assert engine.submit(task).result(60).status == "done"
    # Done again by the scheduler, it finds its own output; the run knows whose that is.
    with pytest.raises(WorkerDied) as died:
        engine.submit(task).result(60)
    assert not died.value.guilty
    assert engine.submit(task).result(60).status == "skipped"
    engine.close()


def test_other_versions_are_refused(own, monkeypatch):
    from distributed import Client

    monkeypatch.setattr(vc, "__version__", "0.0.9")
    client = Client(own, set_as_default=False)
    with pytest.raises(vc.BackendError, match=r"has varcolor \S+, here is 0.0.9"):
        Cluster(client)
    client.close()


def test_a_worker_of_another_version_that_comes_late_ends_the_run(own, tmp_path, monkeypatch):
    from distributed import Client

    scans = tmp_path / "scans"
    fill(scans, 3)
    plan = vc.plan(scans, tmp_path / "out")
    engine = Cluster(Client(own, set_as_default=False))
    monkeypatch.setattr(vc, "__version__", "0.0.9")
    with pytest.raises(vc.BackendError, match=r"has varcolor \S+, here is 0.0.9: install"):
        list(vc.batch(plan, engine=engine, journal=tmp_path / "j"))
    assert not made(tmp_path / "out")


@dataclass(frozen=True)
class Slow(Colorize):
    """Takes its time."""

    name: ClassVar[str] = "slow"
    folder: str = ""

    def run(self, task, progress):
        Path(self.folder, str(os.getpid())).touch()
        time.sleep(1.0)
        return super().run(task, progress)


def test_a_cluster_grows_from_nothing_for_photos_that_wait(tmp_path):
    import dask
    from distributed import LocalCluster

    scans, workers = tmp_path / "scans", tmp_path / "workers"
    fill(scans, 9)
    workers.mkdir()
    plan = vc.plan(scans, tmp_path / "out")
    job = Slow(vc.SolveOptions(), folder=str(workers))
    tasks = tuple(replace(task, job=job) for task in plan.tasks)
    own = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": None}
    with (
        dask.config.set({"distributed.adaptive.target-duration": "500ms"}),
        LocalCluster(**own) as local,
    ):
        local.adapt(minimum=0, maximum=2, interval="200ms")
        engine = Cluster.of(local.scheduler_address, None)
        outcomes = list(Run(tasks, engine, Share(1, 1, 1e12), Journal(tmp_path / "j")).outcomes())
    assert [o.status for o in outcomes] == ["done"] * 9, [o.reason for o in outcomes]
    assert len(list(workers.iterdir())) > 1


def test_no_scheduler(monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 1.0)
    with pytest.raises(vc.BackendError, match="does not answer"):
        Cluster.of("tcp://127.0.0.1:9", None)


def test_mapping():
    pairs = mapping_of(["/data=/mnt/d", "/data/x=/y"])
    assert mapped(Path("/data/a/b.png"), pairs) == Path("/mnt/d/a/b.png")
    assert mapped(Path("/other/b.png"), pairs) == Path("/other/b.png")
    with pytest.raises(vc.InputError, match="FROM=TO"):
        mapping_of(["/data"])
    assert cluster.mapped(Path("/mnt/d/q"), [(b, a) for a, b in pairs]) == Path("/data/q")

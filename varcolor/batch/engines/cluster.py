"""Workers of a Dask scheduler: tasks carry paths and options, outcomes come back as rows.

A worker that dies (its memory limit, its machine) costs its task one retry, which the run gives it
alone; the scheduler itself gives none. Exceptions never travel: `work` makes outcomes of them. A
scheduler that dies ends the run, and is no photo's fault.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from socket import gethostname
from typing import Any, Self

import varcolor
from varcolor.backend.imports import import_scipy
from varcolor.batch.engines.base import DEPTH, WorkerDied
from varcolor.batch.task import Outcome, Task
from varcolor.batch.work import work
from varcolor.errors import BackendError, InputError, MissingExtra

#: Seconds that a scheduler has to answer, and a cluster that grows on demand to have a worker.
_PATIENCE, _STARTING = 20.0, 300.0


def mapping_of(texts: Sequence[str]) -> tuple[tuple[Path, Path], ...]:
    """Return the folders of ``FROM=TO``.

    Raises
    ------
    InputError
        If one is written otherwise.
    """
    pairs = []
    for text in texts:
        here, equals, there = text.partition("=")
        if not (here and equals and there):
            raise InputError(f"--map {text}: write FROM=TO, two folders")
        pairs.append((Path(here).absolute(), Path(there)))
    return tuple(pairs)


def mapped(path: Path, mapping: Sequence[tuple[PurePath, PurePath]]) -> Path:
    """Return a path as another machine sees it: below the first folder that it lies in."""
    whole = path.absolute()
    for here, there in mapping:
        if whole.is_relative_to(here):
            return Path(there, whole.relative_to(here))
    return whole


class Cluster:
    """A scheduler's workers.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    mapping : sequence of (Path, Path)
        Folders here, and what they are called on the workers.
    own : distributed.LocalCluster, optional
        A cluster that ends with this object.

    Raises
    ------
    BackendError
        If the scheduler has no workers, or those have other versions of varcolor.
    """

    def __init__(
        self, client: Any, mapping: Sequence[tuple[Path, Path]] = (), own: Any = None
    ) -> None:
        self._client, self._mapping, self._own = client, tuple(mapping), own
        self._back = tuple((there, here) for here, there in self._mapping)
        self._lock = threading.Lock()
        self._given = 0
        self._number = 0
        self._again: set[str] = set()
        client.run_on_scheduler(_allow_no_failures)
        self._require_version()

    @classmethod
    def of(cls, scheduler: str | None, local: int | None, mapping: Sequence[str] = ()) -> Self:
        """Return the workers at an address, or of a cluster that is started here.

        Raises
        ------
        MissingExtra
            If Dask is not installed.
        BackendError
            If the scheduler does not answer.
        """
        pairs = mapping_of(mapping)
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise MissingExtra(
                "clusters need Dask: pip install 'varcolor[dask]' (--scheduler, --local)"
            ) from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # told as one line here
        own = None
        if local is not None:
            if local < 1:
                raise InputError(f"--local {local}: expected 1 or more")
            own = LocalCluster(n_workers=local, threads_per_worker=1, dashboard_address=None)
        try:
            client = Client(
                scheduler if own is None else own, timeout=_PATIENCE, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise BackendError(f"--scheduler {scheduler}: does not answer ({error})") from None
        try:
            return cls(client, pairs, own)
        except BaseException:
            client.close()
            if own is not None:
                own.close()
            raise

    def _require_version(self) -> None:
        """Compare the workers' versions of varcolor with this one."""
        if not self._client.scheduler_info(n_workers=-1)["workers"]:
            first = self._client.submit(_version, pure=False)  # some clusters grow for work alone
            try:
                first.result(timeout=_STARTING)
            except TimeoutError:
                raise BackendError(
                    f"the scheduler has had no workers for {_STARTING:g} seconds: start some"
                ) from None
        for worker, version in self._client.run(_version, on_error="return").items():
            if version != varcolor.__version__:
                told = version if isinstance(version, str) else f"none ({version})"
                raise BackendError(_other_version(worker, told, varcolor.__version__))

    @property
    def client(self) -> Any:
        """The connection to the scheduler, `distributed.Client`."""
        return self._client

    def width(self) -> int:
        """Return the number of threads that the cluster has now; it may grow and shrink."""
        total = sum(int(worker["nthreads"]) for worker in workers_of(self._client).values())
        return max(1, total)

    def room(self) -> int:
        """Return how many more tasks may be handed over now: one a thread, and as many that wait.

        A worker that dies takes what waits for it along, to be tried again.
        """
        with self._lock:
            return max(0, DEPTH * self.width() - self._given)

    def submit(self, task: Task) -> Future[Outcome]:
        """Hand a task over; the dashboard shows the photo's name."""
        outer: Future[Outcome] = Future()
        outer.set_running_or_notify_cancel()
        sent = task.moved(partial(mapped, mapping=self._mapping)) if self._mapping else task
        with self._lock:
            self._given += 1
            self._number += 1
            key = f"{task.input.name}-{self._number}"
        try:
            inner = self._client.submit(
                _work, sent, varcolor.__version__, key=key, pure=False, retries=0
            )
        except Exception as error:
            raise lost_with(self._client) or error from None
        inner.add_done_callback(partial(self._ended, task, outer))
        return outer

    def _ended(self, task: Task, outer: Future[Outcome], inner: Any) -> None:
        with self._lock:
            self._given -= 1
        try:
            if inner.status == "finished":
                outcome = self._home(task, inner.result(timeout=60))
                if outcome.status == "skipped" and task.key not in self._again:
                    # Its worker died with the outcome, and it was done again: it found its own.
                    self._again.add(task.key)
                    raise WorkerDied("a worker of the cluster", guilty=False)
                outer.set_result(outcome)
            else:
                require(self._client, inner)
                raise _fault(inner)
        except (WorkerDied, BackendError) as error:
            outer.set_exception(error)
        except BaseException as error:
            lost = lost_with(self._client)
            outer.set_exception(lost or WorkerDied(f"{type(error).__name__}: {error}"))
        finally:
            inner.release()

    def _home(self, task: Task, outcome: Outcome) -> Outcome:
        """Return an outcome with the names of this machine."""
        outputs = outcome.outputs
        if self._back:
            outputs = tuple(mapped(path, self._back) for path in outputs)
        return replace(outcome, input=task.input, outputs=outputs)

    def close(self, now: bool = False) -> None:
        """Leave the scheduler; end the cluster if it was started here."""
        with contextlib.suppress(TimeoutError, OSError):  # a scheduler may be gone
            self._client.close(timeout=5)
        if self._own is not None:
            self._own.close(timeout=10)


def workers_of(client: Any) -> dict[str, Any]:
    """Return the workers that a scheduler has now, by their addresses.

    Raises
    ------
    BackendError
        If the scheduler is gone.
    """
    require(client)
    found = client.scheduler_info(n_workers=-1)
    require(client)
    return dict(found["workers"])


def require(client: Any, future: Any = None) -> None:
    """Raise `BackendError` if the scheduler is gone, or was when it had this future."""
    error = lost_with(client, future)
    if error is not None:
        raise error


def lost_with(client: Any, future: Any = None) -> BackendError | None:
    """Return what is to be told if the scheduler is gone, or was when it had this future."""
    if client.status == "running" and getattr(future, "status", "") not in ("cancelled", "lost"):
        return None
    return BackendError(
        "the connection to the scheduler is lost; what is done is written down: start a scheduler "
        "and workers, and run the same command again to go on"
    )


def _work(task: Task, version: str) -> Outcome:
    """Do a task on a worker, whose other threads may begin with theirs at the same time.

    Raises
    ------
    BackendError
        If the worker, which may have come after the others, has another version of varcolor.
    """
    if varcolor.__version__ != version:
        raise BackendError(_other_version(gethostname(), varcolor.__version__, version))
    import_scipy()
    return work(task)


def _other_version(worker: str, there: str, here: str) -> str:
    return (
        f"the worker {worker} has varcolor {there}, here is {here}: install the same version on "
        "all machines"
    )


def _fault(inner: Any) -> Exception:
    """Return what ended a task: a death, of the worker that the scheduler names, or a refusal."""
    try:
        error = inner.exception(timeout=10)
    except Exception as fault:
        error = fault
    return error if isinstance(error, BackendError) else WorkerDied(_who(error))


def _who(error: Any) -> str:
    """Return which worker died, if the scheduler knows."""
    worker = getattr(error, "last_worker", None)
    return str(getattr(worker, "address", None) or f"a worker of the cluster ({error})")


def _version() -> str:
    return varcolor.__version__


def _allow_no_failures(dask_scheduler: Any = None) -> None:
    """Let the scheduler give a task back at the first death of its worker."""
    dask_scheduler.allowed_failures = 0

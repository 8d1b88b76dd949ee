"""The loop: steps of the optimiser, moving averages, looks at held-out pictures, checkpoints."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from varcolor.errors import VarcolorError
from varcolor.neural.runtime import checked_device, import_torch
from varcolor.training import checkpoint
from varcolor.training.batches import Drawn
from varcolor.training.checkpoint import Progress
from varcolor.training.config import Config
from varcolor.training.log import Log
from varcolor.training.schedule import rate_at
from varcolor.training.task import Task

LAST, BEST = "last.safetensors", "best.safetensors"
#: Means of losses are written down every so many steps at most.
_LOG_EVERY = 10


class NotFinite(VarcolorError):  # noqa: N818
    """The loss is no number any more."""


def _means(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over some steps."""
    return {name: sum(own[name] for own in figures) / len(figures) for name in figures[-1]}


@dataclass(slots=True, eq=False)
class Trainer:
    """A training on its way."""

    config: Config
    task: Task
    batches: Drawn
    checks: Sequence[Mapping[str, Any]]
    """Batches of held-out pictures."""
    folder: Path
    """Where checkpoints lie."""
    log: Log
    progress: Progress
    tell: Callable[[str, float], None]
    module: Any = None
    optimisers: dict[str, Any] | None = None
    mean: dict[str, Any] | None = None
    """Moving averages of the weights, by name; None: there are none."""
    device: str = "cpu"
    stop: bool = False
    """Whether somebody asked for the end (Ctrl-C)."""

    def start(self, resume: bool) -> None:
        """Build module and optimisers; with ``resume``, as the last checkpoint has them."""
        torch = import_torch()
        own = self.config.loop
        self.device = checked_device(own.device)
        torch.manual_seed(own.seed)
        self.module = self.task.build(self.config).to(self.device)
        kind = {"lr": own.rate, "betas": own.betas, "weight_decay": own.weight_decay}
        parts = self.task.parts(self.module)
        self.optimisers = {
            name: torch.optim.AdamW(list(weights), **kind) for name, weights in parts.items()
        }
        self.mean = {k: v.detach().clone() for k, v in self._numbers()} if own.ema else {}
        if resume:
            path = self.folder / LAST
            known = self.progress.fingerprint
            self.progress = checkpoint.load(path, self.module, self.mean, self.optimisers)
            if known != self.progress.fingerprint:
                raise VarcolorError(
                    f"{path}: was made with another configuration or other pictures; train into "
                    "another folder by --out"
                )

    def run(self) -> str:
        """Train; return why it ended: finished, minutes or interrupted.

        Raises
        ------
        NotFinite
            If a loss is no number; the last checkpoint is as it was.
        """
        own = self.config.loop
        begin = time.monotonic() - self.progress.seconds
        sitting = time.monotonic()
        reason = "finished"
        first = self.progress.step
        since: list[dict[str, float]] = []
        with self._interruptible():
            for step, arrays in enumerate(self.batches.from_step(first, own.steps), first):
                figures = self._step(step, arrays)
                done = step + 1
                seconds = time.monotonic() - begin
                self.progress = replace(self.progress, step=done, seconds=seconds)
                over = own.minutes and time.monotonic() - sitting >= 60 * own.minutes
                reason = "interrupted" if self.stop else "minutes" if over else "finished"
                ended = self.stop or bool(over) or done == own.steps
                since.append(figures)
                if done % _LOG_EVERY == 0 or done % own.every == 0 or ended:
                    self.log.add(done, seconds, _means(since))
                    since = []
                part = done / own.steps
                if own.minutes:
                    part = max(part, (time.monotonic() - sitting) / (60 * own.minutes))
                self.tell(f"loss {figures['loss']:.4g}", min(1.0, part))
                if done % own.every == 0 or ended:
                    self._look(quick=self.stop)
                if ended:
                    break
        return reason

    def _step(self, step: int, arrays: Mapping[str, Any]) -> dict[str, float]:
        torch = import_torch()
        own = self.config.loop
        torch.manual_seed(own.seed * 1_000_003 + step)  # dropout, too, is a function of the step
        batch = self._tensors(arrays)
        self.module.train()
        figures: dict[str, float] = {"rate": rate_at(step, own)}
        assert self.optimisers is not None
        for part, optimiser in self.optimisers.items():
            weights = [p for group in optimiser.param_groups for p in group["params"]]
            for group in optimiser.param_groups:
                group["lr"] = figures["rate"] * group.get("factor", 1.0)
            optimiser.zero_grad(set_to_none=True)
            with self._autocast():
                loss, more = self.task.loss(self.module, batch, step, part)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise NotFinite(self._not_finite(step, part, value))
            loss.backward()
            size = torch.nn.utils.clip_grad_norm_(weights, own.clip or float("inf"))
            if not bool(torch.isfinite(size)):
                raise NotFinite(self._not_finite(step, part, float(size), "gradient"))
            optimiser.step()
            name = "loss" if "loss" not in figures else f"loss_{part}"
            figures |= {name: value, **more}
        self._average(step)
        return figures

    def _not_finite(self, step: int, part: str, value: float, what: str = "loss") -> str:
        path = self.folder / LAST
        way = (
            f"the last good checkpoint is {path}, of step {checkpoint.progress_of(path).step}: go "
            "on from it with --resume and a lower loop.rate"
            if path.exists()
            else "there is no checkpoint yet: lower loop.rate"
        )
        return f"step {step + 1}: the {what} of {part} is {value}; {way}"

    def _average(self, step: int) -> None:
        """Let the moving averages follow; early ones forget sooner, as the mean of few steps."""
        if not self.mean:
            return
        torch = import_torch()
        own, done = self.config.loop, step + 1
        decay = min(own.ema, (1 + done) / (own.ema_warmup + done))
        with torch.no_grad():
            for name, weight in self._numbers():
                self.mean[name].lerp_(weight, 1 - decay)

    def _numbers(self) -> Iterator[tuple[str, Any]]:
        """Yield what is averaged: the weights, and what normalisations know of their input."""
        yield from self.module.named_parameters()
        for name, value in self.module.named_buffers():
            if value.is_floating_point():
                yield name, value

    @contextmanager
    def averaged(self) -> Iterator[Any]:
        """Give the module its moving averages, in evaluation mode, for a while."""
        torch = import_torch()
        kept: dict[str, Any] = {}
        self.module.eval()
        try:
            with torch.no_grad():
                for name, weight in self._numbers():
                    if self.mean:
                        kept[name] = weight.detach().clone()
                        weight.copy_(self.mean[name])
            yield self.module
        finally:
            with torch.no_grad():
                for name, weight in self._numbers():
                    if name in kept:
                        weight.copy_(kept[name])
            self.module.train()

    def _look(self, quick: bool = False) -> None:
        """Score held-out pictures and write checkpoints; the weights of the best are kept."""
        torch = import_torch()
        score = float("nan")
        if self.checks and not quick:
            with self.averaged() as module, torch.no_grad():
                looks = [self.task.look(module, self._tensors(one)) for one in self.checks]
            means = _means(looks)
            score = means["held_out"]
            self.log.add(self.progress.step, self.progress.seconds, means)
        better = score < self.progress.best
        if better:
            self.progress = replace(self.progress, best=score, best_step=self.progress.step)
        assert self.optimisers is not None
        data = checkpoint.content(self.module, self.mean or {}, self.optimisers, self.progress)
        checkpoint.write(self.folder / LAST, data)
        if better:
            checkpoint.write(self.folder / BEST, data)
        self.log.write()

    def _tensors(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        torch = import_torch()
        return {key: torch.as_tensor(value).to(self.device) for key, value in arrays.items()}

    def _autocast(self) -> AbstractContextManager[Any]:
        torch = import_torch()
        if self.device == "cpu" or self.config.loop.precision == "float32":
            return nullcontext()
        enabled = bool(torch.cuda.is_bf16_supported())
        return torch.autocast("cuda", torch.bfloat16, enabled)  # type: ignore[no-any-return]

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let the first Ctrl-C end the training after the step; the second one ends at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def asked(*_: Any) -> None:
            self.stop = True
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, asked)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

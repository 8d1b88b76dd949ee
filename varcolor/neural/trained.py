"""Networks that `varcolor train` made, as priors and alone: named by a run's folder or its weights.

Which network it is, its settings and its bins stand in the file. Networks with a distribution are
trusted as its spread says, others evenly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from varcolor.energy.prior import Data
from varcolor.errors import FileError, InputError
from varcolor.neural.alone import Alone
from varcolor.neural.framing import Frame
from varcolor.neural.header import written
from varcolor.neural.predict import Prediction, hints_in_lab
from varcolor.neural.prior import Prepared, Siggraph17
from varcolor.neural.using import NetworkOptions, forward
from varcolor.prior.base import Scene
from varcolor.prior.learned.prior import Learned
from varcolor.prior.runs import TRAINED
from varcolor.typing import FloatArray


def file_of(run: Path) -> Path:
    """Return the file of weights of a run: the file itself, or the one in its folder.

    Raises
    ------
    FileError
        If there is none, or there are several.
    """
    if not run.is_dir():
        return run
    found = [path for path in sorted(run.glob("*.safetensors")) if written(path) is not None]
    if len(found) != 1:
        what = "no trained network" if not found else f"{len(found)} trained networks: name one"
        raise FileError(f"{run}: holds {what}")
    return found[0]


def loaded(options: NetworkOptions) -> Any:
    """Return the network that ``options.weights`` names.

    Raises
    ------
    InputError
        If it names none.
    FileError
        If the file was not made by ``varcolor train``, or cannot be read.
    """
    if not options.weights:
        raise InputError("prior trained: name a run's folder or its weights, --weights RUN")
    path = file_of(Path(options.weights))
    if not path.exists():
        raise FileError(f"{path}: no such file; it should hold a trained network")
    made = written(path)
    if made is None:
        raise FileError(f"{path}: was not made by varcolor train")
    if made.network == Learned.name:
        raise InputError(f"{path}: is a network of the prior learned; name it by --prior alone")
    return NetworkOptions.load(replace(options, weights=str(path)), made.network)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained(Siggraph17):
    """What a network of your own expects: ``--prior RUN`` (see varcolor train).

    Needs the extra ``neural``.
    """

    name: ClassVar[str] = TRAINED

    strength: float = 1e-4
    """Confidence where an error of 10 units of a* and b* is predicted, 0 to 1e6."""

    @classmethod
    def of(cls, name: str) -> Trained | Learned | None:
        """Return the prior of a run, or of a network that was added to the models; else None."""
        from varcolor.neural.weights import cards, folder
        from varcolor.prior.runs import is_run

        if is_run(name):
            path = file_of(Path(name))
            made = written(path)
            own_kind = made is not None and made.network == Learned.name
            return Learned(weights=str(path)) if own_kind else cls(weights=name)
        own = next((card for card in cards() if card.added and card.name == name), None)
        return None if own is None else cls(weights=str(folder() / own.file))

    def load(self, name: str) -> Any:
        """Return the network, loaded once in a process."""
        return loaded(self)

    def prepare(self, scene: Scene) -> Prepared:
        """Return what depends on the photo alone: the answer, unless the network takes hints."""
        own = Siggraph17.prepare(self, scene)
        if own.net.form.hints:
            return own
        chroma, shares = forward(own.net, own.light)
        leave = own.frame.leave
        return replace(own, alone=Prediction(own.frame, leave(own.light), leave(chroma), shares))

    def answered(
        self, prepared: Prepared, ab: FloatArray | None, mask: FloatArray | None
    ) -> Prediction:
        """Return the answer that is there already, or the one to hints."""
        if prepared.alone is not None:
            return prepared.alone
        return Siggraph17.answered(self, prepared, ab, mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedAlone(Alone):
    """A network of your own alone, cues as its hints if it takes some. To compare with."""

    name: ClassVar[str] = TRAINED

    def load(self, name: str) -> Any:
        """Return the network, loaded once in a process."""
        return loaded(self)

    def _network(
        self, net: Any, frame: Frame, light: FloatArray, scene: Scene, cues: Data
    ) -> tuple[FloatArray, bool]:
        if not net.form.hints or not len(cues.at):
            return net.chroma(light), False
        own = (frame, cues.at, cues.weight, cues.values)
        return net.chroma(light, *hints_in_lab(*own, scene.luma, scene.space)), True

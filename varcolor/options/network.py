"""Options of networks: their weights, where they run, and at what size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.errors import InputError
from varcolor.options.field import option, options_of

if TYPE_CHECKING:
    from varcolor.image.picture import PictureLike
    from varcolor.typing import PathLike

_SECTION = "Network"
#: Methods, priors and starts that are networks.
NETWORKS = ("siggraph17", "eccv16", "global-hints")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkChoice:
    """What is said of a network beside its name; only the networks' names make use of it."""

    weights: PathLike | None = option(
        None,
        "File of a network's weights, or a folder with it, for the names siggraph17, eccv16 and "
        "global-hints [what varcolor models lists as here], and a file for the prior learned.",
        Path,
        section=_SECTION,
    )
    device: str = option(
        "cpu", "Where a network runs: cpu, cuda, cuda:N or auto.", section=_SECTION
    )
    precision: str = option(
        "float32",
        "Numbers of a network on a GPU: float32, bfloat16, float16 or auto.",
        choices=("float32", "auto", "bfloat16", "float16"),
        section=_SECTION,
    )
    net_size: int | None = option(
        None,
        "Size of the picture that a network sees, in pixels along the longer side; a multiple of "
        "8 [256].",
        int,
        least=8,
        section=_SECTION,
    )
    fit: str | None = option(
        None,
        "How a photo lies in that picture: pad (proportions are kept, with a reflected border) or "
        "squash (a square, as the originals do) [pad; squash for a network alone].",
        choices=("pad", "squash"),
        section=_SECTION,
    )
    mask_cent: float | None = option(
        None,
        "What is subtracted from a network's mask of hints: 0, or 0.5 for weights retrained in "
        "PyTorch [by the file's hash, else 0].",
        float,
        section=_SECTION,
    )
    fetch: bool = option(
        False, "Fetch a network's weights if they are not here.", bool, section=_SECTION
    )
    reference: PictureLike | None = option(
        None,
        "A colour picture whose colours the photo is to have: by what is as light and rough in it "
        "(prior reference), or by its histogram (prior global-hints, a network).",
        Path,
        section=_SECTION,
    )

    def network(self, threads: int | None = None) -> dict[str, Any]:
        """Return what was said of the network, as fields of `varcolor.neural.using`."""
        found = {
            own.name: getattr(self, own.name)
            for own in options_of(NetworkChoice)
            if own.name != "reference" and getattr(self, own.name) != own.default
        }
        if "weights" in found:
            found["weights"] = str(found["weights"])
        if found and threads is not None:
            found["threads"] = threads
        return found

    def require_network(self, *users: Any) -> None:
        """Refuse options of networks where there is none.

        Raises
        ------
        InputError
            If something was said of a network, and none of the users is one.
        """
        said = self.network()
        if said.keys() == {"weights"} and any(hasattr(own, "weights") for own in users):
            return
        if said and not any(hasattr(own, "net_size") or is_network(own) for own in users):
            raise InputError(
                f"{next(iter(said))} goes with a network: name one as method, prior or start "
                f"({', '.join(NETWORKS)})"
            )


def is_network(given: Any) -> bool:
    """Tell whether a method or start is the name of a network, and no file."""
    named = isinstance(given, str | Path) and str(given) in NETWORKS[:2]
    return named and not Path(str(given)).exists()

"""From a file of weights to a network: read without running code, compared key by key."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from varcolor.errors import FileError, InputError
from varcolor.neural import runtime
from varcolor.neural.networks import NETWORKS
from varcolor.typing import PathLike

if TYPE_CHECKING:
    from varcolor.neural.networks.base import Form, Network

#: Keys that are named where a file does not fit.
_NAMED = 3
#: Missing from files of old PyTorch versions; not used when a network runs.
_OPTIONAL = "num_batches_tracked"
_CHUNK = 1 << 22


def load_network(
    name: str,
    weights: PathLike | None = None,
    device: str = "cpu",
    *,
    mask_cent: float | None = None,
    threads: int | None = None,
    precision: str = "float32",
    fetch: bool = False,
) -> Network:
    """Load a network.

    Parameters
    ----------
    name : str
        Which network (`varcolor.neural.networks.NETWORKS`), or the name of a weight file
        with a card (``varcolor models``).
    weights : path, optional
        File of weights: a state_dict (``.pth``, ``.pt``), ``.safetensors``, or, for
        ``global-hints``, a ``.caffemodel``. Or a folder: the first file in it that a card of this
        network names. Default: what ``varcolor models`` lists as here.
    device : {"cpu", "cuda", "cuda:N", "auto"}
        Where it runs.
    mask_cent : {0, 0.5}, optional
        What is subtracted from the mask of hints. Default: by the file's hash, 0 for unknown files.
    threads : int, optional
        Threads of PyTorch on the CPU; default: its own.
    precision : {"float32", "auto", "bfloat16", "float16"}
        Numbers on a GPU.
    fetch : bool
        Whether a file that is not here may be fetched.

    Returns
    -------
    Network

    Raises
    ------
    MissingExtra
        Without PyTorch.
    FileError
        If there is no file, or it is damaged, not of this network, or not only numbers.
    BackendError
        If the device is not there.
    """
    from varcolor.neural import header
    from varcolor.neural import weights as files
    from varcolor.neural.networks.base import Network

    card = None
    if weights is None:
        card = files.card_for(name)
        name = card.network
    form: Form = NETWORKS[name]
    if mask_cent not in (None, 0, 0.5):
        raise InputError(f"mask_cent {mask_cent!r}: expected 0 or 0.5")
    if precision not in runtime.PRECISIONS:
        raise InputError(f"precision {precision!r}: expected {', '.join(runtime.PRECISIONS)}")
    place = runtime.checked_device(device)
    if card is not None:
        path = files.find(card, fetch)
    else:
        assert weights is not None
        path = files.given(Path(weights), name)
    digest = sha256_of(path)
    known = files.card_of_hash(digest)
    if known is not None and known.network != name:
        raise FileError(f"{path}: holds {known.name}, weights of {known.network}, not of {name}")
    if card is not None and digest != card.sha256 and card.sha256:
        raise FileError(files.wrong_hash(path, digest, card))
    state = read_state(path, form)
    made = header.written(path)
    if made is not None:
        if made.network != name:
            raise FileError(f"{path}: holds weights of {made.network}, not of {name}")
        form = form.with_settings(made.settings)
    with runtime.import_torch().device("meta"):  # shapes without numbers: the file brings them
        module = form.build()
    fit(module, state, form, path)
    module.eval().requires_grad_(False).to(place)
    own = form.conventions
    found = known or card
    if found is not None and found.mask_cent is not None:
        own = replace(own, mask_cent=found.mask_cent)
    if mask_cent is not None:
        own = replace(own, mask_cent=float(mask_cent))
    if made is not None and made.temperature is not None:
        own = replace(own, temperature=made.temperature)
    return Network(form, module, own, place, str(path), digest, threads, precision)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                digest.update(part)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    return digest.hexdigest()


def read_state(path: Path, form: Form) -> dict[str, Any]:
    """Return the tensors of a file by name; nothing in the file is run.

    Raises
    ------
    FileError
        If it is cut off, holds more than numbers, or is no state_dict.
    """
    if path.suffix.lower() == ".caffemodel":
        from varcolor.neural.networks.caffe import state_of

        if form.name != "global-hints":
            raise FileError(
                f"{path}: .caffemodel files are read for the network 'global-hints' only; use a "
                ".pth file"
            )
        return state_of(path)
    torch = runtime.import_torch()
    if path.suffix.lower() == ".safetensors":
        return _read_safetensors(path)
    import warnings
    from pickle import UnpicklingError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions of pickle; what it is is told below
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of a file that anybody may have made: any class is possible
        reason = " ".join(str(error).split())
        told = any(
            word in reason for word in ("Unsupported global", "GLOBAL ", "Unsupported class")
        )
        if isinstance(error, UnpicklingError) and (told or _is_code(path)):
            raise FileError(
                f"{path}: refused, for it holds more than numbers (code that would run); take a "
                "plain state_dict"
            ) from None
        raise FileError(f"{path}: is no file of weights, or damaged or cut off") from None
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(isinstance(k, str) for k in found):
        raise FileError(f"{path}: is no state_dict, but a {type(found).__name__}")
    return found


def _is_code(path: Path) -> bool:
    """Tell whether a file is a plain pickle that calls something; it is not run, but listed."""
    from pickletools import genops

    try:
        with path.open("rb") as file:
            names = {code.name for code, _, _ in genops(file.read(_CHUNK))}
    except Exception:  # of what is no pickle
        return False
    return bool(names & {"GLOBAL", "STACK_GLOBAL", "INST", "REDUCE"})


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        from varcolor.errors import MissingExtra

        raise MissingExtra(f"{path}: needs safetensors ({error}): {runtime.INSTALL}") from None
    try:
        return dict(load_file(path))
    except Exception:
        # Its error class is not public, and its reader raises no other.
        raise FileError(f"{path}: is no safetensors file, or damaged or cut off") from None


def fit(module: Any, state: dict[str, Any], form: Form, path: Path) -> None:
    """Copy tensors into a module, all of them and no others.

    Raises
    ------
    FileError
        With the first three keys that differ.
    """
    own = module.state_dict()
    differ: list[str] = []
    for key, tensor in own.items():
        if key not in state:
            if not key.endswith(_OPTIONAL):
                differ.append(f"{key} is missing")
        elif not hasattr(state[key], "shape"):
            differ.append(f"{key} is no tensor")
        elif tuple(state[key].shape) != tuple(tensor.shape):
            differ.append(f"{key} is {_shape(state[key])}, not {_shape(tensor)}")
    differ += [f"{key} is not known" for key in state if key not in own]
    if differ:
        more = f", and {len(differ) - _NAMED} more" if len(differ) > _NAMED else ""
        raise FileError(
            f"{path}: holds no weights of the network {form.name!r}: "
            f"{'; '.join(differ[:_NAMED])}{more}"
        )
    for key, tensor in state.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise FileError(f"{path}: {key} holds numbers that are not finite; the file is damaged")
    torch = runtime.import_torch()
    whole = {key: state[key] if key in state else torch.tensor(0) for key in own}
    whole = {key: own_as(tensor, own[key].dtype) for key, tensor in whole.items()}
    module.load_state_dict(whole, strict=True, assign=True)


def own_as(tensor: Any, dtype: Any) -> Any:
    """Return a tensor that belongs to nobody else, in this type of numbers."""
    return tensor.detach().to(dtype).contiguous()


def _shape(tensor: Any) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"

"""Whether a name is that of a network which was trained here: a run's folder, or its weights."""

from __future__ import annotations

from pathlib import Path

#: What the prior and the decoder of such networks are called.
TRAINED = "trained"
_SUFFIX = ".safetensors"


def is_run(name: object) -> bool:
    """Tell whether a name is a file of weights, or a folder that holds one."""
    if not isinstance(name, str | Path) or not str(name):
        return False
    path = Path(name)
    if path.suffix.lower() == _SUFFIX:
        return True
    try:
        return path.is_dir() and any(path.glob(f"*{_SUFFIX}"))
    except OSError:
        return False

"""Errors that varcolor raises on purpose; everything else is a bug."""

from __future__ import annotations


class VarcolorError(Exception):
    """Base of all errors that varcolor raises on purpose."""


class InputError(VarcolorError, ValueError):
    """An argument that cannot be used: a value out of range, a wrong shape, an unknown name."""


class FileError(InputError, OSError):
    """A file that cannot be read or written."""


class CueError(InputError):
    """Cues that cannot be used: outside the picture, of another size, without a finite colour."""


class FormatError(VarcolorError):
    """A file or stream of varcolor's own that does not follow its format."""


class MissingExtra(VarcolorError):  # noqa: N818
    """An optional package is needed; the message names the command that installs it."""


class BackendError(VarcolorError):
    """The machine cannot do what was asked: no such device, not enough memory."""


class OutOfMemoryError(BackendError, MemoryError):
    """A picture needs more memory than there is, or than was allowed."""


class ConvergenceError(VarcolorError):
    """The tolerance was missed, or could not be verified."""


class Cancelled(VarcolorError):  # noqa: N818
    """Work that was stopped because somebody asked for it."""


class CueWarning(UserWarning):
    """Cues that can be used, but look like a mistake."""


class ConvergenceWarning(UserWarning):
    """The tolerance was missed, or could not be verified; the result is the best that was found."""


class CacheWarning(UserWarning):
    """Compiled code cannot be kept: all is right, but every start takes longer."""

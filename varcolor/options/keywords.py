"""Options as keywords of functions: ``colorize(photo, cues, tolerance=0.1)``.

The function behind takes one object of options. Keywords, their types, the signature and the manual
are made from the fields of a class of arguments: the options, and what a call takes beside them.
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from varcolor.options.field import options_of
from varcolor.options.recolor import RecolorOptions
from varcolor.options.solve import SolveOptions
from varcolor.registry import did_you_mean

if TYPE_CHECKING:
    from varcolor.cues.cues import Cues
    from varcolor.image.picture import PictureLike
    from varcolor.typing import Progress

P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R")
#: Where the options stand in a docstring.
_MARK = "OPTIONS"


@dataclass(frozen=True, eq=False)
class _Photo:
    photo: PictureLike


@dataclass(frozen=True, eq=False)
class _PhotoAndCues(_Photo):
    cues: Cues | None


@dataclass(frozen=True, kw_only=True, eq=False)
class SessionArguments(SolveOptions, _Photo):
    """What `varcolor.Session` takes."""

    options: SolveOptions | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ColorizeArguments(SolveOptions, _PhotoAndCues):
    """What `varcolor.colorize` takes."""

    options: SolveOptions | None = None
    progress: Progress | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class RecolorArguments(RecolorOptions, _PhotoAndCues):
    """What `varcolor.recolor` takes."""

    options: SolveOptions | None = None
    progress: Progress | None = None


def keywords(
    arguments: Callable[P, SolveOptions], kind: type[SolveOptions]
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Return a decorator for a function of options.

    Parameters
    ----------
    arguments : type
        Class of the arguments.
    kind : type
        Class of the ``options`` that the function is given, beside the other arguments by name.
    """

    def decorate(function: Callable[..., R]) -> Callable[P, R]:
        binding = _Binding(arguments, kind, function.__name__)

        @functools.wraps(function)
        def call(*args: P.args, **given: P.kwargs) -> R:
            return function(**binding.bound(args, given))

        _document(call, binding)
        return call

    return decorate


def method_keywords(
    arguments: Callable[P, SolveOptions], kind: type[SolveOptions], name: str
) -> Callable[[Callable[Concatenate[S, ...], R]], Callable[Concatenate[S, P], R]]:
    """Return the same for a method; ``name`` is what messages call it."""

    def decorate(function: Callable[Concatenate[S, ...], R]) -> Callable[Concatenate[S, P], R]:
        binding = _Binding(arguments, kind, name)

        @functools.wraps(function)
        def call(own: S, /, *args: P.args, **given: P.kwargs) -> R:
            return function(own, **binding.bound(args, given))

        _document(call, binding, inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY))
        return call

    return decorate


class _Binding:
    """From the arguments of a call to those of the function behind."""

    def __init__(self, arguments: Any, kind: type[SolveOptions], name: str) -> None:
        self.signature = inspect.signature(arguments).replace(return_annotation="Result")
        self.kind, self.name = kind, name
        self._names = {own.name for own in options_of(kind)}

    def bound(self, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
        """Return the function's arguments: one object for all options, others by name.

        Raises
        ------
        TypeError
            For unknown keywords, missing arguments, and ``options`` that are none.
        InputError
            For values out of range.
        """
        known = self.signature.parameters
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known)
                raise TypeError(f"{self.name}() got an unexpected keyword argument {name!r}{hint}")
        try:
            found = self.signature.bind(*args, **given).arguments
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        base = found.pop("options", None)
        changes = {name: found.pop(name) for name in list(found) if name in self._names}
        return {**found, "options": self._options(base, changes)}

    def _options(self, base: Any, changes: dict[str, Any]) -> SolveOptions:
        if base is None:
            return self.kind(**changes)
        if not isinstance(base, SolveOptions):
            raise TypeError(
                f"{self.name}(): options of type {type(base).__name__}; expected SolveOptions"
            )
        if isinstance(base, self.kind):
            return replace(base, **changes)
        own = {o.name: getattr(base, o.name) for o in options_of(base) if o.name in self._names}
        return self.kind(**(own | changes))


def _document(call: Any, binding: _Binding, *first: inspect.Parameter) -> None:
    """Give a function its signature, and its docstring the options where it has ``OPTIONS``."""
    parameters = binding.signature.parameters.values()
    call.__signature__ = binding.signature.replace(parameters=[*first, *parameters])
    lines = []
    for own in options_of(binding.kind):
        annotation = next(f.type for f in fields(binding.kind) if f.name == own.name)
        lines += [f"{own.name} : {annotation}, default {own.default!r}"]
        lines += textwrap.wrap(own.spec.help, 90, initial_indent="    ", subsequent_indent="    ")
    lines += ["options : SolveOptions, optional", "    Options that the keywords above change."]
    text = inspect.cleandoc(call.__doc__ or "")
    call.__doc__ = text.replace(_MARK, "\n".join(lines))

"""How kernels are compiled: when they are first needed, once per machine (kept on disk).

``VARCOLOR_JIT=numba`` in the environment leaves all to Numba: its own calls, and code that is made
afresh at every start, since Numba's own files are pickles, which are never read. The same happens,
with a warning, where a version of Numba is unlike those that the machine code can be taken out of.
Results are the same; starts take up to minutes, short calls a little longer.
"""

from __future__ import annotations

import gc
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial, update_wrapper
from typing import Any

from varcolor.backend.forks import held_over_forks
from varcolor.backend.jit.calling_convention import Signature
from varcolor.backend.jit.isolation import import_numba
from varcolor.errors import CacheWarning, InputError

#: float32 arrays of four to two dimensions, and a row number, in Numba's notation.
A4, A3, A2, ROW = "float32[:,:,:,::1]", "float32[:,:,::1]", "float32[:,::1]", "int64"
#: Planes of numbers in 16 bits (`varcolor.backend.kernels.bfloat16`).
SHORT3 = "uint16[:,:,::1]"
#: Sums may be contracted and reordered; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "arcp", "nsz"}
#: Numba need not make what is called from Python: `varcolor.backend.jit.calling_convention` does.
_BARE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_WHOLE = {"no_cpython_wrapper": False, "no_cfunc_wrapper": False}
#: Versions of Numba that machine code was taken out of by the tests.
KNOWN = ("0.62", "0.68")
#: Neither compiler nor loader of code may be entered twice at a time.
LOADING = held_over_forks(threading.RLock())


class Kernel:
    """A function that is compiled for one signature and runs without the interpreter lock."""

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        update_wrapper(self, function)
        self.name = f"{function.__module__}.{function.__name__}"
        self._function, self._text = function, signature
        self._signature = Signature.parse(signature)
        self._converters = [argument.converter() for argument in self._signature.takes]
        self._dispatcher: Any = None
        self._loaded: Any = None
        self._plain: Callable[..., Any] | None = None
        """Numba's own function, where its machine code cannot be taken out."""

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return self.bind(*arguments)()

    def bind(self, *arguments: Any) -> Callable[..., Any]:
        """Return the function of the last arguments, whole numbers, with the first ones fixed."""
        run = self.load()
        if self._plain is not None:
            return partial(run, *arguments)
        return Bound(self._loaded, self._converters, arguments)

    def load(self) -> Callable[..., Any]:
        """Make it ready to run: load it, or else compile and keep it."""
        if self._plain is not None:
            return self._plain
        if self._loaded is None and plain_numba():
            with LOADING:
                self._plain = self._plain or self._by_numba()
            return self._plain
        if self._loaded is None:
            from varcolor.backend.jit.disk_cache import load, save
            from varcolor.backend.jit.object_code import Loaded, compiled

            with LOADING:
                if self._loaded is None:  # still, now that no other thread is at it
                    code = kept = load(self.name)
                    if code is None:
                        with _uncollected():
                            try:
                                code = compiled(self.dispatcher, self._signature)
                            except (AttributeError, RuntimeError, TypeError, ValueError):
                                self._plain = self._by_numba()
                                _say_unlike()
                                return self._plain
                    self._loaded = Loaded(code, self._signature)
                    if kept is None:
                        save(self.name, code)
        run: Callable[..., Any] = self._loaded.call
        return run

    def _by_numba(self) -> Callable[..., Any]:
        """Return Numba's own function. It is not kept: Numba's files are pickles."""
        run: Callable[..., Any] = _njit(
            self._function, self._text, fastmath=_FAST, nogil=True, **_WHOLE
        )
        return run

    @property
    def ready(self) -> bool:
        """Whether it need not be compiled, as far as can be told."""
        if plain_numba():
            return True
        from varcolor.backend.jit.disk_cache import exists

        return self._loaded is not None or exists(self.name)

    @property
    def dispatcher(self) -> Any:
        """Numba's form of it, compiled."""
        if self._dispatcher is None:
            self._dispatcher = _njit(self._function, self._text, fastmath=_FAST)
        return self._dispatcher

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks for when another kernel calls this one."""
        return self.dispatcher._numba_type_


class Bound:
    """A kernel with its first arguments fixed, which are kept alive."""

    __slots__ = ("_arguments", "_converters", "_given", "_loaded")

    def __init__(self, loaded: Any, converters: list[Any], arguments: tuple[Any, ...]) -> None:
        self._loaded, self._converters, self._arguments = loaded, converters, arguments
        given = zip(converters, arguments, strict=False)
        self._given = tuple([convert(a) for convert, a in given])

    def __call__(self, *last: Any) -> Any:
        """Run it; the last arguments are whole numbers."""
        return self._loaded.call(*self._given, *last)

    def bind(self, *more: Any) -> Bound:
        """Return the same with more arguments fixed."""
        return Bound(self._loaded, self._converters, (*self._arguments, *more))


class Helper:
    """A function that is compiled together with the kernels that call it."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        update_wrapper(self, function)
        self._function, self._options = function, options
        self._dispatcher: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """Run it as it is written, uncompiled."""
        return self._function(*arguments)

    @property
    def _numba_type_(self) -> Any:
        if self._dispatcher is None:
            self._dispatcher = _njit(self._function, **self._options)
        return self._dispatcher._numba_type_


class Instruction:
    """Something that LLVM can say and Python cannot; it does nothing where it is not compiled."""

    def __init__(self, define: Callable[[], Any]) -> None:
        update_wrapper(self, define)
        self._define = define
        self._intrinsic: Any = None

    def __call__(self, *arguments: Any) -> None:
        """Do nothing."""

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        if self._intrinsic is None:
            self._intrinsic = self._define()
            cpu_target.typing_context.refresh()  # takes note of it
        return cpu_target.typing_context.resolve_value_type(self._intrinsic)


def plain_numba() -> bool:
    """Tell whether the environment leaves compiled code to Numba alone.

    Raises
    ------
    InputError
        If ``VARCOLOR_JIT`` is set to something unknown.
    """
    wish = os.environ.get("VARCOLOR_JIT", "")
    if wish not in ("", "numba"):
        raise InputError(f"VARCOLOR_JIT={wish!r} in the environment: expected numba, or nothing")
    return wish == "numba"


@cache
def _say_unlike() -> None:
    """Say once that this version of Numba is unlike those that are known."""
    numba = import_numba()
    warnings.warn(
        f"Numba {numba.__version__} is unlike the versions {KNOWN[0]} to {KNOWN[1]} that varcolor "
        "was tested with: compiled code cannot be kept, and every start takes longer; results "
        "are the same",
        CacheWarning,
        stacklevel=2,
    )


def _njit(function: Callable[..., Any], *signature: str, **options: Any) -> Any:
    numba = import_numba()
    njit: Any = numba.njit
    return njit(*signature, error_model="numpy", **(_BARE | options))(function)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage, which takes a tenth of the compiler's time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def kernel(signature: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Make a kernel of a function; ``signature`` in Numba's notation."""
    return lambda function: Kernel(function, signature)


def helper(function: Callable[..., Any]) -> Helper:
    """Make a helper of a function; every operation stays as written."""
    return Helper(function)


def fast_helper(function: Callable[..., Any]) -> Helper:
    """Make a helper whose sums may be contracted and reordered, as those of kernels."""
    return Helper(function, fastmath=_FAST)

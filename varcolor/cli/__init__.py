"""The command line: one command a file, exit codes, one line per error.

Exit codes: 0 all well, 1 done but not as asked (a note says what), 2 wrong arguments or cues,
3 a file that cannot be read or written, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cyclopts

import varcolor
from varcolor.errors import (
    BackendError,
    CacheWarning,
    FileError,
    FormatError,
    InputError,
    MissingExtra,
    VarcolorError,
)
from varcolor.registry import did_you_mean

CONFIG = "varcolor.toml"

app = cyclopts.App(
    name="varcolor",
    help="Spread a few colours over a grey photo: exactly, and with its luma untouched.",
    version=varcolor.__version__,
    config=[
        cyclopts.config.Toml(CONFIG, must_exist=False),
        cyclopts.config.Env("VARCOLOR_"),
    ],
    default_parameter=cyclopts.Parameter(show_env_var=False),
    suppress_keyboard_interrupt=False,
)
COMMANDS = {
    "colorize": "Colour a grey photo.",
    "recolor": "Change colours of a photo.",
    "info": "Tell what is in a picture or cue file.",
    "metrics": "Measure how good results are.",
    "encode": "Store colour photos as grey and a few bytes.",
    "decode": "Bring encoded photos back.",
    "roundtrip": "Encode, decode and measure.",
    "demo": "Colour three photos and show the result.",
}
for _name, _help in COMMANDS.items():
    app.command(f"varcolor.cli.{_name}:{_name}", name=_name, help=_help)
app.command("varcolor.cli.roundtrip:roundtrip", name="recolorize", show=False)

OK, PARTLY, USAGE, FILES, INTERRUPTED = 0, 1, 2, 3, 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _show_warning
        try:
            _check_config(Path(CONFIG))
            result = app(
                list(arguments),
                exit_on_error=False,
                print_error=False,
                result_action="return_value",
            )
            return result if isinstance(result, int) else OK
        except cyclopts.CycloptsError as error:
            return _fail(USAGE, f"{str(error).strip()} (see varcolor --help)")
        except (FileError, BackendError, FormatError) as error:
            return _fail(FILES, str(error))
        except (InputError, MissingExtra) as error:
            return _fail(USAGE, str(error))
        except VarcolorError as error:
            return _fail(PARTLY, str(error))
        except MemoryError:
            return _fail(FILES, "out of memory")
        except KeyboardInterrupt:
            return _fail(INTERRUPTED, "interrupted")


def main() -> None:
    """Entry point of the ``varcolor`` program."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started the program
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        _drop_stdout()
        code = OK
    except OSError as error:
        _drop_stdout()
        code = _fail(FILES, f"standard output cannot be written ({error.strerror or error})")
    sys.exit(code)


def _drop_stdout() -> None:
    """Let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_config(path: Path) -> None:
    """Refuse a configuration file that cannot be read or has sections that no command reads."""
    if not os.path.lexists(path):
        return
    import tomllib

    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(f"{path}: not valid TOML ({error})") from None
    for name in sections:
        if name not in COMMANDS:
            raise InputError(
                f"{path}: {name!r} is no command{did_you_mean(name, COMMANDS)}; options go into "
                f"the section of their command: [{'], ['.join(COMMANDS)}]"
            )


def _fail(code: int, message: str) -> int:
    print("varcolor: " + " ".join(message.split()), file=sys.stderr)
    return code


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    kind = "note" if isinstance(message, CacheWarning) else "warning"
    print(f"{kind}: {message}", file=sys.stderr)

"""The command line: one command a file, exit codes, one line per error.

Exit codes: 0 all well, 1 done but not as asked (a note says what), 2 wrong arguments or cues,
3 a file that cannot be read or written, 130 interrupted.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import cyclopts

import varcolor
from varcolor.errors import (
    BackendError,
    FileError,
    FormatError,
    InputError,
    MissingExtra,
    VarcolorError,
)

app = cyclopts.App(
    name="varcolor",
    help="Spread a few colours over a grey photo: exactly, and with its luma untouched.",
    version=varcolor.__version__,
    config=[
        cyclopts.config.Toml("varcolor.toml", must_exist=False),
        cyclopts.config.Env("VARCOLOR_"),
    ],
    default_parameter=cyclopts.Parameter(show_env_var=False),
    suppress_keyboard_interrupt=False,
)
app.command("varcolor.cli.colorize:colorize", name="colorize", help="Colour a grey photo.")
app.command("varcolor.cli.recolor:recolor", name="recolor", help="Change colours of a photo.")
app.command("varcolor.cli.info:info", name="info", help="Tell what is in a picture or cue file.")
app.command("varcolor.cli.metrics:metrics", name="metrics", help="Measure how good results are.")
app.command("varcolor.cli.demo:demo", name="demo", help="Colour three photos and show the result.")

OK, PARTLY, USAGE, FILES, INTERRUPTED = 0, 1, 2, 3, 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _show_warning
        try:
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
    sys.exit(run(sys.argv[1:]))


def _fail(code: int, message: str) -> int:
    print("varcolor: " + " ".join(message.split()), file=sys.stderr)
    return code


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)

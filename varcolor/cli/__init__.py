"""The command line: one command a file, exit codes, one line per error.

Exit codes: 0 all well, 1 done but not as asked (a note says what), 2 wrong arguments or cues,
3 a file that cannot be read or written, 130 interrupted.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Any

import cyclopts

import varcolor
from varcolor.batch.reasons import reason_of
from varcolor.cli import config, output, streams
from varcolor.errors import (
    BackendError,
    CacheWarning,
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
        config.FolderSettings(),
        cyclopts.config.Env("VARCOLOR_"),
    ],
    default_parameter=cyclopts.Parameter(show_env_var=False),
    suppress_keyboard_interrupt=False,
)
COMMANDS = {
    "colorize": "Colour a grey photo.",
    "recolor": "Change colours of a photo.",
    "palette": "Tell the main colours of a photo.",
    "paint": "Paint on a photo in your browser.",
    "batch": "Colour photos by the thousand.",
    "watch": "Colour what comes into a folder.",
    "film": "Colour a film from strokes on a few frames.",
    "methods": "List methods, solvers and priors with all their options.",
    "info": "Tell what is in a picture or cue file.",
    "metrics": "Measure how good results are.",
    "encode": "Store colour photos as grey and a few bytes.",
    "decode": "Bring encoded photos back.",
    "roundtrip": "Encode, decode and measure.",
    "segment": "Find the objects of a photo and write their masks.",
    "suggest": "Suggest colours for a pixel of a photo.",
    "models": "Weight files of networks: list, fetch, add, check.",
    "train": "Train a network on your own pictures.",
    "evaluate": "Measure a network that was trained here.",
    "demo": "Colour three photos and show the result.",
}
EXAMPLES = {
    "colorize": (
        "varcolor colorize photo.jpg --marked painted.png",
        "varcolor colorize photo.png --strokes strokes.json --cue 120,45,#c08040 -o out.png",
    ),
    "recolor": (
        "varcolor recolor cup.jpg --strokes blue.json -o out.png",
        "varcolor recolor car.png --cue 300,200,steelblue,8 --layer blue.png",
        "varcolor recolor poster.jpg --scheme 1920s",
        "varcolor recolor poster.jpg --palette '#c08040=teal' --palette 2=lock",
    ),
    "palette": (
        "varcolor palette poster.jpg",
        "varcolor palette poster.jpg --colors 5 -o poster.gpl -o poster.png",
    ),
    "paint": (
        "varcolor paint photo.jpg",
        "varcolor paint photos/ --no-browser --port 8080",
    ),
    "batch": (
        "varcolor batch scans/ -o coloured/ --cues strokes/",
        "varcolor batch scans/ -o coloured/ --retry-failed --jobs 8",
        "varcolor batch archive.csv -o coloured/ --dry-run",
    ),
    "watch": (
        "varcolor watch in/ out/",
        "varcolor watch /mnt/scans out/ --polling --cues strokes/",
    ),
    "film": (
        "varcolor film old.mp4 -o coloured.mkv --keys keys/",
        "varcolor film frames/ -o coloured/ --keys keys/ --exact",
        "varcolor film suggest-keys old.mp4 --keys keys/",
    ),
    "methods": (
        "varcolor methods",
        "varcolor methods tgv --json",
    ),
    "info": (
        "varcolor info photo.tif",
        "varcolor info strokes.json --json",
    ),
    "metrics": (
        "varcolor metrics true.png photo.colour.png",
        "varcolor metrics originals/ coloured/ --metric psnr --metric ciede2000 --heatmap maps/",
    ),
    "encode": (
        "varcolor encode photos/ -o small/ --budget 500",
        "varcolor encode photo.jpg --sidecar --quality 2",
    ),
    "decode": (
        "varcolor decode photo.vcir",
        "varcolor decode small/ -o photos/ --on-exists number",
    ),
    "roundtrip": (
        "varcolor roundtrip photos/ -o decoded/ --budget 500",
        "varcolor roundtrip photo.png --quality 2 --json",
    ),
    "segment": (
        "varcolor segment photo.jpg --boxes boxes.png",
        "varcolor segment photo.jpg --inside 120,45 --outside 10,10 -o cat.png",
    ),
    "suggest": (
        "varcolor suggest photo.png --at 120,45 --strokes strokes.json",
        "varcolor suggest photo.png --network siggraph17 --entropy entropy.png",
    ),
    "models": (
        "varcolor models",
        "varcolor models fetch siggraph17-df00044c",
    ),
    "train": (
        "varcolor train colornet-l --data archive/ --out run/ --minutes 60",
        "varcolor train own.toml --data photos.zip --data list.txt --resume",
    ),
    "evaluate": (
        "varcolor evaluate run/ --sheet sheet.png",
        "varcolor evaluate run/ --data other/ --hints 10 --json",
    ),
    "demo": (
        "varcolor demo",
        "varcolor demo pictures/ --method tgv --space lab",
    ),
}
#: Folders of commands that do not lie at the top.
_FOLDERS = {
    **dict.fromkeys(("models", "suggest"), "networks"),
    **dict.fromkeys(("batch", "watch"), "folders"),
    **dict.fromkeys(("encode", "decode", "roundtrip"), "codec"),
    "film": "films",
    "metrics": "measuring",
    **dict.fromkeys(("train", "evaluate"), "training"),
    "segment": "objects",
    "palette": "palettes",
}
for _name, _help in COMMANDS.items():
    _epilogue = "\n\n".join(["For example:", *EXAMPLES[_name]])
    _module = f"{_FOLDERS[_name]}.{_name}" if _name in _FOLDERS else _name
    app.command(f"varcolor.cli.{_module}:{_name}", name=_name, help=_help, help_epilogue=_epilogue)
app.command("varcolor.cli.codec.roundtrip:roundtrip", name="recolorize", show=False)

OK, PARTLY, USAGE, FILES, INTERRUPTED = 0, 1, 2, 3, 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _show_warning
        try:
            config.check(Path(config.CONFIG), COMMANDS)
            result = copy_context().run(
                app,
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
        except (MemoryError, OSError, ImportError) as error:
            return _fail(FILES, reason_of(error))
        except KeyboardInterrupt:
            return _fail(INTERRUPTED, "interrupted")


def main() -> None:
    """Entry point of the ``varcolor`` program."""
    sys.stdout, sys.stderr = streams.guarded(sys.stdout), streams.guarded(sys.stderr)
    code = run(sys.argv[1:])
    fault = streams.fault_of(sys.stdout)
    if code in (OK, PARTLY) and fault is not None and not isinstance(fault, BrokenPipeError):
        code = _fail(FILES, f"standard output cannot be written ({fault.strerror or fault})")
    sys.exit(code)


def _fail(code: int, message: str) -> int:
    output.complain(message)
    return code


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    kind = "note" if isinstance(message, CacheWarning) else "warning"
    print(f"{kind}: {message}", file=sys.stderr)

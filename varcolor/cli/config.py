"""`varcolor.toml` of the current folder: settings of the commands, but never what is written.

The folder may come from somebody else, so its file names no outputs and lets none be replaced, and
what is taken from it is said.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cyclopts.config import Toml

from varcolor.cli import output
from varcolor.cli.naming import WritesFiles
from varcolor.errors import FileError, InputError
from varcolor.image.special import open_regular
from varcolor.registry import did_you_mean

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument, ArgumentCollection

CONFIG = "varcolor.toml"


class FolderSettings:
    """Fill the options that the command line leaves open from `varcolor.toml`."""

    def __init__(self) -> None:
        self._file = Toml(CONFIG, must_exist=False)

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Add what the file says, refuse options that write, and tell the rest.

        Raises
        ------
        InputError
            If the file sets an option that says what is written.
        """
        self._file(app, commands, arguments)
        found: dict[str, Any] = {}
        quiet = False
        for argument in arguments:
            quiet |= argument.name == "--quiet" and bool(argument.tokens)
            values = [t for t in argument.tokens if t.source == self._file.source]
            if not values:
                continue
            name = argument.name.removeprefix("--")
            if _writes(argument):
                raise InputError(
                    f"{CONFIG}: {name!r} says what is written or who may come in, and is not taken "
                    f"from a file in the folder; give --{name} on the command line"
                )
            found[name] = ", ".join(token.value for token in values)
        output.tell_settings(CONFIG, found, quiet)


def _writes(argument: Argument) -> bool:
    return any(isinstance(mark, WritesFiles) for mark in get_args(argument.field_info.annotation))


def check(path: Path, commands: Iterable[str]) -> None:
    """Refuse a configuration file that cannot be read or has sections that no command reads.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is no TOML, or has other sections.
    """
    if not os.path.lexists(path):
        return
    import tomllib

    try:
        with open(open_regular(path), "rb") as file:
            sections = tomllib.load(file)
    except FileError:
        raise FileError(f"{path}: cannot be read (it is no regular file)") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid TOML ({error})") from None
    commands = tuple(commands)
    for name in sections:
        if name not in commands:
            raise InputError(
                f"{path}: {name!r} is no command{did_you_mean(name, commands)}; options go into "
                f"the section of their command: [{'], ['.join(commands)}]"
            )

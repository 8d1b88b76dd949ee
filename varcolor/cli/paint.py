"""`varcolor paint`: the painting page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from varcolor.cli import OK, output
from varcolor.cli.naming import WRITES
from varcolor.cli.options import Whole
from varcolor.errors import FileError, InputError

if TYPE_CHECKING:
    from varcolor.app.shot.film import Film

_LOOPBACK = "127.0.0.1"


def paint(
    what: Annotated[
        Path | None,
        Parameter(
            help="A photo, a project (.varcolor), a video or a folder of photos. Photos are opened "
            "from its folder alone, and results are saved there. [the current folder]"
        ),
    ] = None,
    /,
    *,
    film: Annotated[
        bool,
        Parameter(
            negative="",
            help="The folder holds the numbered frames of a film. What is painted on frames of "
            "FILM is kept in FILM.keys, which varcolor film takes.",
        ),
    ] = False,
    port: Annotated[int, Whole, Parameter(help="Port to listen at; 0: any that is free.")] = 0,
    browser: Annotated[
        bool, Parameter(negative="--no-browser", help="Open the page in your browser.")
    ] = True,
    host: Annotated[
        str,
        WRITES,
        Parameter(
            help="Address to listen at. Any other than 127.0.0.1 lets everybody who reaches this "
            "machine and knows the token see the folder's photos and write results into it, "
            "unencrypted; it needs --token."
        ),
    ] = _LOOPBACK,
    token: Annotated[
        str | None,
        WRITES,
        Parameter(
            allow_leading_hyphen=True,
            help="What the page's address carries, 16 characters or more. [random]",
        ),
    ] = None,
    upload_limit: Annotated[int, WRITES, Whole, Parameter(help="Largest upload in MiB.")] = 1024,
) -> int:
    """Paint on a photo in your browser and watch the colours flow.

    The program serves a page to this machine alone and prints its address; Ctrl-C ends it. Nothing
    is sent anywhere, and what you paint is kept: open the photo again to go on.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"--port {port}: expected 0 to 65535")
    if upload_limit < 1:
        raise InputError(f"--upload-limit {upload_limit}: expected 1 or more (MiB)")
    if host != _LOOPBACK and token is None:
        raise InputError(
            f"--host {host}: others can then reach your photos; choose a secret with --token, 16 "
            "characters or more"
        )
    if token is not None and (len(token) < 16 or not token.isascii() or not token.isprintable()):
        raise InputError("--token: expected 16 or more plain characters")
    if what is not None and not what.exists():
        raise FileError(f"{what}: no such file or folder")
    from varcolor.app.server import serve, workspace_of

    shot = _film(what, film)
    serve(
        workspace_of(what, shot is not None),
        host=host,
        port=port,
        token=token,
        browser=browser,
        most=upload_limit << 20,
        say=lambda address: print(f"The page is at {address}\nCtrl-C ends it.", flush=True),
        film=shot,
    )
    return OK


def _film(what: Path | None, asked: bool) -> Film | None:
    """Return the film to paint on: a video, or a folder that is said to be one."""
    from varcolor.film.files.source import VIDEOS, looks_like_frames

    video = what is not None and what.is_file() and what.suffix.lower() in VIDEOS
    if asked and (what is None or not (video or what.is_dir())):
        raise InputError("--film: name a video or a folder of numbered frames")
    if what is not None and (video or asked):
        from varcolor.app.shot.film import Film

        return Film(what)
    folder = Path.cwd() if what is None else what
    if folder.is_dir() and looks_like_frames(folder):
        text = f"{folder}: looks like the frames of a film; to paint on it as one: --film"
        output.note([text], False)
    return None

"""Autosaved paintings on disk: one project file for each photo, by the hash of the photo."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from varcolor.errors import VarcolorError
from varcolor.image.publish import sweep, write_files
from varcolor.project import SUFFIX, Project, read_project


def state_folder() -> Path:
    """Return the folder for what programs keep of their work (XDG base directories)."""
    own = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    if sys.platform == "darwin" and not own:
        own = str(Path.home() / "Library" / "Application Support")
    return Path(own or Path.home() / ".local" / "state") / "varcolor" / "paintings"


@dataclass(frozen=True, slots=True)
class Autosaves:
    """Autosaved paintings in a folder."""

    folder: Path
    mode: int = 0o700
    """Of the folder, where it is made."""

    def file(self, key: str) -> Path:
        """Return the file of the photo with this key."""
        return self.folder / f"{key}{SUFFIX}"

    def keep(self, key: str, project: Project) -> None:
        """Write a painting, in one step.

        Raises
        ------
        FileError
            If it cannot be written.
        """
        self.folder.mkdir(mode=self.mode, parents=True, exist_ok=True)
        write_files({self.file(key): project.content()})

    def find(self, key: str) -> Project | None:
        """Return what was autosaved for a photo; None if there is nothing that can be read."""
        if not self.file(key).exists():
            return None
        try:
            return read_project(self.file(key))
        except VarcolorError:
            return None

    def forget(self, key: str) -> None:
        """Drop what was autosaved for a photo."""
        self.file(key).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what killed processes have left."""
        if self.folder.exists():
            sweep([self.folder])

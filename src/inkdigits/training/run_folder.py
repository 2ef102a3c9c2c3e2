"""A folder that appears whole or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from inkdigits.errors import OutputError
from inkdigits.files import explain_write_error

__all__ = ["RunFolder", "open_run_folder", "refuse_taken"]


@dataclass
class RunFolder:
    """A run folder in the making.

    path: where it will appear.
    draft: the folder to write into meanwhile, beside ``path``.
    """

    path: Path
    draft: Path
    _made_parents: list[Path] = field(default_factory=list)

    def make_parents(self) -> None:
        """Make the folders above, and remember which were missing; raise OSError where that cannot be."""
        for parent in reversed([self.path, *self.path.parents][1:]):
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                self._made_parents.insert(0, parent)
            elif not parent.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, f"{parent} is not a folder")

    def publish(self) -> None:
        """Rename the draft into place; raise OutputError where something has come to stand there."""
        # rename() would silently replace an empty folder.
        if self.path.exists():
            raise OutputError(f"{self.path} has appeared meanwhile; the run was not written over it")
        self.draft.rename(self.path)

    def discard(self) -> None:
        """Remove the draft, and the parents that were made for it where they are empty."""
        shutil.rmtree(self.draft, ignore_errors=True)
        for parent in self._made_parents:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def open_run_folder(output: str | Path | None, default: Path) -> Iterator[RunFolder]:
    """Claim a place for a run folder, and let its draft be filled inside the ``with``.

    output: where the run is wanted; None takes ``default``, numbered where that is taken.

    The draft stays only where ``publish`` was called. Raise OutputError at once where the place is taken or
    cannot be written, and at the end for whatever the disk refuses, its being full included.
    """
    folder = _claim(Path(output)) if output is not None else _claim_numbered(default)
    try:
        yield folder
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(explain_write_error(folder.path, error)) from error
    finally:
        if folder.draft.exists():
            folder.discard()


def _claim_numbered(default: Path) -> RunFolder:
    path, number = default, 1
    while True:
        try:
            return _claim(path)
        except _TakenError:
            number += 1
            path = default.with_name(f"{default.name}-{number}")


class _TakenError(OutputError):
    """The place is another's."""


def _claim(path: Path) -> RunFolder:
    refuse_taken(path)
    folder = RunFolder(path, _draft_of(path))
    try:
        folder.make_parents()
        # The draft's name follows from the path, so that making it is also the claim on the path.
        folder.draft.mkdir()
    except FileExistsError as error:
        raise _TakenError(
            f"{folder.draft} exists; another run is writing there, or was killed: then remove that folder"
        ) from error
    except OSError as error:
        folder.discard()
        raise OutputError(explain_write_error(path, error)) from error
    # Looked at again now that the claim stands: a run that held it may have been published in between.
    try:
        refuse_taken(path)
    except _TakenError:
        folder.discard()
        raise
    return folder


def refuse_taken(output: str | Path | None) -> None:
    """Raise OutputError where something stands at ``output``; None is no place."""
    if output is None:
        return
    path = Path(output)
    if path.exists() or path.is_symlink():
        raise _TakenError(f"{path} exists already; choose another output folder, or remove it")


def _draft_of(path: Path) -> Path:
    absolute = path.absolute()
    return absolute.with_name(f".{absolute.name}.partial")

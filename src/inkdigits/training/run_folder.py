"""A folder that appears whole or not at all: written beside its place, then renamed into it.

.NAME.partial  what is written until then
.NAME.lock     held as long as somebody writes it; a draft without that is of a run that was killed, and goes
"""

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

    def __post_init__(self) -> None:
        """Name the lock, which nobody holds yet."""
        from filelock import FileLock  # of the training extra, without which this module is imported too

        self._lock_path = self.draft.with_name(f".{self.path.absolute().name}.lock")
        self._lock = FileLock(self._lock_path)

    def claim(self) -> None:
        """Make the draft, and the folders above; raise Timeout where another run holds it, OSError where it cannot be.

        What a run that was killed left in it goes.
        """
        for parent in reversed([self.path, *self.path.parents][1:]):
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                self._made_parents.insert(0, parent)
            elif not parent.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, f"{parent} is not a folder")
        self._lock.acquire(timeout=0)
        if self.draft.exists():
            shutil.rmtree(self.draft)
        self.draft.mkdir()

    def publish(self) -> None:
        """Rename the draft into place; raise OutputError where something has come to stand there."""
        # rename() would silently replace an empty folder.
        if self.path.exists():
            raise OutputError(f"{self.path} has appeared meanwhile; the run was not written over it")
        self.draft.rename(self.path)

    def close(self) -> None:
        """Let others have the place; the draft goes, and the parents that were made for it where they are empty."""
        if self._lock.is_locked:
            shutil.rmtree(self.draft, ignore_errors=True)
            with suppress(OSError):  # Windows removes it on release
                self._lock_path.unlink()
            self._lock.release()
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
        folder.close()


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
    from filelock import Timeout

    refuse_taken(path)
    folder = RunFolder(path, _draft_of(path))
    try:
        folder.claim()
        # Looked at again now that the claim stands: a run that held it may have been published in between.
        refuse_taken(path)
    except Timeout as error:
        folder.close()
        raise _TakenError(f"another run is writing {path}; wait for it, or choose another folder") from error
    except OSError as error:
        folder.close()
        raise OutputError(explain_write_error(path, error)) from error
    except _TakenError:
        folder.close()
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

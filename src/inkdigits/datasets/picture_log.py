"""What loading a folder of pictures took note of: which file became which image, and which could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SMALL", "PictureLog", "UnreadablePicture"]

SMALL = 12
"""Pixels; a digit of fewer is little more than a guess."""


@dataclass(frozen=True)
class UnreadablePicture:
    """A file that was left out, and why, in words that do not name it again."""

    path: Path
    reason: str


@dataclass
class PictureLog:
    """Given to ``load_data``, it keeps unreadable pictures from ending the load, and is filled by it.

    files: by split, the file of each image, in the images' order; empty where the source is no folder of pictures.
    unreadable: the files that were left out, in the order in which they were met.
    small: the files of images that are narrower or lower than ``SMALL`` pixels, of which scaling makes most.
    on_read: is told how many files are done, and of how many.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    unreadable: list[UnreadablePicture] = field(default_factory=list)
    small: list[Path] = field(default_factory=list)
    on_read: Callable[[int, int], None] | None = None
    _total: int = 0
    _done: int = 0

    def begin(self, total: int) -> None:
        """Take note of how many files there are to read."""
        self._total = total

    def note_size(self, path: Path, size: tuple[int, int]) -> None:
        """Take note of the width and height of a file that is about to be read."""
        if min(size) < SMALL:
            self.small.append(path)

    def keep(self, split: str, path: Path) -> None:
        """Take note of a file that became the next image of a split."""
        self.files.setdefault(split, []).append(path)
        self._tell()

    def leave_out(self, path: Path, error: Exception) -> None:
        """Take note of a file that could not be read."""
        reason = str(error).removeprefix(f"{path}").lstrip(": ")
        if path in self.small[-1:]:
            self.small.pop()
        self.unreadable.append(UnreadablePicture(path, reason))
        self._tell()

    def describe_first(self) -> str:
        """Say in a few words what is wrong with the first file that was left out."""
        if not self.unreadable:
            return "there are no files"
        first = self.unreadable[0]
        return f"the first of {len(self.unreadable):,}: {first.path}: {first.reason}"

    def _tell(self) -> None:
        self._done += 1
        if self.on_read is not None:
            self.on_read(self._done, self._total)

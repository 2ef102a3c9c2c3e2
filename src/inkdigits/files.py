"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from inkdigits.errors import OutputError

__all__ = ["check_writable", "explain_write_error", "write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path``, on the disk itself, and rename it into place.

    Raises OutputError where that fails. Whatever stops it, Ctrl-C too, leaves nothing; but a kill or a power cut may
    leave a file whose name begins with a dot and ``path``'s.
    """
    try:
        temporary = _beside(path)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave the name without the bytes
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(explain_write_error(path, error)) from error


def check_writable(path: Path) -> None:
    """Raise OutputError where ``write_whole`` cannot write a file; what is there is left as it is."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        temporary = _beside(path)
        temporary.open("xb").close()
        temporary.unlink()
    except OSError as error:
        raise OutputError(explain_write_error(path, error)) from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def explain_write_error(path: Path, error: OSError) -> str:
    """Return one line on why ``path`` could not be written."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "permission denied",
        errno.EROFS: "the file system is read-only",
        errno.ENOENT: "its folder does not exist",
        errno.ENOTDIR: "its folder is a file",
        errno.EISDIR: "it is a folder",
    }
    if path.parent.is_dir():
        del reasons[errno.ENOENT]  # it is the system, as in /proc, that makes no file of this name
    return f"{path} cannot be written: {reasons.get(error.errno or 0, error.strerror or str(error))}"

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inkdigits.errors import OutputError
from inkdigits.files import check_writable, write_whole


def test_a_file_appears_whole(tmp_path):
    write_whole(tmp_path / "a.bin", b"first")
    write_whole(tmp_path / "a.bin", b"second")
    assert (tmp_path / "a.bin").read_bytes() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_a_full_disk_leaves_nothing_and_keeps_the_old(tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(b"old")

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OutputError, match="the disk is full"):
        write_whole(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_ctrl_c_leaves_nothing_and_keeps_the_old(tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(OutputError, match="folder does not exist"):
        write_whole(tmp_path / "no" / "a.bin", b"")


def test_threads_that_write_at_once_leave_the_mask_of_permissions_alone(tmp_path):
    before = os.umask(0o027)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: write_whole(tmp_path / f"{number}", b"a"), range(200)))
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}
    finally:
        assert os.umask(before) == 0o027


def test_whether_a_file_can_be_written_is_told_and_nothing_is_left(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("as it was")
    check_writable(path)
    check_writable(tmp_path / "b.txt")
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="it is a folder"):
        check_writable(tmp_path / "folder")
    with pytest.raises(OutputError, match="its folder does not exist"):
        check_writable(tmp_path / "none" / "a.txt")
    with pytest.raises(OutputError, match="its folder is a file"):
        check_writable(tmp_path / "file" / "a.txt")

    def refuse(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match=r"a\.txt cannot be written: permission denied"):
        check_writable(tmp_path / "a.txt")

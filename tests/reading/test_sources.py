import os
import sys
import threading
from pathlib import Path

import pytest

from inkdigits.errors import ImageError
from inkdigits.reading import sources
from inkdigits.reading.sources import is_heic, is_pdf, is_tiff, open_stream


def test_a_stream_starts_at_its_start_and_is_closed(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 5000)
    for source in (path, str(path), b"x" * 5000):
        with open_stream(source, "a") as (stream, head):
            assert (stream.read(), head) == (b"x" * 5000, b"x" * 1024)
        assert stream.closed


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes")
def test_a_pipe_is_read_to_its_end_within_bounds(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(b"abc",)).start()
    with open_stream(pipe, "pipe") as (stream, _):
        assert stream.read() == b"abc"
    monkeypatch.setattr(sources, "MAX_STREAM_BYTES", 1 << 20)
    with (
        pytest.raises(ImageError, match="zero is a stream of more than 1 MB; save it"),
        open_stream(Path("/dev/zero"), "zero"),
    ):
        pass


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "is empty"),
        ("a\0b", "holds a null character"),
        ("missing", "does not exist"),
        (".", "is a folder"),
    ],
)
def test_what_cannot_be_opened_is_one_clear_line(source, message):
    with pytest.raises(ImageError, match=message) as caught, open_stream(source, str(source)):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="everything may be read here")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(ImageError, match="cannot be read: Permission denied"), open_stream(path, "a.png"):
        pass


def test_what_a_file_is_shows_in_its_first_bytes():
    assert is_pdf(b"%PDF-1.4")
    assert is_pdf(b"\xef\xbb\xbf\n%PDF-2.0")
    assert not is_pdf(b"\x89PNG\r\n a picture of %PDF-1.4")
    assert is_tiff(b"II*\0")
    assert is_tiff(b"MM\0+")
    assert not is_tiff(b"\x89PNG")
    assert is_heic(b"\0\0\0\x18ftypheic")
    assert not is_heic(b"\0\0\0\x18ftypmp42")

import numpy as np
import pytest

from inkdigits.datasets import write_submission
from inkdigits.errors import OutputError


def test_content(tmp_path):
    path = write_submission(tmp_path / "submission.csv", np.array([2, 0, 9]))
    assert path.read_bytes() == b"ImageId,Label\n1,2\n2,0\n3,9\n"
    assert list(tmp_path.iterdir()) == [path]


def test_never_overwrites(tmp_path):
    path = tmp_path / "submission.csv"
    path.write_text("mine")
    with pytest.raises(OutputError, match=r"submission\.csv exists"):
        write_submission(path, [1])
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["missing/submission.csv", "file/submission.csv"])
def test_unwritable_place(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_submission(tmp_path / name, [1])


def test_disk_full_leaves_nothing(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_submission(tmp_path / "submission.csv", [1])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("labels", [[0.5], [10], [-1], [[1, 2]], ["7"]])
def test_refuses_other_labels(tmp_path, labels, refuses):
    with refuses("labels"):
        write_submission(tmp_path / "submission.csv", labels)
    assert list(tmp_path.iterdir()) == []

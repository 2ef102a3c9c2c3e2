import errno
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from inkdigits.errors import DataError, OutputError
from inkdigits.training.run_folder import open_run_folder

RunPython = Callable[..., tuple[str, str]]


def write_run(output: Path | None, default: Path) -> Path:
    with open_run_folder(output, default) as folder:
        (folder.draft / "metrics.json").write_text("{}")
        assert not folder.path.exists()
        folder.publish()
    return folder.path


def test_a_folder_appears_when_it_is_published(tmp_path: Path) -> None:
    output = tmp_path / "deep" / "down" / "run"
    assert write_run(output, tmp_path / "unused") == output
    assert [path.name for path in output.iterdir()] == ["metrics.json"]
    assert [path.name for path in output.parent.iterdir()] == ["run"]


def test_the_default_is_numbered_where_it_is_taken(tmp_path: Path) -> None:
    with open_run_folder(tmp_path / "run-2", tmp_path):  # another run
        names = [write_run(None, tmp_path / "run").name for _ in range(3)]
    assert names == ["run", "run-3", "run-4"]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), DataError("empty"), OSError(errno.ENOSPC, "no space left")]
)
def test_nothing_stays_of_a_run_that_fails(tmp_path: Path, error: BaseException) -> None:
    def fail() -> None:
        with open_run_folder(tmp_path / "new" / "run", tmp_path) as folder:
            (folder.draft / "model.onnx").write_bytes(b"half")
            raise error

    with pytest.raises((type(error), OutputError)):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"run cannot be written: the disk is full"),
        open_run_folder(tmp_path / "run", tmp_path),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_place_that_is_taken_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("folder", "file", "link"):
        with (
            pytest.raises(OutputError, match=f"{name} exists already; choose another"),
            open_run_folder(tmp_path / name, tmp_path),
        ):
            pytest.fail("a taken place was opened")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "link"]


def test_two_runs_cannot_write_one_folder(tmp_path: Path) -> None:
    with open_run_folder(tmp_path / "run", tmp_path) as first:
        with (
            pytest.raises(OutputError, match=r"another run is writing .*run; wait"),
            open_run_folder(tmp_path / "run", tmp_path),
        ):
            pytest.fail("the place was given twice")
        first.publish()
    assert (tmp_path / "run").is_dir()


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path, run_python: RunPython) -> None:
    killed = """
import os, signal, sys
from inkdigits.training.run_folder import open_run_folder
with open_run_folder(sys.argv[1], sys.argv[1]) as folder:
    (folder.draft / "half.onnx").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    run_python(killed, tmp_path / "run", exit_code=-signal.SIGKILL)
    assert (tmp_path / ".run.partial" / "half.onnx").is_file()
    write_run(tmp_path / "run", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["metrics.json"]


def test_a_folder_that_appears_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    def collide() -> None:
        with open_run_folder(tmp_path / "run", tmp_path) as folder:
            (tmp_path / "run").mkdir()
            folder.publish()

    with pytest.raises(OutputError, match="has appeared meanwhile"):
        collide()
    assert list((tmp_path / "run").iterdir()) == []


def test_a_place_that_cannot_be_made_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(OutputError, match="its folder is a file"),
        open_run_folder(tmp_path / "file" / "run", tmp_path),
    ):
        pytest.fail("a file was taken for a folder")

    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with (
        pytest.raises(OutputError, match="run cannot be written: permission denied"),
        open_run_folder(tmp_path / "run", tmp_path),
    ):
        pytest.fail("a place without permission was opened")

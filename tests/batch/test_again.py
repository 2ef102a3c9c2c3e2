"""What ended in an error, read again: nothing else is, and the rows are those of a batch that nothing disturbed."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inkdigits.batch import Settings, again, batch, run, store
from inkdigits.batch.engines import PartDone
from inkdigits.batch.inputs import Item
from inkdigits.batch.progress import SilentProgress
from inkdigits.batch.rows import SCHEMA, error_row
from inkdigits.batch.work import Worker
from inkdigits.errors import OutputError

DIGITS = Settings(kind="digit")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_FIELDS_A_PART", 2)
    monkeypatch.setattr(store, "PARTS_A_FILE", 2)
    monkeypatch.setattr(again, "PARTS_A_FILE", 2)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read here: a process for each of these batches would take most of the time."""

    def local_parts(parts: Any, settings: Settings, write: Any, *_: Any) -> Iterator[PartDone]:
        worker = Worker(settings)
        for number, items in parts:
            result = worker.read(items)
            write(number, result.rows)
            yield PartDone.of(number, len(items), result)

    monkeypatch.setattr(run, "local_parts", local_parts)


@pytest.fixture
def disturbed(folder: Path, crops: list[Image.Image]) -> Callable[[], None]:
    """Break three files of ``folder``, one of many pages; the call mends them."""
    crops[0].save(folder / "pages.tif", save_all=True, append_images=crops[1:])
    (folder / "broken.png").unlink()
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    for name in ("0.png", "below/5.png", "pages.tif"):
        (folder / name).write_bytes(b"II*\x00")

    def mend() -> None:
        shutil.copytree(kept, folder, dirs_exist_ok=True)

    return mend


class Told(SilentProgress):
    """Remembers how many items were to be read, and stops after so many parts."""

    def __init__(self, stop_after: int = 0) -> None:
        self.items: list[int] = []
        self.said: list[str] = []
        self._left = stop_after

    def say(self, message: str) -> None:
        self.said.append(message)

    def begin(self, items: int) -> None:
        self.items.append(items)

    def part(self, done: PartDone) -> None:  # noqa: ARG002
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("rows-*.parquet")) for row in pq.read_table(path).to_pylist()]


def lines_of(folder: Path) -> list[str]:
    files = [path.read_text().splitlines() for path in sorted(folder.glob("rows-*.csv"))]
    return files[0][:1] + [line for lines in files for line in lines[1:]]


def names_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("rows-")}


def test_what_was_mended_is_read_again_and_nothing_else(
    folder: Path, tmp_path: Path, disturbed: Callable[[], None]
) -> None:
    output, told = tmp_path / "out", Told()
    assert batch(folder, output, DIGITS, workers=1).errors == 3
    disturbed()
    assert batch(folder, output, DIGITS, workers=1, progress=told).errors == 3
    assert told.items == []
    again = batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=told)
    assert told.items == [4]  # two pictures, and a document in two pieces
    assert (again.rows, again.errors, again.items) == (12, 0, 4)
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")
    assert names_of(output) == {"manifest.json", "summary.json", "summary.png"}
    assert json.loads((output / "summary.json").read_text())["errors"] == 0
    batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=told)
    assert (told.items, told.said[-1]) == ([4], "no row is an error")


def test_csv_stays_as_it_was_but_for_the_errors(
    folder: Path, tmp_path: Path, disturbed: Callable[[], None]
) -> None:
    batch(folder, tmp_path / "out", DIGITS, workers=1, format="csv")
    disturbed()
    (folder / "2.png").unlink()  # it is read already
    batch(folder, tmp_path / "out", DIGITS, workers=1, format="csv", retry_errors=True)
    disturbed()
    batch(folder, tmp_path / "whole", DIGITS, workers=1, format="csv")
    assert lines_of(tmp_path / "out") == lines_of(tmp_path / "whole")


def test_what_fails_again_is_an_error_still_and_may_be_read_once_more(
    folder: Path, tmp_path: Path, disturbed: Callable[[], None]
) -> None:
    output = tmp_path / "out"
    first = batch(
        folder, output, DIGITS, workers=1, retry_errors=True
    )  # a new batch: all, then errors once more
    assert (first.rows, first.errors, first.items) == (7, 3, 3)
    shutil.copy(folder / "2.png", folder / "0.png")
    told = Told()
    assert batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=told).errors == 2
    disturbed()
    assert batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=told).errors == 0
    assert told.items == [3, 3]
    assert [row["status"] for row in rows_of(output)] == ["ok"] * 12


def stop(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def move_one_and_stop(store: Any) -> None:
    path = min((store.again / "merged").iterdir())
    path.replace(store.folder / path.name)
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("where", "stopped"),
    [
        ("run._read_parts", stop),
        ("again._merge", stop),
        ("again.write_plan", stop),
        ("again._put_in_place", move_one_and_stop),
        ("run.write_summary", stop),
    ],
)
def test_a_stop_at_any_point_loses_nothing(
    folder: Path,
    tmp_path: Path,
    disturbed: Callable[[], None],
    where: str,
    stopped: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "out"
    batch(folder, output, DIGITS, workers=1)
    disturbed()
    with monkeypatch.context() as patch:
        patch.setattr(f"inkdigits.batch.{where}", stopped)
        with pytest.raises(KeyboardInterrupt):
            batch(folder, output, DIGITS, workers=1, retry_errors=True)
    batch(folder, output, DIGITS, workers=1)  # without the flag: what was begun is ended
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")
    assert names_of(output) == {"manifest.json", "summary.json", "summary.png"}


def test_what_is_stopped_while_it_reads_goes_on(
    folder: Path, tmp_path: Path, disturbed: Callable[[], None]
) -> None:
    output, told = tmp_path / "out", Told(stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        batch(folder, output, DIGITS, workers=1, progress=told)
    batch(folder, output, DIGITS, workers=1)
    disturbed()
    with pytest.raises(KeyboardInterrupt):
        batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=Told(stop_after=1))
    assert batch(folder, output, DIGITS, workers=1, retry_errors=True, progress=told).errors == 0
    assert told.items == [7, 2]
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")


def test_a_kill_before_anything_was_begun_is_no_hindrance(
    folder: Path, tmp_path: Path, disturbed: Callable[[], None]
) -> None:
    output = tmp_path / "out"
    batch(folder, output, DIGITS, workers=1)
    disturbed()
    (output / "_work" / "again" / "_work").mkdir(parents=True)
    assert batch(folder, output, DIGITS, workers=1).errors == 0


def test_a_folder_that_opens_now_is_gone_through(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    monkeypatch.chdir(folder.parent)
    items, others = run.list_items(folder.name)
    shut = Item(f"{folder.name}/below", str(folder / "below"), error="the folder cannot be opened")
    planned = [item for item in items if "below" not in item.source]
    with monkeypatch.context() as patch:
        patch.setattr(run, "list_items", lambda _: ([*planned, shut], others))
        batch(folder.name, output, DIGITS, workers=1)
    (folder / "broken.png").unlink()
    shutil.copy(folder / "0.png", folder / "broken.png")
    monkeypatch.chdir(tmp_path)  # paths in rows stay as they were
    batch(str(folder), output, DIGITS, workers=1, retry_errors=True)
    monkeypatch.chdir(folder.parent)
    batch(folder.name, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")
    shutil.rmtree(folder / "below")


def test_a_folder_that_is_empty_now_has_no_rows(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = Item("in/new", str(folder / "new"), error="the folder cannot be opened")
    (folder / "new").mkdir()
    monkeypatch.setattr(run, "list_items", lambda _: ([shut], 0))
    assert batch(folder, tmp_path / "out", DIGITS, workers=1).errors == 1
    assert batch(folder, tmp_path / "out", DIGITS, workers=1, retry_errors=True).rows == 0
    assert rows_of(tmp_path / "out") == []


def test_without_its_plan_a_batch_says_so(folder: Path, tmp_path: Path) -> None:
    batch(folder, tmp_path / "out", DIGITS, workers=1)
    (tmp_path / "out" / ".plan").unlink()
    with pytest.raises(OutputError, match=r"the plan .* cannot be read"):
        batch(folder, tmp_path / "out", DIGITS, workers=1, retry_errors=True)
    assert batch(folder, tmp_path / "out", DIGITS, workers=1).errors == 1


def test_rows_are_told_apart_by_source_and_page() -> None:
    items = [Item("a", "/a", first=1, last=4), Item("a", "/a", first=5, last=5), Item("b", "/b")]
    items += [Item("c\\xe9", "/c\\xe9"), Item("c\\xe9", "/c\udce9")]
    pages = [("a", 1), ("a", 1), ("a", 3), ("a", 5), ("b", None), ("c\\xe9", 1), ("c\\xe9", 1)]
    table = pa.Table.from_pylist([error_row(source, "bad", page) for source, page in pages], SCHEMA)
    groups = again._tell_apart(items)
    assert [len(group) for group in groups] == [1, 1, 1, 2]
    found = list(again._places(table, groups))
    assert [(place.first, place.end) for place in found] == [(0, 3), (3, 4), (4, 5), (5, 7)]
    for wrong in (groups[:-1], [*groups, [Item("d", "/d")]]):
        with pytest.raises(OutputError, match="read it into another folder"):
            list(again._places(table, wrong))

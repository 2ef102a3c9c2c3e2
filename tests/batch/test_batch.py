"""Whole batches: rows, errors, stops and goings-on."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inkdigits import Page, Reader, __version__
from inkdigits.batch import SCHEMA, Settings, batch, engines, run
from inkdigits.batch.engines import PartDone
from inkdigits.batch.progress import SilentProgress
from inkdigits.errors import OutputError, UsageError
from inkdigits.reading import StatusThresholds

DIGITS = Settings(kind="digit")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_FIELDS_A_PART", 2)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("rows-*.parquet"))
    assert files
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert all(pq.read_schema(file).equals(SCHEMA) for file in files)
    return rows


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory, crops: list[Image.Image]) -> list[str]:
    """What the reader itself reads in the crops."""
    return [field.text for field in Reader().read_fields(crops, kind="digit")]


class StopAfter(SilentProgress):
    """Interrupts after so many parts."""

    def __init__(self, parts: int) -> None:
        self.left = parts
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)

    def part(self, done: PartDone) -> None:  # noqa: ARG002
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_a_row_a_field_and_a_row_for_what_cannot_be_read(
    folder: Path, tmp_path: Path, expected: list[str]
) -> None:
    output = tmp_path / "out"
    summary = batch(folder, output, DIGITS, workers=1)
    rows = rows_of(output)
    by_name = {Path(row["source"]).name: row for row in rows}
    assert [by_name[f"{number}.png"]["text"] for number in range(6)] == expected
    broken = by_name["broken.png"]
    assert broken["status"] == "error"
    assert "broken.png" in broken["error"]
    assert by_name["0.png"]["model"] == "digit"
    assert (summary.rows, summary.errors, summary.items) == (7, 1, 7)
    assert {path.name for path in output.iterdir()} == {
        ".plan",
        "manifest.json",
        "rows-00000.parquet",
        "summary.json",
        "summary.png",
    }
    assert json.loads((output / "manifest.json").read_text())["finished"] is True
    with Image.open(output / "summary.png") as figure:
        assert figure.width > 800
    again = batch(folder, output, DIGITS, workers=1)
    assert (again.rows, again.errors, again.items) == (7, 1, 0)


def test_csv_holds_the_same_and_workers_change_nothing(folder: Path, tmp_path: Path) -> None:
    batch(folder, tmp_path / "a", DIGITS, workers=1)
    batch(folder, tmp_path / "b", DIGITS, workers=2, format="csv")
    table = pyarrow.csv.read_csv(tmp_path / "b" / "rows-00000.csv")
    rows = rows_of(tmp_path / "a")
    assert table.column("source").to_pylist() == [row["source"] for row in rows]
    assert table.column("confidence").to_pylist() == [row["confidence"] for row in rows]
    boxes = table.column("box").to_pylist()
    assert json.loads(boxes[0]) == rows[0]["box"]


def test_names_of_any_bytes_are_read_and_a_missing_one_is_told_of(folder: Path, tmp_path: Path) -> None:
    for name in (b"caf\xe9.png", b"caf\xea.png"):
        (folder / "below" / os.fsdecode(name)).write_bytes((folder / "0.png").read_bytes())

    class Vanish(StopAfter):
        def begin(self, items: int) -> None:  # noqa: ARG002 - it is planned, and not read yet
            (folder / "below" / os.fsdecode(b"caf\xea.png")).unlink()

    batch(folder, tmp_path / "out", DIGITS, workers=1, progress=Vanish(99))
    read, missing = (row for row in rows_of(tmp_path / "out") if "caf" in row["source"])
    assert (Path(read["source"]).name, read["status"]) == ("caf\\xe9.png", "ok")
    assert missing["error"] == f"{folder}/below/caf\\xea.png does not exist"


def test_what_was_interrupted_goes_on_and_ends_with_the_same_rows(folder: Path, tmp_path: Path) -> None:
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    with pytest.raises(KeyboardInterrupt):
        batch(folder, tmp_path / "out", DIGITS, workers=1, progress=StopAfter(2))
    assert list((tmp_path / "out" / "_work").glob("part-*.parquet"))
    (folder / "0.png").unlink()  # read already, and planned
    progress = StopAfter(99)
    summary = batch(folder, tmp_path / "out", DIGITS, workers=1, progress=progress)
    assert summary.items < 7
    assert any("parts are done already" in message for message in progress.said)
    assert rows_of(tmp_path / "out") == rows_of(tmp_path / "whole")


def test_a_batch_that_is_killed_goes_on(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    code = (
        "import sys; from inkdigits.batch import run, batch, Settings; run._FIELDS_A_PART = 2; "
        "batch(sys.argv[1], sys.argv[2], Settings(kind='digit'), workers=2)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(output)], start_new_session=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(output.glob("_work/part-*")) and not list(output.glob("rows-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    batch(folder, output, DIGITS, workers=1)
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")


def test_a_full_disk_stops_the_batch_and_keeps_what_is_done(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = run.Store.write_part, []

    def fill(self: Any, number: int, rows: Any) -> None:
        if written:
            raise OutputError("the disk is full")
        written.append(number)
        write(self, number, rows)

    with monkeypatch.context() as patch:
        patch.setattr(run.Store, "write_part", fill)
        with pytest.raises(OutputError, match="the disk is full"):
            batch(folder, tmp_path / "out", DIGITS, workers=1)
    batch(folder, tmp_path / "out", DIGITS, workers=1)
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(tmp_path / "out") == rows_of(tmp_path / "whole")


def test_other_options_in_the_same_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        batch(folder, output, DIGITS, workers=1, progress=StopAfter(1))
    with pytest.raises(UsageError, match="was begun with kind 'digit', and now it is 'number'"):
        batch(folder, output, Settings(kind="number"), workers=1)
    with pytest.raises(UsageError, match="was begun with format 'parquet'"):
        batch(folder, output, DIGITS, format="csv")
    with pytest.raises(UsageError, match="was begun with review None"):
        batch(folder, output, replace(DIGITS, review=str(tmp_path / "review")))
    assert not (tmp_path / "review").exists()
    with pytest.raises(UsageError, match="was begun with thresholds"):
        batch(folder, output, replace(DIGITS, thresholds=StatusThresholds(ok=0.95)))


def test_another_picture_of_the_blank_form_is_another_batch(folder: Path, tmp_path: Path) -> None:
    form = {"template_version": 1, "blank": "blank.png", "size": [400, 300], "fields": [], "sums": []}
    form["fields"] = [{"name": "total", "box": [5, 5, 60, 40], "kind": "digit"}]
    (tmp_path / "form.json").write_text(json.dumps(form))
    printed = np.kron(np.random.default_rng(1).integers(0, 2, (30, 40)), np.full((10, 10), 255)).astype(
        np.uint8
    )
    Image.fromarray(printed).save(tmp_path / "blank.png")
    settings = Settings(template=str(tmp_path / "form.json"))
    with pytest.raises(KeyboardInterrupt):
        batch(folder, tmp_path / "out", settings, workers=1, progress=StopAfter(1))
    Image.fromarray(255 - printed).save(tmp_path / "blank.png")
    with pytest.raises(UsageError, match="was begun with another template, or another picture"):
        batch(folder, tmp_path / "out", settings, workers=1)


def test_long_planning_is_told_of(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_SECONDS_BETWEEN_COUNTS", -1.0)
    progress = StopAfter(0)
    batch(folder, tmp_path / "out", DIGITS, workers=1, progress=progress)
    looked = [line for line in progress.said if "looked into" in line]
    assert len(looked) == len(run.list_items(str(folder))[0])
    assert looked[1].startswith("1 of ")


def test_a_folder_of_other_things_and_one_in_use_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds other files"):
        batch(folder, folder, DIGITS)
    store = run.Store(tmp_path / "out", "parquet")
    with pytest.raises(OutputError, match="another batch is writing"):
        batch(folder, tmp_path / "out", DIGITS)
    store.close()


@pytest.mark.parametrize(
    ("settings", "options", "says"),
    [
        (DIGITS, {"workers": 0}, "workers is 0"),
        (Settings(kind="number", options={"pattern": "("}), {}, "pattern"),
        (Settings(kind="number", template="form.json"), {}, "the template says what the fields hold"),
        (Settings(template="missing.json"), {}, "missing.json"),
        (Settings(template="damaged.json"), {}, "damaged.json is not JSON"),
        (Settings(model="missing.onnx"), {}, "missing.onnx"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_written(
    folder: Path,
    tmp_path: Path,
    settings: Settings,
    options: dict[str, Any],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.json").write_text("{")
    with pytest.raises((UsageError, ValueError), match=says):
        batch(folder, tmp_path / "out", settings, **options)
    assert not (tmp_path / "out").exists()


def test_doubtful_fields_are_kept_for_review_once(
    folder: Path, tmp_path: Path, crops: list[Image.Image]
) -> None:
    scribble = Image.blend(crops[0], crops[2], 0.5)
    scribble.save(folder / "doubtful.png")
    scribble.save(folder / "below" / "doubtful.png")
    settings = Settings(kind="number", review=str(tmp_path / "review"))
    batch(folder, tmp_path / "out", settings, workers=1)
    doubtful = [row for row in rows_of(tmp_path / "out") if row["status"] == "review"]
    pictures = list((tmp_path / "review").glob("*.png"))
    assert len(doubtful) > len(pictures) > 0
    for picture in pictures:
        with Image.open(picture) as image:
            size = image.size
            pixels = np.asarray(image)
        page = Page.from_dict(json.loads(picture.with_suffix(".json").read_text()))
        (field,) = page.fields
        assert (page.size, field.box, field.status) == (size, (0, 0, *size), "review")
        assert (page.source, field.text) in {(row["source"], row["text"]) for row in doubtful}
        # As web/corrections.py names the same crop.
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        assert picture.stem == name[:32]


def test_the_plan_counts_pages_and_fields(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_FIELDS_A_PART", 3)
    monkeypatch.setattr(run, "_PAGES_A_PART", 2)
    items, _ = run.list_items(str(folder))
    assert [len(part) for _, part in run._parts(items, DIGITS)] == [3, 3, 1]
    assert [len(part) for _, part in run._parts(items, Settings(pages=True))] == [2, 2, 2, 1]


def test_results_come_as_they_are_done_and_few_wait() -> None:
    taken = []

    def parts() -> Any:
        for number in range(50):
            taken.append(number)
            yield number, []

    with engines.ThreadPoolExecutor(1) as pool:
        results = engines._as_done(pool, lambda part: PartDone(part[0], 0, 0, 0, 0, (), ()), parts(), 4)
        next(results)
        assert len(taken) <= 4
        assert sorted(done.number for done in results) == list(range(50))[1:]


def test_what_is_not_begun_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    settings = Settings(review=str(tmp_path / "review"))
    with pytest.raises(UsageError, match="holds no images"):
        batch(tmp_path / "in", tmp_path / "new", settings)
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="does not exist"):
        batch(tmp_path / "nowhere", tmp_path / "out", settings)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    (tmp_path / "in" / "a.png").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        batch(tmp_path / "in", tmp_path / "new", Settings(review=str(tmp_path / "in" / "a.png")))
    assert not (tmp_path / "new").exists()
    assert not list((tmp_path / "out").iterdir())


def test_what_a_kill_left_half_written_is_no_hindrance_and_goes(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    (output / "_work").mkdir(parents=True)
    (folder / "broken.png").unlink()
    left = (
        ".manifest.json.0123abcd",
        ".plan.0123abcd",
        ".rows-00000.parquet.tmp",
        "_work/.items.parquet.0123abcd",
        "_work/lock",
    )
    for name in left:
        (output / name).write_bytes(b"half")
    batch(folder, output, DIGITS, workers=1)
    assert not list(output.glob(".*"))


def test_a_damaged_part_is_told_of_and_read_again_without_it(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        batch(folder, output, DIGITS, workers=1, progress=StopAfter(1))
    part = next((output / "_work").glob("part-*.parquet"))
    part.write_bytes(b"")
    with pytest.raises(OutputError, match=f"{part.name} cannot be read.*; remove it"):
        batch(folder, output, DIGITS, workers=1)
    part.unlink()
    batch(folder, output, DIGITS, workers=1)
    batch(folder, tmp_path / "whole", DIGITS, workers=1)
    assert rows_of(output) == rows_of(tmp_path / "whole")


def test_a_folder_called_work_that_is_not_ours_stays(folder: Path, tmp_path: Path) -> None:
    for name in ("work", "_work"):
        kept = tmp_path / "mine" / name / "important"
        kept.parent.mkdir(parents=True)
        kept.write_text("mine")
        for source in (tmp_path / "nowhere", folder):
            with pytest.raises(OutputError, match="holds other files"):
                batch(source, tmp_path / "mine", DIGITS, workers=1)
        assert kept.read_text() == "mine"
        shutil.rmtree(tmp_path / "mine")


def test_a_list_that_has_changed_is_another_batch(folder: Path, tmp_path: Path) -> None:
    listed = sorted(path for path in folder.iterdir() if path.suffix == ".png")
    source = tmp_path / "list.csv"
    source.write_text("path\n" + "".join(f"{path}\n" for path in listed))
    with pytest.raises(KeyboardInterrupt):
        batch(source, tmp_path / "out", DIGITS, workers=1, progress=StopAfter(1))
    source.write_text("path\n" + "".join(f"{path}\n" for path in reversed(listed)))
    with pytest.raises(UsageError, match="was begun with another list"):
        batch(source, tmp_path / "out", DIGITS, workers=1)


def test_rows_that_are_gone_from_a_finished_batch_are_missed(folder: Path, tmp_path: Path) -> None:
    batch(folder, tmp_path / "out", DIGITS, workers=1)
    (tmp_path / "out" / "rows-00000.parquet").unlink()
    with pytest.raises(OutputError, match=r"rows-00000.parquet is gone from a finished batch; put it back"):
        batch(folder, tmp_path / "out", DIGITS, workers=1)


def test_errors_of_another_version_are_read_again(folder: Path, tmp_path: Path) -> None:
    batch(folder, tmp_path / "out", DIGITS, workers=1)
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"inkdigits": "{__version__}"', '"inkdigits": "0.0.1"'))
    assert '"0.0.1"' in manifest.read_text()
    summary = batch(folder, tmp_path / "out", DIGITS, workers=1, retry_errors=True)
    assert summary.rows == len(rows_of(tmp_path / "out"))


def test_the_way_to_a_source_does_not_matter(folder: Path, tmp_path: Path) -> None:
    first = batch(folder, tmp_path / "out", DIGITS, workers=1)
    again = batch(folder / ".." / folder.name, tmp_path / "out", DIGITS, workers=1)
    assert again.rows == first.rows


def test_what_a_batch_wrote_is_not_read_by_the_next(folder: Path, tmp_path: Path) -> None:
    settings = Settings(kind="number", review=str(folder / "doubt"), options={"pattern": "[0-9]{9}"})
    first = batch(folder, folder / "out", settings, workers=1)
    again = batch(folder, tmp_path / "again", settings, workers=1)
    assert (again.items, again.rows) == (first.items, first.rows)

"""Pictures that end the process that reads them, or stop it: one row each, and the others are read."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.batch import guarded
from inkdigits.batch.guarded import GuardedWorker
from inkdigits.batch.inputs import Item
from inkdigits.batch.work import Settings
from inkdigits.containers import Kind
from inkdigits.errors import InkdigitsError, ModelError

DEADLY, ENDLESS, FAULTY = 11, 13, 17  # rows of pixels


class FragileReader(Reader):
    def examine(self, images: Any, *arguments: Any, **options: Any) -> Any:
        images = list(images)
        for image in images:
            if len(image) == DEADLY:
                os.abort()
            if len(image) == ENDLESS:
                time.sleep(600)
            if len(image) == FAULTY:
                raise IndexError("a fault in the reader")
        return super().examine(images, *arguments, **options)


@dataclass(frozen=True)
class Fragile(Settings):
    def reader(self) -> tuple[Reader, Kind]:
        return FragileReader(threads=1), self.kind


@pytest.fixture
def items(tmp_path: Path, crops: list[Image.Image]) -> list[Item]:
    crops[0].copy().save(tmp_path / "0.png")
    for name, height in (("deadly", DEADLY), ("endless", ENDLESS)):
        Image.new("L", (20, height), 255).save(tmp_path / f"{name}.png")
    Image.new("L", (20, FAULTY), 255).save(tmp_path / "faulty.png")
    crops[1].copy().save(tmp_path / "1.png")
    return [Item(name, str(tmp_path / f"{name}.png")) for name in ("0", "deadly", "endless", "faulty", "1")]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedWorker]:
    monkeypatch.setattr(guarded, "_SECONDS_AN_ITEM", 0.0)
    with GuardedWorker(Fragile(kind="digit"), seconds=4) as worker:
        yield worker


def test_what_kills_or_stops_the_reader_is_a_row_with_its_error(
    worker: GuardedWorker, items: list[Item]
) -> None:
    result = worker.read(items)
    assert [row["source"] for row in result.rows] == ["0", "deadly", "endless", "faulty", "1"]
    assert [row["status"] == "error" for row in result.rows] == [False, True, True, True, False]
    assert "ended the process that read" in result.rows[1]["error"]
    assert "took more than 4 seconds" in result.rows[2]["error"]
    assert result.rows[3]["error"] == "reading it failed: IndexError: a fault in the reader"
    assert len(result.seconds) == 5
    # The worker lives on.
    assert worker.read(items[:1]).rows == result.rows[:1]


def test_of_a_document_the_page_alone_is_lost_that_ends_the_process(
    worker: GuardedWorker, tmp_path: Path, crops: list[Image.Image]
) -> None:
    path = tmp_path / "three.tif"
    deadly = Image.new("L", (20, DEADLY), 255)
    crops[0].copy().save(path, save_all=True, append_images=[deadly, crops[1].copy()])
    result = worker.read([Item("three", str(path), first=1, last=3)])
    assert [(row["page"], row["status"] == "error") for row in result.rows] == [
        (1, False),
        (2, True),
        (3, False),
    ]
    assert len(result.seconds) == 1


def test_a_process_that_is_killed_with_nothing_to_do_is_replaced(
    worker: GuardedWorker, items: list[Item]
) -> None:
    before = worker.read(items[:1])
    (process,) = multiprocessing.active_children()
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert worker.read(items[:1]).rows == before.rows


def test_why_a_reader_cannot_be_made_is_told(items: list[Item], tmp_path: Path) -> None:
    model = str(tmp_path / "gone.onnx")
    with GuardedWorker(Settings(kind="digit", model=model)) as worker, pytest.raises(ModelError, match=model):
        worker.read(items[:1])


@dataclass(frozen=True)
class Doomed(Settings):
    def reader(self) -> tuple[Reader, Kind]:
        os._exit(3)


def test_processes_that_end_at_once_are_not_started_for_ever(items: list[Item]) -> None:
    with GuardedWorker(Doomed()) as worker, pytest.raises(InkdigitsError, match="ended 3 times"):
        worker.read(items[:1])


@pytest.mark.skipif(os.name == "nt", reason="has no such masks")
def test_a_process_that_still_starts_does_not_hear_ctrl_c(worker: GuardedWorker, items: list[Item]) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(worker.read, items[:1])
        while not multiprocessing.active_children():
            time.sleep(0.001)
        (process,) = multiprocessing.active_children()
        os.kill(process.pid or 0, signal.SIGINT)
        assert len(result.result().rows) == 1
        assert process.is_alive()


class SlowReader(Reader):
    def examine(self, images: Any, *arguments: Any, **options: Any) -> Any:
        images = list(images)
        time.sleep(0.5 * len(images))
        return super().examine(images, *arguments, **options)


@dataclass(frozen=True)
class Slow(Settings):
    def reader(self) -> tuple[Reader, Kind]:
        return SlowReader(threads=1), self.kind


def test_a_part_has_more_time_than_an_item(items: list[Item], monkeypatch: pytest.MonkeyPatch) -> None:
    several = [items[0]] * 4
    read: list[int] = []
    try_once = GuardedWorker._try_once

    def count(self: GuardedWorker, items: list[Item]) -> Any:
        read.append(len(items))
        return try_once(self, items)

    monkeypatch.setattr(GuardedWorker, "_try_once", count)
    with GuardedWorker(Slow(kind="digit"), seconds=1.5) as worker:
        assert [row["status"] for row in worker.read(several).rows] == ["ok"] * 4
    assert read == [4]

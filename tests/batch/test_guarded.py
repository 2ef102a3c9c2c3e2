"""Pictures that end the process that reads them, or stop it: one row each, and the others are read."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.batch.guarded import GuardedWorker
from inkdigits.batch.inputs import Item
from inkdigits.batch.work import Settings

DEADLY, ENDLESS = 11, 13  # rows of pixels


class FragileReader(Reader):
    def examine(self, images: Any, *arguments: Any, **options: Any) -> Any:
        images = list(images)
        for image in images:
            if len(image) == DEADLY:
                os.abort()
            if len(image) == ENDLESS:
                time.sleep(600)
        return super().examine(images, *arguments, **options)


@dataclass(frozen=True)
class Fragile(Settings):
    def reader(self) -> Reader:
        return FragileReader(threads=1)


@pytest.fixture
def items(tmp_path: Path, crops: list[Image.Image]) -> list[Item]:
    crops[0].copy().save(tmp_path / "0.png")
    for name, height in (("deadly", DEADLY), ("endless", ENDLESS)):
        Image.new("L", (20, height), 255).save(tmp_path / f"{name}.png")
    crops[1].copy().save(tmp_path / "1.png")
    return [Item(name, str(tmp_path / f"{name}.png")) for name in ("0", "deadly", "endless", "1")]


@pytest.fixture
def worker() -> Iterator[GuardedWorker]:
    with GuardedWorker(Fragile(kind="digit"), seconds=4) as worker:
        yield worker


def test_what_kills_or_stops_the_reader_is_a_row_with_its_error(
    worker: GuardedWorker, items: list[Item]
) -> None:
    result = worker.read(items)
    assert [row["source"] for row in result.rows] == ["0", "deadly", "endless", "1"]
    assert [row["status"] == "error" for row in result.rows] == [False, True, True, False]
    assert "ended the process that read" in result.rows[1]["error"]
    assert "took more than 4 seconds" in result.rows[2]["error"]
    assert len(result.seconds) == 4
    # The worker lives on.
    assert worker.read(items[:1]).rows == result.rows[:1]

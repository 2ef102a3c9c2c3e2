"""What a worker makes of items of each sort."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inkdigits import Field, Page
from inkdigits.batch import work
from inkdigits.batch.inputs import Item, list_items
from inkdigits.batch.work import Settings, Worker
from inkdigits.errors import ModelError


@pytest.fixture
def pdf(tmp_path: Path, crops: list[Image.Image]) -> Path:
    sheet = Image.new("L", (600, 400), 255)
    for number, crop in enumerate(crops[:3]):
        sheet.paste(crop, (60 + 180 * number, 150))
    sheet.save(tmp_path / "sheet.pdf", resolution=100)
    return tmp_path / "sheet.pdf"


def test_a_pdf_is_pages_by_whatever_name_it_comes(pdf: Path, tmp_path: Path) -> None:
    worker = Worker(Settings())
    expected = worker.read([Item("sheet", str(pdf))]).rows
    other = tmp_path / "sheet.png"
    other.write_bytes(pdf.read_bytes())
    assert worker.read([Item("sheet", str(other))]).rows == expected
    pq.write_table(pa.table({"bytes": [pdf.read_bytes()]}), tmp_path / "list.parquet")
    items, _ = list_items(str(tmp_path / "list.parquet"))
    rows = worker.read(items).rows
    assert [row | {"source": "sheet"} for row in rows] == expected


def test_a_document_that_is_gone_says_which_of_its_pages_are(tmp_path: Path) -> None:
    (row,) = Worker(Settings()).read([Item("a.pdf", str(tmp_path / "a.pdf"), first=5, last=8)]).rows
    assert (row["status"], row["page"], row["error"]) == ("error", 5, "a.pdf does not exist")


def test_a_model_of_own_symbols_needs_no_kind(
    make_linear_model: Callable[..., Path], tmp_path: Path, crops: list[Image.Image]
) -> None:
    model = make_linear_model(labels=("check", "cross", ""))
    crops[0].copy().save(tmp_path / "crop.png")
    item = Item("crop", str(tmp_path / "crop.png"))
    (row,) = Worker(Settings(model=str(model))).read([item]).rows
    assert (row["kind"], row["model"]) == ("digit", "linear")
    assert [row] == Worker(Settings(model=str(model), kind="digit")).read([item]).rows
    with pytest.raises(ModelError, match="line model"):
        Worker(Settings(model=str(model), kind="number"))


def test_what_is_read_together_shares_its_seconds(
    tmp_path: Path, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        crops[number].copy().save(tmp_path / f"{number}.png")
    worker = Worker(Settings(kind="digit"))
    examine = worker._reader.examine

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.4)
        return examine(*arguments, **options)

    monkeypatch.setattr(worker._reader, "examine", slow)
    monkeypatch.setattr(work, "_AT_ONCE", 2)
    seconds = worker.read([Item(str(number), str(tmp_path / f"{number}.png")) for number in range(5)]).seconds
    assert min(seconds[:4]) >= 0.2
    assert seconds[4] >= 0.4


def test_sideways_pages_and_large_photos_are_kept_upright_and_small(tmp_path: Path) -> None:
    worker = Worker(Settings(review=str(tmp_path)))
    crop = np.random.default_rng(1).integers(0, 255, (20, 60), np.uint8)
    field = Field("number", "1", 1, 0.5, "review", box=(3, 4, 5, 6), name="total")
    worker._keep_for_review(field, Page(source="a.png", number=3, steps=("turn 90",)), crop)
    with Image.open(next(tmp_path.glob("*.png"))) as image:
        assert np.array_equal(np.asarray(image), np.rot90(crop))
    page = Page.from_dict(json.loads(next(tmp_path.glob("*.json")).read_text()))
    assert (page.source, page.number, page.steps, page.fields[0].name) == ("a.png", 3, (), "total")
    worker._keep_for_review(field, Page(), np.zeros((3000, 4000), np.uint8))
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as image:
            assert image.width * image.height <= 2_010_000

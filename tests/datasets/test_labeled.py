"""Pictures named in a table, and the archive of a server's corrections."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.datasets import PictureLog, load_data
from inkdigits.datasets.labeled import is_label_table


def save(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.zeros((28, 28), np.uint8)
    image[10:18, 14] = level
    Image.fromarray(image).save(path)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for number in range(6):
        save(tmp_path / "any" / f"{number}.png", 100 + number)
    rows = [f"any/{number}.png,{'plus' if number % 2 else ' minus '}" for number in range(6)]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    return tmp_path / "labels.csv"


def test_a_table_of_paths_and_labels(table: Path) -> None:
    data = load_data(table, split_folders=False)
    assert data.class_names == ("minus", "plus")
    assert data.train.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert data.train.images[:, 12, 14].tolist() == [100, 101, 102, 103, 104, 105]
    assert data.test is None
    split = load_data(table)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [2, 2, 2]


def test_the_corrections_of_a_server(tmp_path: Path) -> None:
    for digit in "37":
        save(tmp_path / "digits" / digit / "0.png", 200)
    save(tmp_path / "fields" / "a.png", 150)
    save(tmp_path / "fields" / "b.png", 160)
    (tmp_path / "fields" / "labels.csv").write_text("path,label\na.png,5\nb.png,12\n")
    data = load_data(tmp_path, split_folders=False)
    assert data.train.labels.tolist() == [3, 7, 5]
    assert "1 left out, the first" in data.source
    assert "b.png: '12' is more than one symbol" in data.source


def test_what_a_table_may_not_say(table: Path, refuses) -> None:
    table.write_text("path,label\nany/0.png,\n")
    with refuses("any/0.png", "empty label"):
        load_data(table)
    table.write_text("path,label\nany/0.png,plus\nany/1.png,plus \n")
    with refuses("'plus' and 'plus '", "same once trimmed"):
        load_data(table)
    table.write_text("path,label\n")
    with refuses(table, "names no pictures"):
        load_data(table)
    table.write_text("path,label\nany/0.png\n")
    with refuses(table, "line 2", "lacks"):
        load_data(table)
    table.write_text("path,label\nany/9.png,plus\nany/1.png,minus\n")
    with refuses("9.png", "cannot be read"):
        load_data(table)
    log = PictureLog()
    assert len(load_data(table, log=log).train) == 1
    assert log.unreadable[0].path.name == "9.png"


def test_which_tables_are_of_labels() -> None:
    assert is_label_table(b"\xef\xbb\xbflabel,path,by\r\n")
    assert is_label_table(b'"path","label"\n"a.png","one, two"\n')
    assert not is_label_table(b"label,pixel0,pixel1\n")
    assert not is_label_table(b"")

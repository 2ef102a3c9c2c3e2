import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inkdigits.batch import inputs
from inkdigits.batch.inputs import Item, list_items, read_item, split_documents
from inkdigits.errors import DataError, ImageError, UsageError


def names(items: list[Item], folder: Path) -> list[str]:
    return [str(Path(item.source).relative_to(folder)) for item in items]


def test_a_folder_is_gone_through_in_order_and_what_is_no_picture_is_counted(folder: Path) -> None:
    items, others = list_items(str(folder))
    assert names(items, folder) == [
        "0.png",
        "2.png",
        "4.png",
        "broken.png",
        "below/1.png",
        "below/3.png",
        "below/5.png",
    ]
    assert others == 1


def test_a_folder_that_cannot_be_opened_is_an_item_with_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "below":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    items, _ = list_items(str(folder))
    (failed,) = [item for item in items if item.error]
    assert (Path(failed.source).name, failed.error) == (
        "below",
        "the folder cannot be opened: Permission denied",
    )
    assert len(items) == 5


def test_a_csv_list_is_taken_from_its_folder_and_each_path_once(folder: Path) -> None:
    path = folder / "list.csv"
    path.write_text(f"name,path\na,0.png\nb,./0.png\nc,\nd,{folder / '2.png'}\n", encoding="utf-8-sig")
    items, _ = list_items(str(path))
    assert [item.location for item in items] == [
        str(folder / "0.png"),
        f"{path}#2",
        str(folder / "2.png"),
    ]
    assert items[1].error == "the list names no path here"


@pytest.mark.parametrize(("group", "at_once"), [(2, 16), (4, 1), (4, 16), (3, 2)])
def test_a_parquet_list_of_bytes_is_read_row_by_row(
    group: int, at_once: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "list.parquet"
    contents = [(folder / f"{number}.png").read_bytes() for number in (0, 2, 4)]
    monkeypatch.setattr(inputs, "_ROWS_AT_ONCE", at_once)
    pq.write_table(pa.table({"bytes": [*contents, None]}), path, row_group_size=group)
    items, _ = list_items(str(path))
    assert [item.source for item in items] == [f"{path}#{row}" for row in range(4)]
    assert [read_item(item) for item in (items[2], items[0], items[1])] == [contents[2], *contents[:2]]
    with pytest.raises(ImageError, match="#3 cannot be read: the list holds no bytes there"):
        read_item(items[3])
    with pytest.raises(ImageError, match="the list has 4 rows"):
        read_item(replace(items[3], row=4))


def test_a_parquet_list_of_paths(folder: Path) -> None:
    path = folder / "list.parquet"
    pq.write_table(pa.table({"path": ["4.png", "memory://scans/0.png"]}), path)
    items, _ = list_items(str(path))
    assert [item.location for item in items] == [str(folder / "4.png"), "memory://scans/0.png"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"file\n0.png\n", "a.csv has the columns file; expected one called path"),
        ("a.csv", b"path\n\xff\xfe\n", "a.csv cannot be read as CSV"),
        ("a.parquet", b"PAR1 not really", "a.parquet cannot be read as Parquet"),
    ],
)
def test_a_list_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        list_items(str(tmp_path / name))


def test_an_address_is_listed_and_read(folder: Path) -> None:
    storage = fsspec.filesystem("memory")
    content = (folder / "0.png").read_bytes()
    storage.pipe({"/bucket/a/1.png": content, "/bucket/0.png": content, "/bucket/readme.md": b"#"})
    items, others = list_items("memory://bucket")
    assert [item.source for item in items] == ["memory:///bucket/0.png", "memory:///bucket/a/1.png"]
    assert others == 1
    assert read_item(items[0]) == content
    with pytest.raises(ImageError, match="cannot be read"):
        read_item(Item("memory:///bucket/gone.png", "memory:///bucket/gone.png"))


def test_a_column_of_bytes_holds_bytes(tmp_path: Path) -> None:
    pq.write_table(pa.table({"bytes": [10**12]}), tmp_path / "list.parquet")
    with pytest.raises(DataError, match=r"the column bytes of .* holds int64; expected binary"):
        list_items(str(tmp_path / "list.parquet"))


def test_an_empty_text_is_not_the_folder_that_one_stands_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match="the input is an empty text"):
        list_items("")


@pytest.mark.parametrize("source", ["nowhere", "nowhere.csv", "unknown://bucket"])
def test_nothing_to_read_is_said(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=source):
        list_items(source)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(UsageError, match="holds no images; 1 files are of other kinds"):
        list_items(str(tmp_path))


def test_a_document_becomes_pieces_of_so_many_pages(tmp_path: Path, crops: list[Image.Image]) -> None:
    path = tmp_path / "five.tiff"
    crops[0].save(path, save_all=True, append_images=crops[1:5])
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 no more")
    pieces = list(split_documents([Item("a", str(path)), Item("b", str(broken)), Item("c", "c.png")], 2))
    assert [(item.source, item.first, item.last) for item in pieces] == [
        ("a", 1, 2),
        ("a", 3, 4),
        ("a", 5, 5),
        ("b", None, None),
        ("c", None, None),
    ]


def test_a_pipe_is_told_of_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    (item,) = split_documents(list_items(str(tmp_path))[0], 4)
    with pytest.raises(ImageError, match="is a folder, a pipe or a device"):
        read_item(item)


def test_a_relative_path_is_found_from_any_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    items, _ = list_items("in")
    assert items[0] == Item("in/0.png", str(folder / "0.png"))
    (folder / "list.csv").write_text("path\n0.png\n")
    (item,), _ = list_items("in/list.csv")
    assert item == items[0]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_name_that_is_no_utf8_is_escaped_in_the_rows_alone(folder: Path) -> None:
    place = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png")
    try:
        (folder / "0.png").rename(place)
    except OSError:
        pytest.skip("this file system knows UTF-8 alone")
    (item,) = [item for item in list_items(str(folder))[0] if "caf" in item.source]
    assert item == Item(f"{folder}/caf\\xe9.png", place)
    assert read_item(item) == place


class DeniedError(Exception):
    """What a storage's package may raise: no OSError."""


def test_what_a_storage_raises_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise DeniedError("no credentials")

    storage = type(fsspec.filesystem("memory"))
    monkeypatch.setattr(storage, "cat_file", refuse)
    monkeypatch.setattr(storage, "find", refuse)
    item = Item("memory:///bucket/a.tif", "memory:///bucket/a.tif")
    with pytest.raises(ImageError, match=r"a\.tif cannot be read: DeniedError: no credentials"):
        read_item(item)
    assert list(split_documents([item], 4)) == [item]
    with pytest.raises(UsageError, match="memory://bucket cannot be listed: DeniedError: no credentials"):
        list_items("memory://bucket")

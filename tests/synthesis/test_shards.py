from functools import partial

import numpy as np
import pytest

from inkdigits.errors import DataError, OutputError, UsageError
from inkdigits.synthesis import GlyphSources, field_photos, read_shard, shards, write_fields

STROKES = partial(GlyphSources)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(shards, "_BLOCKS_IN_SHARD", 1)


def test_fields_come_back_as_they_were_made(tmp_path):
    (path,) = write_fields(tmp_path / "fields", 1, 3, STROKES)
    shard = read_shard(path)
    photos = list(field_photos(len(shard), 3, GlyphSources()))
    assert shard.pixels.shape[0] == 40
    assert shard.texts.tolist() == [photo.text for photo in photos]
    assert [shards.KINDS[code] for code in shard.kinds] == [photo.kind for photo in photos]
    assert np.array_equal(shard.image(7), shards.to_height(photos[7].image, 40))


def test_a_broken_off_run_goes_on(tmp_path):
    first = write_fields(tmp_path / "fields", 100, 3, STROKES)
    before = first[0].stat().st_mtime_ns
    both = write_fields(tmp_path / "fields", 200, 3, STROKES)
    assert [path.name for path in both] == ["shard-00000.npz", "shard-00001.npz"]
    assert first[0].stat().st_mtime_ns == before
    assert not list(tmp_path.glob("fields/*.partial"))


def test_other_fields_are_not_mixed_in(tmp_path):
    write_fields(tmp_path / "fields", 1, 3, STROKES)
    with pytest.raises(OutputError, match="holds fields of"):
        write_fields(tmp_path / "fields", 1, 4, STROKES)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(OutputError, match="other things"):
        write_fields(tmp_path, 1, 3, STROKES)


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="cannot hold fields"):
        write_fields(tmp_path / "taken", 1, 3, STROKES)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"workers": 0}, {"height": 0}, {"seed": -1}])
def test_impossible_requests_are_refused(tmp_path, wrong):
    with pytest.raises(UsageError, match="1 or more"):
        write_fields(**({"folder": tmp_path, "count": 1, "seed": 0, "sources": STROKES} | wrong))


def test_pictures_can_be_prepared_another_way(tmp_path):
    (path,) = write_fields(
        tmp_path / "fields",
        1,
        3,
        STROKES,
        height=8,
        prepare=lambda image: np.full((8, 5), image.max(), np.uint8),
    )
    assert read_shard(path).pixels.shape == (8, 5 * 128)


def test_foreign_files_are_no_shards(tmp_path):
    (tmp_path / "foreign.npz").write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="no shard of fields"):
        read_shard(tmp_path / "foreign.npz")
    np.savez(tmp_path / "other.npz", pixels=np.zeros(3))
    with pytest.raises(DataError, match="no shard of fields"):
        read_shard(tmp_path / "other.npz")


def test_processes_make_what_one_makes(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(shards, "FIELD_BLOCK", 128)
    (path,) = write_fields(tmp_path / "two", 1, 9, STROKES, workers=2)
    shard = read_shard(path)
    photos = list(field_photos(20, 9, GlyphSources()))
    assert shard.texts.tolist()[:20] == [photo.text for photo in photos]
    assert np.array_equal(shard.image(3), shards.to_height(photos[3].image, 40))

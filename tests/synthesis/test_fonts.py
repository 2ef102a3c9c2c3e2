import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from inkdigits.errors import DataError, UsageError
from inkdigits.synthesis import fetch_fonts, font_files
from inkdigits.synthesis.fonts import FontFamily, listed_families

CAVEAT = FontFamily("npm", "@fontsource/caveat", "1.2.3", "OFL-1.1", "handwritten", "train")


@pytest.fixture
def fake_npm(tmp_path, monkeypatch):
    """An npm whose `pack` copies the package that `put` was given; nothing goes to a network."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "npm"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncp {tmp_path}/package.tgz . || exit 1\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def put(license_name: str, files: tuple[str, ...]) -> None:
        contents = {"package.json": json.dumps({"license": license_name}), "LICENSE": "free"}
        contents |= {f"files/{name}": name for name in files}
        with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
            for name, text in contents.items():
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))

    return put


def test_listed_families_are_free_many_and_complete():
    families = listed_families()
    assert len(families) > 90
    assert {family.license for family in families} <= {"OFL-1.0", "OFL-1.1", "Apache-2.0"}
    assert {family.kind for family in families} == {"handwritten", "printed"}
    assert {family.source for family in families} == {"npm", "debian"}
    held_out = [family for family in families if family.use == "held-out"]
    assert 6 <= len(held_out) <= 20
    assert len({family.folder_name for family in families}) == len(families)


def test_the_regular_weight_and_the_license_are_kept(tmp_path, fake_npm):
    fake_npm(
        "OFL-1.1",
        ("caveat-latin-400-normal.woff", "caveat-latin-700-normal.woff", "caveat-greek-400-normal.woff"),
    )
    folder = tmp_path / "fonts"
    (path,) = fetch_fonts(folder, [CAVEAT])
    assert path == folder / "caveat" / "caveat-latin-400-normal.woff"
    assert (folder / "caveat" / "LICENSE").read_text() == "free"
    assert (tmp_path / "calls").read_text().split() == ["pack", "@fontsource/caveat@1.2.3", "--silent"]
    assert sorted(item.name for item in folder.iterdir()) == ["caveat"]


def test_what_is_there_is_not_fetched_again(tmp_path, fake_npm):
    fake_npm("OFL-1.1", ("caveat-latin-400-normal.woff",))
    fetch_fonts(tmp_path / "fonts", [CAVEAT])
    (tmp_path / "package.tgz").unlink()
    assert len(fetch_fonts(tmp_path / "fonts", [CAVEAT])) == 1


@pytest.mark.parametrize(
    ("license_name", "files", "message"),
    [
        ("Proprietary", ("caveat-latin-400-normal.woff",), "is under Proprietary"),
        ("OFL-1.1", ("caveat-greek-400-normal.woff",), "brought no font"),
    ],
)
def test_another_license_or_no_font_is_an_error_that_leaves_nothing(
    tmp_path, fake_npm, license_name, files, message
):
    fake_npm(license_name, files)
    with pytest.raises(DataError, match=message):
        fetch_fonts(tmp_path / "fonts", [CAVEAT])
    assert list((tmp_path / "fonts").iterdir()) == []


def test_a_download_that_fails_is_one_line(tmp_path, fake_npm):
    with pytest.raises(DataError, match=r"^`npm pack [^\n]*$"):
        fetch_fonts(tmp_path / "fonts", [CAVEAT])


def test_a_missing_npm_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="npm is not installed"):
        fetch_fonts(tmp_path / "fonts", [CAVEAT])


def test_held_out_fonts_stay_apart(tmp_path):
    for name in ("caveat", "gochi-hand"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.woff").write_bytes(b"")
    assert font_files(tmp_path, kind="handwritten") == [Path(tmp_path / "caveat" / "caveat.woff")]
    assert [path.stem for path in font_files(tmp_path, kind="handwritten", use="held-out")] == ["gochi-hand"]
    with pytest.raises(DataError, match="no printed fonts"):
        font_files(tmp_path, kind="printed")

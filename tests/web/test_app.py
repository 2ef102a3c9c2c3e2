"""The page's files, as the application gives them."""

from pathlib import Path

import pytest
from serving import MakeServer, problem

from inkdigits.errors import OutputError, UsageError
from inkdigits.web import app
from inkdigits.web.settings import Settings


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "index.html").write_text("<!doctype html><title>inkdigits</title>")
    (folder / "main.js").write_text("export {}")
    (folder / "style.css").write_text("")
    monkeypatch.setattr(app, "PAGE_FOLDER", folder)
    return folder


def test_the_page_and_its_files(page: Path, make_server: MakeServer) -> None:
    server = make_server()
    answer = server.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "inkdigits" in answer.text
    script = server.get("/assets/main.js")
    assert script.headers["content-type"].startswith("text/javascript")
    again = server.get("/assets/main.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    assert server.get("/assets/style.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path", ["/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt"]
)
def test_nothing_outside_of_the_folder_is_given(page: Path, make_server: MakeServer, path: str) -> None:
    problem(make_server().get(path), 404)


def test_without_a_page_there_is_none(page: Path, make_server: MakeServer) -> None:
    (page / "index.html").unlink()
    problem(make_server().get("/"), 404)


def test_settings_that_cannot_be_kept_are_told_of_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        app.create_app(Settings(api_key_file=tmp_path / "none"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        app.create_app(Settings(corrections=tmp_path / "file"))

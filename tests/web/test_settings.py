"""Settings: each a flag, an environment variable and a row of the documentation; what cannot be meant is refused."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.cli.serve import serve
from inkdigits.errors import UsageError
from inkdigits.web import server
from inkdigits.web.settings import Settings, environment_variable, flag

DOCS = Path(__file__).parents[2] / "docs" / "web.md"
GIVEN: dict[str, tuple[str, Any]] = {
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("9000", 9000),
    "api_key": ("k" * 16, ("k" * 16,)),
    "api_key_file": ("keys.txt", Path("keys.txt")),
    "allowed_host": ("digits.example", ("digits.example",)),
    "cors_origin": ("https://a.example", ("https://a.example",)),
    "workers": ("3", 3),
    "queue": ("5", 5),
    "client_requests": ("6", 6),
    "body_mb": ("7", 7),
    "held_mb": ("99", 99),
    "megapixels": ("9", 9),
    "fields": ("10", 10),
    "pages": ("11", 11),
    "seconds": ("1.5", 1.5),
    "corrections": ("kept", Path("kept")),
    "most_corrections": ("12", 12),
    "review": (".", Path()),
    "digit_model": ("d.onnx", Path("d.onnx")),
    "line_model": ("l.onnx", Path("l.onnx")),
}
NAMES = [setting.name for setting in fields(Settings)]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that servers would have been started with."""
    found: list[Settings] = []
    monkeypatch.setattr(server, "serve", found.append)
    return found


def test_every_setting_is_tried_here() -> None:
    assert list(GIVEN) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_a_flag_and_a_variable(served: list[Settings], name: str) -> None:
    text, value = GIVEN[name]
    by_flag = CliRunner().invoke(app, ["serve", flag(name), text])
    by_variable = CliRunner().invoke(app, ["serve"], env={environment_variable(name): text})
    assert (by_flag.exit_code, by_variable.exit_code) == (0, 0), by_flag.output + by_variable.output
    assert served == [Settings(**{name: value})] * 2


def test_a_flag_wins_over_its_variable(served: list[Settings]) -> None:
    CliRunner().invoke(app, ["serve", "--port", "1"], env={"INKDIGITS_PORT": "2"})
    assert [settings.port for settings in served] == [1]


def test_nothing_given_is_the_defaults(served: list[Settings]) -> None:
    CliRunner().invoke(app, ["serve"])
    assert served == [Settings()]
    assert set(serve.__annotations__) == set(NAMES)


def test_the_documentation_lists_every_setting_as_it_is() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for setting in fields(Settings):
        default = "" if setting.default in (None, ()) else f"{setting.default}"
        names = f"| `{flag(setting.name)}` | `{environment_variable(setting.name)}` |"
        assert f"{names} {default} | {setting.metadata['help']} |\n" in text
    assert text.count("| `INKDIGITS_") == len(NAMES)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": -1}, "--port is -1"),
        ({"port": 70_000}, "--port is 70000"),
        ({"workers": -1}, "--workers"),
        ({"queue": 0}, "--queue"),
        ({"fields": 0}, "--fields"),
        ({"seconds": 0}, "--seconds"),
        ({"seconds": float("nan")}, "--seconds"),
        ({"body_mb": 300}, "--held-mb 256 is less than --body-mb 300"),
        ({"api_key": ("short",)}, "a key of 5 characters"),
        ({"api_key": ("with space in the key",)}, "without spaces"),
        ({"cors_origin": ("*",)}, "--cors-origin"),
        ({"cors_origin": ("https://a.example/path",)}, "--cors-origin"),
    ],
)
def test_what_cannot_be_meant_is_one_line(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("*", r"\*")) as caught:
        Settings(**given)
    assert "\n" not in str(caught.value)


def test_keys_come_from_a_file_too_and_are_never_repeated(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("first-key-first-key\n\nsecond-key-second-key\n")
    settings = Settings(api_key=("given-key-given-key",), api_key_file=path)
    assert settings.keys == ("given-key-given-key", "first-key-first-key", "second-key-second-key")
    for text, says in (("", "holds no key"), ("hunter2", "a key of 7 characters")):
        path.write_text(text)
        with pytest.raises(UsageError, match=says) as caught:
            _ = settings.keys
        assert "hunter2" not in str(caught.value)


def test_keys_do_not_show_in_settings_that_are_printed() -> None:
    assert "secret" not in repr(Settings(api_key=("secret-secret-secret",)))


@pytest.mark.parametrize(("host", "is_loopback"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False)])
def test_what_others_reach_is_known(host: str, is_loopback: bool) -> None:
    assert Settings(host=host).is_loopback is is_loopback

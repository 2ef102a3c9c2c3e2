"""`inkdigits sweep` from the shell: how it ends."""

from typing import Any

import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.cli.sweep import _line
from inkdigits.training import sweep as sweep_room


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt(
            "interrupted; 1 of 4 trials are kept, and the same command goes on from there"
        )

    monkeypatch.setattr(sweep_room, "sweep", interrupt)
    done = CliRunner().invoke(app, ["sweep"])
    assert done.exit_code == 130
    assert "the same command goes on" in done.stderr


def test_one_epoch_is_one_epoch() -> None:
    trial = sweep_room.Trial(0.01, 64, 1, 1.5, 2.0)
    assert _line(trial) == "learning rate 0.01, batch size 64, 1 epoch: 1.50% in 2 s"

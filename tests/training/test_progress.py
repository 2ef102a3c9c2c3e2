import io

import pytest

from inkdigits.training.progress import BarProgress, LineProgress, TrainingProgress, choose_progress

ROW = {
    "epoch": 1,
    "loss": 0.24374,
    "accuracy": 0.9312,
    "val_loss": 0.0701,
    "val_accuracy": 0.9826,
    "seconds": 5.23,
}
LINE = "epoch 1/2  loss 0.2437  accuracy 93.12%  validation loss 0.0701  accuracy 98.26%  5.2 s"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run_through(progress: TrainingProgress) -> None:
    progress.begin(2, 275)
    progress.batch(1, 137, 0.5, 0.85)
    progress.epoch(ROW)
    progress.close()


def test_lines_are_plain_one_an_epoch() -> None:
    stream = io.StringIO()
    run_through(LineProgress(stream))
    assert stream.getvalue() == LINE + "\n"


def test_without_validation_images_the_line_is_shorter() -> None:
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.begin(1, 10)
    progress.epoch({"epoch": 1, "loss": 1, "accuracy": 0.5, "seconds": 0.1})
    assert stream.getvalue() == "epoch 1/1  loss 1.0000  accuracy 50.00%  0.1 s\n"


def test_a_bar_shows_epoch_loss_and_accuracy_and_leaves_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    run_through(BarProgress(stream))
    drawn = stream.getvalue()
    assert LINE in drawn
    assert "epoch 1/2  batch 137/275" in drawn
    assert "loss 0.5000  accuracy 85.00%" in drawn


def test_a_terminal_gets_a_bar_and_a_file_gets_lines() -> None:
    assert isinstance(choose_progress(Terminal()), BarProgress)
    assert isinstance(choose_progress(io.StringIO()), LineProgress)


def test_of_several_models_the_line_names_the_one() -> None:
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.begin(8, 10)
    progress.epoch({"epoch": 5, "fit": 2, "fits": 2, "loss": 0.5, "accuracy": 0.9, "seconds": 1.0})
    assert stream.getvalue().startswith("model 2 of 2  epoch 5/8  loss 0.5")

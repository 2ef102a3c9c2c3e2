import zipfile
from pathlib import Path

import pytest

from inkdigits.errors import ModelError
from inkdigits.training import Run, load_keras_model
from inkdigits.training.keras_file import save_keras_model

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


def test_a_run_folder_gives_its_model_and_facts(small_run: Run) -> None:
    model, facts = load_keras_model(small_run.folder)
    assert model.count_params() == small_run.model.count_params()
    assert (facts.name, facts.labels) == ("cnn", tuple("0123456789"))


def test_a_file_alone_is_named_after_itself(small_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    path.write_bytes((small_run.folder / "model.keras").read_bytes())
    assert load_keras_model(path)[1].name == "mine"


def test_other_classes_need_their_names_beside_them(tmp_path: Path) -> None:
    from inkdigits.training.models import build_larger_cnn

    save_keras_model(build_larger_cnn(3), tmp_path / "three.keras")
    with pytest.raises(ModelError, match=r"gives \(None, 3\) and has no model.onnx beside it"):
        load_keras_model(tmp_path / "three.keras")


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"absent\.keras does not exist; expected a run folder or a \.keras file"
    ):
        load_keras_model(tmp_path / "absent.keras")
    with pytest.raises(ModelError, match=r"has no model\.keras; expected a run folder"):
        load_keras_model(tmp_path)


def test_foreign_files_are_refused_in_one_line(small_run: Run, tmp_path: Path) -> None:
    whole = (small_run.folder / "model.keras").read_bytes()
    (tmp_path / "empty.keras").write_bytes(b"")
    (tmp_path / "text.keras").write_text("not a model")
    (tmp_path / "truncated.keras").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "onnx.keras").write_bytes((small_run.folder / "model.onnx").read_bytes())
    with zipfile.ZipFile(tmp_path / "zip.keras", "w") as archive:
        archive.writestr("readme.txt", "not a model")
    with zipfile.ZipFile(tmp_path / "json.keras", "w") as archive:
        for name in ("config.json", "metadata.json"):
            archive.writestr(name, "[]")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ModelError) as caught:
            load_keras_model(path)
        assert str(caught.value).startswith(f"{path} is not a")
        assert "\n" not in str(caught.value)


def test_a_model_that_brings_code_is_refused(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Lambda(lambda x: x[:, :10])]
    )
    model.save(tmp_path / "code.keras")
    with pytest.raises(ModelError, match="is not a model that Keras loads in safe mode"):
        load_keras_model(tmp_path / "code.keras")


def test_a_model_of_two_inputs_is_refused(tmp_path: Path) -> None:
    import keras

    inputs = [keras.Input((28, 28, 1)), keras.Input((28, 28, 1))]
    keras.Model(inputs, keras.layers.Add()(inputs)).save(tmp_path / "two.keras")
    with pytest.raises(ModelError, match="is not a model of one input"):
        load_keras_model(tmp_path / "two.keras")

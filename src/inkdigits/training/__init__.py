"""Training: recipes, fitting with Keras, and run folders with a Keras and an ONNX model in them.

    from inkdigits import train
    run = train("cnn", epochs=3)
    run.metrics["test_error_percent"], run.folder / "model.onnx"

Importing this imports no training framework; training does.
"""

from inkdigits.training.finetune import finetune
from inkdigits.training.keras_file import load_keras_model
from inkdigits.training.onnx_export import export_int8_onnx, export_onnx
from inkdigits.training.progress import BarProgress, LineProgress, TrainingProgress, choose_progress
from inkdigits.training.recipes import RECIPES, Recipe
from inkdigits.training.run import Run, TrainingInterrupted, train

__all__ = [
    "RECIPES",
    "BarProgress",
    "LineProgress",
    "Recipe",
    "Run",
    "TrainingInterrupted",
    "TrainingProgress",
    "choose_progress",
    "export_int8_onnx",
    "export_onnx",
    "finetune",
    "load_keras_model",
    "train",
]

"""How good a model is: error, confusion, calibration; and the figures and the report that show it.

Importing this imports neither a training framework nor matplotlib: ``evaluable`` asks for Keras when it is
given a Keras model, and ``figures`` and ``report``, which draw, are imported by name.
"""

from inkdigits.evaluation.calibration import ReliabilityBin, expected_calibration_error, reliability_table
from inkdigits.evaluation.evaluable import Evaluable, OpenModel, align_labels, open_model
from inkdigits.evaluation.measure import Evaluation, evaluate, evaluate_probabilities

__all__ = [
    "Evaluable",
    "Evaluation",
    "OpenModel",
    "ReliabilityBin",
    "align_labels",
    "evaluate",
    "evaluate_probabilities",
    "expected_calibration_error",
    "open_model",
    "reliability_table",
]

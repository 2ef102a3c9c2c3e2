"""What is in a data set: its make-up, duplicates, outliers, labels that look wrong, and drift from another set.

    from inkdigits import analyze
    analysis = analyze("photos", against="mnist", output="report")

Needs the analyze extra (cleanlab, scikit-learn, openTSNE, and the training extra for the networks of large sets).
"""

from inkdigits.analysis.collection import Collection, Place
from inkdigits.analysis.doubts import Doubt
from inkdigits.analysis.drift import Drift, MeasureDrift
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.measures import MEASURES, Measure, Outlier
from inkdigits.analysis.report import write_analysis
from inkdigits.analysis.run import AnalysisProgress, analyze

__all__ = [
    "MEASURES",
    "Analysis",
    "AnalysisProgress",
    "Collection",
    "Doubt",
    "Drift",
    "Measure",
    "MeasureDrift",
    "Outlier",
    "Place",
    "analyze",
    "write_analysis",
]

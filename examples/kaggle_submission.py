"""From Kaggle's train.csv and test.csv (Digit Recognizer) to a submission.csv.

    python examples/kaggle_submission.py train.csv test.csv runs/kaggle submission.csv

Needs `pip install 'inkdigits[train]'`.
"""

import argparse

from inkdigits import load_data, train
from inkdigits.datasets import write_submission
from inkdigits.reading import Classifier


def main() -> None:
    parser = argparse.ArgumentParser(description="Train on Kaggle's digits and write a submission.")
    parser.add_argument("train_csv", help="label, pixel0 ... pixel783")
    parser.add_argument("test_csv", help="pixel0 ... pixel783")
    parser.add_argument("output", help="the run folder to make")
    parser.add_argument("submission", help="the file to write: ImageId,Label")
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()

    unlabeled = load_data(arguments.test_csv).test
    if unlabeled is None:
        parser.error(f"{arguments.test_csv} holds no images to label")
    run = train("cnn", arguments.train_csv, output=arguments.output, epochs=arguments.epochs)
    print(
        f"{run.title} Error: {run.metrics['test_error_percent']:.2f}% on the rows of train.csv held out last"
    )

    probabilities = Classifier(run.folder / "model.onnx").predict(unlabeled.images)
    write_submission(arguments.submission, probabilities.argmax(axis=1))
    print(f"{len(unlabeled)} answers: {arguments.submission}")


if __name__ == "__main__":
    main()

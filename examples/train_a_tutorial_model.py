"""Train a tutorial's model on the MNIST inside the package, and look at what it gets wrong.

    python examples/train_a_tutorial_model.py cnn runs/my-cnn
    python examples/train_a_tutorial_model.py mlp runs/my-mlp --epochs 3

Needs `pip install 'inkdigits[train]'`.
"""

import argparse

from inkdigits import evaluate, load_mnist, train


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a tutorial's model on MNIST.")
    parser.add_argument("model", choices=["mlp", "cnn", "larger-cnn"])
    parser.add_argument("output", help="the run folder to make")
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()

    run = train(arguments.model, output=arguments.output, epochs=arguments.epochs)
    run.model.summary()  # a plain Keras model

    _, (images, labels) = load_mnist()
    evaluation = evaluate(run.folder, images, labels)
    print(f"{run.title} Error: {evaluation.error_percent:.2f}%")
    mistakes = [
        (int(evaluation.confusion[given, predicted]), given, predicted)
        for given in range(10)
        for predicted in range(10)
        if given != predicted
    ]
    for count, given, predicted in sorted(mistakes, reverse=True)[:5]:
        print(f"{count} times a {given} was read as a {predicted}")
    print(f"figures and report: {run.folder}/report.html")


if __name__ == "__main__":
    main()

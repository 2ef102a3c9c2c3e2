"""Train the shipped weights again, from a fixed seed, and write their model cards.

    make weights                    # all models
    make weights ARGS="line"        # one of them: digit, line, signature or accurate
    make weights ARGS="--quick"     # a small run that shows that all of it works; into build/, ships nothing
    # Calibrate and export what an earlier run trained:
    make weights ARGS="line --from build/line.keras --recipe 'rounds of 700,000 and 930,000 presentations'"

Fetches the fonts that synthesis draws with (needs npm and apt-get), makes synthetic images, trains, calibrates on
held-out hands, and writes src/inkdigits/weights/NAME.onnx and NAME.md. MNIST's test set is scored once, at the end.
"""

import argparse
import os
import platform
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from inkdigits import __version__, evaluate, load_mnist
from inkdigits.datasets.data_set import DIGITS
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.errors import ModelError
from inkdigits.evaluation.calibration import expected_calibration_error, fit_log_odds, fit_temperature
from inkdigits.evaluation.corruptions import CORRUPTIONS, corrupt
from inkdigits.reading import Classifier, LineModel, ModelFacts
from inkdigits.reading.candidates import NOT_A_NUMBER
from inkdigits.reading.digits import StatusThresholds
from inkdigits.reading.line import find_line
from inkdigits.reading.lines import WITH_OPTIONS, LineRecognizer
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.signatures import SIGNATURE_SIZE
from inkdigits.reading.values import allowed_symbols, possible_values
from inkdigits.synthesis import fetch_fonts
from inkdigits.synthesis.fields import FieldPhoto, field_photos
from inkdigits.training.framework import import_keras

ROOT = Path(__file__).parents[1]
FONTS = ROOT / ".fonts"
CARDS = Path(__file__).parent / "cards"
SEED = 1
WORKERS = os.cpu_count() or 1
SHARD = 4_096  # fields that are made together


@dataclass(frozen=True)
class Round:
    """A round of training the line model.

    presentations: of fields, repeats counted. seeds: of the fields, a set of them each. deep, varied, steady_rate: as
    in ``train_line_net``. What was learned without them is the start, so that none of it had to be learned again.
    share: how far the weights go from that start to what was learned (Wortsman et al. 2022, arXiv:2109.01903).
    siblings: how many are trained from the same start, each in another order; the mean of their weights is what was
    learned (Wortsman et al. 2022, arXiv:2203.05482). with_former: whether that mean is of the siblings of the round
    before, too, and share counts from that round's start.
    """

    presentations: int
    seeds: tuple[int, ...] = (SEED,)
    deep: bool = False
    varied: bool = False
    steady_rate: float | None = None
    share: float = 1.0
    siblings: int = 1
    with_former: bool = False


_steady_round = partial(Round, deep=True, varied=True, steady_rate=1.5e-3)
LINE_ROUNDS = (
    Round(700_000),
    Round(930_000),
    Round(936_000, (SEED, SEED + 2), deep=True, varied=True),
    Round(831_000, (SEED, SEED + 2), deep=True, varied=True),
    Round(717_000, (SEED, SEED + 2), deep=True, varied=True),
    Round(800_000, (SEED + 4,), deep=True, varied=True, share=0.4),
    _steady_round(246_740, (SEED + 4,)),
    _steady_round(707_404, (SEED + 4, SEED + 6)),
    _steady_round(1_415_588, (SEED + 6, SEED + 10)),
    _steady_round(848_380, (SEED + 6, SEED + 10, SEED + 12), share=0.5),
    _steady_round(113_925, (SEED + 14,), siblings=2),
    _steady_round(80_760, (SEED + 14,), siblings=2, with_former=True, share=0.6),
)
LINE_FIELDS = {  # by their seed
    SEED: 360_448,
    SEED + 2: 360_448,
    SEED + 4: 360_448,
    SEED + 6: 196_608,
    SEED + 10: 131_072,
    SEED + 12: 262_144,
    SEED + 14: 131_072,
}
QUICK_ROUNDS = (
    Round(4_000),
    Round(4_000, deep=True, varied=True),
    _steady_round(4_000),
    _steady_round(4_000, siblings=2, with_former=True, share=0.5),
)
DAY_FIRST, MONTH_FIRST = ValueOptions(day_first=True), ValueOptions(day_first=False)


def main() -> None:
    """Do all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "models", nargs="*", metavar="MODEL", help="digit, line, signature or accurate; all by default"
    )
    parser.add_argument("--quick", action="store_true", help="a small run into build/; ships nothing")
    parser.add_argument(
        "--from", dest="trained", type=Path, help="a trained line model to calibrate and export"
    )
    parser.add_argument("--recipe", help="with --from: how that model was trained, for its card")
    arguments = parser.parse_args()
    if arguments.trained and not arguments.recipe:
        parser.error("--from needs --recipe, for the card")
    folder = ROOT / "build" / "weights" if arguments.quick else ROOT / "src" / "inkdigits" / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.models or set(arguments.models) & {"digit", "line"}:
        say("fetching fonts")
        fetch_fonts(FONTS)
    # Processes that are forked after TensorFlow has started its threads can hang: each model makes its images first.
    if "line" in (arguments.models or ["line"]):
        make_line(folder, arguments.quick, arguments.trained, arguments.recipe)
    if "digit" in (arguments.models or ["digit"]):
        make_digit(folder, arguments.quick)
    if "signature" in (arguments.models or ["signature"]):
        make_signature(folder, arguments.quick)
    if "accurate" in (arguments.models or ["accurate"]):
        make_accurate(folder, arguments.quick)


def make_digit(folder: Path, quick: bool) -> None:
    """Make the classifier of single digits."""
    photos, held_out_photos, epochs = (2_048, 1_024, 1) if quick else (150_000, 10_240, 4)
    start = time.perf_counter()
    from inkdigits.training.digit_examples import LABELS, DigitExamples, make_digit_examples

    say(f"making examples from {photos:,} synthetic photos")
    options = {"mnist_images": TAUGHT, "workers": WORKERS}
    synthetic = make_digit_examples(photos, SEED, FONTS, progress=count_to(photos), **options)
    held_out = make_digit_examples(held_out_photos, SEED + 1, FONTS, held_out=True, **options)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    examples = DigitExamples(
        np.concatenate([x_train[:TAUGHT], synthetic.images]),
        np.concatenate([y_train[:TAUGHT], synthetic.labels]),
    )
    import_keras()
    from inkdigits.training.digit_model import train_digit_classifier
    from inkdigits.training.onnx_export import export_onnx

    say(f"training on {len(examples.labels):,} examples, {epochs} epochs")
    model = train_digit_classifier(examples, epochs=epochs, seed=SEED)

    say("calibrating, exporting, scoring")
    probabilities = np.asarray(model.predict(held_out.images[..., None] / np.float32(255), verbose=0))
    temperature = fit_temperature(probabilities, held_out.labels)
    path = folder / "digit.onnx"
    path.unlink(missing_ok=True)
    facts = ModelFacts("classifier", "digit", __version__, labels=LABELS, temperature=temperature)
    export_onnx(model, path, facts, held_out.images[:1000])
    classifier = Classifier(path)
    calibrated = classifier.predict(held_out.images)
    right = calibrated.argmax(axis=1) == held_out.labels
    write_card(
        path,
        start,
        parameters=model.count_params(),
        photos=photos,
        epochs=epochs,
        temperature=temperature,
        held_out=len(held_out.labels),
        held_out_photos=held_out_photos,
        held_out_error=100 * (1 - right.mean()),
        held_out_calibration=100 * expected_calibration_error(calibrated.max(axis=1), right),
        test_error=evaluate(classifier, x_test, y_test).error_percent,
    )


def make_line(folder: Path, quick: bool, trained: Path | None, recipe: str | None) -> None:
    """Make the line model."""
    held_out_count, rounds = (4_096, QUICK_ROUNDS) if quick else (8_192, LINE_ROUNDS)
    counts = {seed: 4_096 if quick else LINE_FIELDS[seed] for each in rounds for seed in each.seeds}
    start = time.perf_counter()
    from inkdigits.training.line_fields import LABELS, join_fields, make_line_fields

    options = {"mnist_images": TAUGHT, "workers": WORKERS}
    parts = {}
    # A model that is trained already wants some fields to set the ranges of 8 bits.
    for seed, wanted in sorted(counts.items()) if trained is None else ((SEED, SHARD),):
        say(f"making {wanted:,} synthetic fields, seed {seed}")
        parts[seed] = make_line_fields(ROOT / ".synthesis" / f"line-{seed}", wanted, seed, FONTS, **options)
    held_out_folder = ROOT / ".synthesis" / f"line-{SEED + 1}"
    held_out = make_line_fields(held_out_folder, held_out_count, SEED + 1, FONTS, held_out=True, **options)

    keras = import_keras()
    from inkdigits.training.line_export import export_line_onnx
    from inkdigits.training.line_net import train_line_net
    from inkdigits.training.onnx_conversion import write_facts
    from inkdigits.training.writers import load_writers

    def report(line: str, averaged) -> None:
        say(line)
        averaged.save(ROOT / "build" / "line.keras")

    (ROOT / "build").mkdir(exist_ok=True)
    if trained is None:
        model, origin, pool = None, None, []
        for number, each in enumerate(rounds):
            fields = join_fields([parts[seed] for seed in each.seeds])
            say(
                f"training, round {number + 1}: {each.presentations:,} presentations of {len(fields):,} fields"
            )
            siblings = [
                train_line_net(
                    fields,
                    presentations=each.presentations,
                    seed=SEED + number + sibling,
                    start=model,
                    deep=each.deep,
                    varied=each.varied,
                    steady_rate=each.steady_rate,
                    report=report,
                )
                for sibling in range(each.siblings)
            ]
            if not each.with_former:
                origin, pool = None if model is None else model.get_weights(), []
            pool += [sibling.get_weights() for sibling in siblings]
            learned = siblings[0]
            learned.set_weights([np.mean(of_all, axis=0) for of_all in zip(*pool, strict=True)])
            if each.share < 1:
                go_part_of_the_way(learned, origin, each.share)
            model = learned
        recipe = recipe_of(rounds)
        model.save(ROOT / "build" / "line.keras")
    else:
        model = keras.saving.load_model(trained, compile=False)

    say("exporting, calibrating, scoring")
    strips = [np.ascontiguousarray(held_out.strip(index).T) for index in range(len(held_out))]
    calibration = [np.ascontiguousarray(parts[SEED].strip(index).T) for index in range(512)]
    path = folder / "line.onnx"
    path.unlink(missing_ok=True)
    facts = ModelFacts("line", "line", __version__, 32, 0, LABELS)
    check = list(zip(strips[:2048], held_out.texts[:2048].tolist(), strict=True))
    full_right, right = export_line_onnx(model, path, facts, check, calibration)
    temperature, error, calibration_error = calibrate_line(path, facts, strips, held_out.texts)
    path.unlink()
    facts = replace(facts, temperature=temperature)
    export_line_onnx(model, path, facts, check, calibration)
    writers = load_writers(FONTS, TAUGHT, held_out=True)
    photos = list(field_photos(held_out_count, SEED + 1, writers))
    confidence, kinds = calibrate_kinds(path, photos)
    write_facts(path, replace(facts, confidence=confidence))
    write_card(
        path,
        start,
        parameters=model.count_params(),
        fields=sum(map(len, parts.values())) if trained is None else sum(counts.values()),
        recipe=recipe,
        temperature=temperature,
        checked=len(check),
        full_right=100 * full_right,
        right=100 * right,
        held_out=len(strips),
        held_out_error=100 * error,
        held_out_calibration=100 * calibration_error,
        kinds=kinds,
    )


def recipe_of(rounds: tuple[Round, ...]) -> str:
    """Return how the line model was trained, for its card."""
    presented = " and ".join(f"{each.presentations:,}" for each in rounds)
    steady = sum(each.steady_rate is not None for each in rounds)
    return (
        f"rounds of {presented} presentations, the later ones of a deeper net and of varied strips, "
        f"the last {steady} at a steady rate"
    )


def go_part_of_the_way(model, start: list[np.ndarray], share: float) -> None:
    """Give a model weights between ``start`` and its own."""
    model.set_weights([a + share * (b - a) for a, b in zip(start, model.get_weights(), strict=True)])


def make_signature(folder: Path, quick: bool) -> None:
    """Make the network that compares signatures."""
    signers, held_out_signers, steps = (40, 40, 30) if quick else (2_500, 400, 3_000)
    start = time.perf_counter()
    import_keras()
    from inkdigits.training.onnx_conversion import write_facts
    from inkdigits.training.signature_export import calibrate_signatures, export_signature_onnx
    from inkdigits.training.signature_model import make_signature_examples, train_signature_net

    say(f"drawing the signatures of {signers:,} signers")
    examples = make_signature_examples(signers, SEED, progress=count_to(signers))
    held_out = make_signature_examples(held_out_signers, SEED + 1)
    model = train_signature_net(examples, steps=steps, seed=SEED, report=say)

    say("exporting, calibrating")
    path = folder / "signature.onnx"
    path.unlink(missing_ok=True)
    facts = ModelFacts("signature", "signature", __version__, *SIGNATURE_SIZE, labels=("same", "other"))
    export_signature_onnx(model, path, facts, held_out.genuine[:50, 0])
    numbers = calibrate_signatures(path, held_out, SEED)
    write_facts(path, replace(facts, confidence={"signature": numbers}))
    write_card(
        path, start, parameters=model.count_params(), signers=signers, held_out=held_out_signers, steps=steps
    )


def make_accurate(folder: Path, quick: bool) -> None:
    """Make the classifier of 28 x 28 images in MNIST's own form, however they were worn."""
    start = time.perf_counter()
    keras = import_keras()
    from inkdigits.training import RECIPES
    from inkdigits.training.compiled_fit import fit_compiled
    from inkdigits.training.fit import predict
    from inkdigits.training.onnx_export import export_onnx
    from inkdigits.training.progress import LineProgress
    from inkdigits.training.splits import LabeledSplit

    recipe = replace(RECIPES["robust"], epochs=1) if quick else RECIPES["robust"]
    (x_train, y_train), (x_test, y_test) = load_mnist()
    labels = y_train.astype(np.int64)
    say(f"training on {TAUGHT:,} images, {recipe.epochs} epochs")
    keras.utils.set_random_seed(SEED)
    model = recipe.build(len(DIGITS))
    taught = LabeledSplit(x_train[:TAUGHT], labels[:TAUGHT])
    fit_compiled(model, recipe, taught, None, progress=LineProgress(sys.stdout))

    say("calibrating, exporting, scoring")
    held_out, truth = x_train[TAUGHT:], labels[TAUGHT:]
    temperature = fit_temperature(predict(model, held_out), truth)
    path = folder / "accurate.onnx"
    path.unlink(missing_ok=True)
    facts = ModelFacts("classifier", "accurate", __version__, labels=DIGITS, temperature=temperature)
    export_onnx(model, path, facts, held_out[:1000])
    classifier = Classifier(path)
    calibrated = classifier.predict(held_out)
    right = calibrated.argmax(axis=1) == truth
    corrupted = [evaluate(classifier, corrupt(name, held_out), truth).error_percent for name in CORRUPTIONS]
    write_card(
        path,
        start,
        parameters=model.count_params(),
        epochs=recipe.epochs,
        wear=100 * recipe.compiled.wear,
        temperature=temperature,
        held_out=len(truth),
        held_out_error=100 * (1 - right.mean()),
        held_out_calibration=100 * expected_calibration_error(calibrated.max(axis=1), right),
        corrupted=float(np.mean(corrupted)),
        test_error=evaluate(classifier, x_test, y_test).error_percent,
    )


def calibrate_line(path: Path, facts: ModelFacts, strips, texts) -> tuple[float, float, float]:
    """Return the temperature of the least calibration error, the share of wrong texts, and that error.

    The temperature divides the columns' scores; what must be honest is the probability of whole texts, which the
    search sums up from them. So it is sought by trying.
    """
    tried = []
    for temperature in (0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0):
        line_model = LineModel(path)
        line_model.facts = replace(facts, temperature=temperature)
        confidence, right = [], []
        for lattice, text in zip(line_model.lattices(strips), texts, strict=True):
            best = lattice.best_readings(1)[0]
            read = NOT_A_NUMBER if NOT_A_NUMBER in best.text or not best.text else best.text
            confidence.append(best.probability)
            right.append(read == text)
        error = expected_calibration_error(confidence, right)
        tried.append((error, temperature, 1 - float(np.mean(right))))
        say(
            f"temperature {temperature}: calibration error {100 * error:.2f}%, texts wrong {100 * tried[-1][2]:.2f}%"
        )
    error, temperature, wrong = min(tried)
    if not wrong < 1:
        raise ModelError(f"{path} reads nothing right; train it longer")
    return temperature, wrong, error


def calibrate_kinds(
    path: Path, photos: list[FieldPhoto]
) -> tuple[dict[str, tuple[float, float, float]], str]:
    """Return what makes confidence honest, by kind, and a table of how honest it is, in Markdown.

    It is fitted on half of the photos that fit the kind, and measured on the rest. What is no number is among
    them, as often as the synthesis makes it; and what is no value of the kind, or none that the options allow, since
    callers err.
    """
    recognizer = LineRecognizer(LineModel(path), StatusThresholds())
    lines = [find_line(photo.image) for photo in photos]
    lost = sum(line is None and photo.kind == "number" for line, photo in zip(lines, photos, strict=True))
    say(f"{lost} of {sum(photo.kind == 'number' for photo in photos)} numbers were taken for empty")
    found = [(photo, line) for photo, line in zip(photos, lines, strict=True) if line is not None]
    texts = [photo.text if photo.kind == "number" else NOT_A_NUMBER for photo, _ in found]
    fitted, rows, seen = {}, [], {}
    for name in ("auto", "number", "percent", "date", WITH_OPTIONS):
        kind = "number" if name == WITH_OPTIONS else name
        looks = "date" if kind == "date" else "auto"
        if looks not in seen:
            seen[looks] = recognizer.look([line for _, line in found], looks)
        share, mass, right = [], [], []
        for index, options in cases_of(name, texts):
            evidence = recognizer.evidence(seen[looks][index], kind, options)
            if evidence is None:
                continue
            text, *numbers = evidence
            share.append(numbers[0])
            mass.append(numbers[1])
            values = possible_values(texts[index], kind, options)
            same_value = bool(values) and possible_values(text, kind, options) == values
            right.append(text == texts[index] or same_value)
        half = len(right) // 2
        if not half:
            say(f"{name}: nothing was read, so its confidence is left as it is found")
            continue
        fitted[name] = fit_log_odds(share[:half], mass[:half], right[:half])
        facts = ModelFacts("line", "line", __version__, confidence={name: fitted[name]})
        rest = [
            facts.to_confidence(name, *numbers) for numbers in zip(share[half:], mass[half:], strict=True)
        ]
        error = 100 * expected_calibration_error(rest, right[half:])
        rows.append(f"| {name} | {len(rest):,} | {100 * np.mean(right[half:]):.1f}% | {error:.2f}% |")
        say(rows[-1])
    return fitted, "\n".join(rows)


def cases_of(name: str, texts: list[str]) -> list[tuple[int, ValueOptions]]:
    """Return which texts to calibrate a kind on, by their indices, each with what a caller might know of it."""
    rng = np.random.default_rng(SEED)
    kind = "number" if name == WITH_OPTIONS else name
    numbers = [index for index, text in enumerate(texts) if text != NOT_A_NUMBER]
    nothing = [index for index, text in enumerate(texts) if text == NOT_A_NUMBER]
    fit = [
        index
        for index in numbers
        if set(texts[index]) <= set(allowed_symbols(kind)) and possible_values(texts[index], kind, DAY_FIRST)
    ]
    others = sorted(set(numbers) - set(fit))
    cases = [(index, DAY_FIRST) for index in fit]
    if kind in ("date", "percent"):  # what is none, and dates that are said to be written the other way
        mistaken = rng.choice(others, min(len(others), len(fit) // 8), replace=False)
        cases += [(int(index), DAY_FIRST) for index in mistaken]
    if kind == "date":
        cases += [(int(index), MONTH_FIRST) for index in rng.choice(fit, len(fit) // 8, replace=False)]
    if name == WITH_OPTIONS:
        cases = [(index, some_options(texts[index], texts, rng)) for index in fit]
    words = rng.choice(
        nothing, min(len(nothing), round(len(fit) * len(nothing) / len(numbers))), replace=False
    )
    cases += [(int(index), options) for index, (_, options) in zip(words, cases, strict=False)]
    return [cases[index] for index in rng.permutation(len(cases))]


def some_options(text: str, texts: list[str], rng: np.random.Generator) -> ValueOptions:
    """Return what a caller might know of a text: its form, its bounds, or a roster; one time in seven it is wrong."""
    wrong = rng.random() < 1 / 7
    values = possible_values(text, "number", DAY_FIRST)
    which = rng.integers(3)
    if which == 0 and text.isdigit():
        length = max(1, len(text) + (int(rng.choice([-1, 1])) if wrong else 0))
        return ValueOptions(pattern=rf"\d{{{length}}}")
    if which == 1 and len(values) == 1 and values[0] >= 1:
        bound = float(values[0]) * rng.uniform(0.2, 0.99) if wrong else float(values[0]) * rng.uniform(1, 5)
        return ValueOptions(maximum=round(bound, 2))
    roster = {str(other) for other in rng.choice(texts, 30)} - {NOT_A_NUMBER, text}
    return ValueOptions(choices=sorted(roster if wrong else roster | {text}))


def write_card(path: Path, start: float, **figures: object) -> None:
    """Fill the card of a model in, and write it beside the model."""
    keras = import_keras()
    text = (CARDS / f"{path.stem}.md").read_text()
    card = text.format(
        kilobytes=path.stat().st_size // 1000,
        mnist=TAUGHT,
        seed=SEED,
        minutes=(time.perf_counter() - start) / 60,
        cores=os.cpu_count(),
        machine=platform.machine(),
        version=__version__,
        python=platform.python_version(),
        keras=f"{keras.__version__} on {keras.backend.backend()}",
        today=date.today().isoformat(),
        **figures,
    )
    path.with_suffix(".md").write_text(card)
    say(f"done: {path.relative_to(ROOT)} and its card beside it")


def say(text: str) -> None:
    """Say what is being done."""
    print(f"weights: {text}", flush=True)


def count_to(total: int):
    """Return a function that shows progress towards ``total`` on a terminal."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {total:,}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    main()

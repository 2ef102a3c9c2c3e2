from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from inkdigits import Reader, load_mnist
from inkdigits.containers import Field
from inkdigits.errors import ImageError, UsageError
from inkdigits.reading import Lattice, LineModel, ModelFacts
from inkdigits.reading.digits import StatusThresholds
from inkdigits.reading.lines import LineRecognizer
from inkdigits.reading.options import ValueOptions

FACTS = ModelFacts("line", "test", "0", 32, 0, (*"0123456789.,-/%:=", "~"))
SYMBOLS = "".join(FACTS.labels)


class ScriptedModel:
    """Stands in for a line model: gives the lattice of a text, whatever the strip."""

    facts = FACTS

    def __init__(self, columns):
        rows = []
        for chances in columns:
            row = np.zeros(len(SYMBOLS) + 1, np.float32)
            for symbol, chance in chances.items():
                row[SYMBOLS.index(symbol)] = chance
            row[-1] = 1 - row.sum()
            rows += [row, np.eye(len(SYMBOLS) + 1, dtype=np.float32)[-1]]
        self._lattice = Lattice(np.array(rows), SYMBOLS)

    def lattices(self, strips):
        return [self._lattice] * len(strips)


def read(columns, kind, thresholds=None, **options):
    page = np.full((40, 120), 230, np.uint8)
    page[10:30, 20:100:12] = 40
    recognizer = LineRecognizer(ScriptedModel(columns), thresholds or StatusThresholds())
    return recognizer.recognize([page], kind, ValueOptions(**options))[0]


def sure(text):
    return [{symbol: 1.0} for symbol in text]


def test_a_sure_number_is_ok():
    field = read(sure("10,5"), "number").field
    assert (field.text, str(field.value), field.status) == ("10,5", "10.5", "ok")
    assert field.confidence == pytest.approx(1)
    assert [symbol.text for symbol in field.symbols] == list("10,5")
    assert Field.from_dict(field.to_dict()) == field


def test_symbols_stand_in_order_inside_the_strip():
    reading = read(sure("123"), "number")
    assert list(reading.positions) == sorted(reading.positions)
    assert 0 < reading.positions[0] < reading.positions[-1] < reading.model_input.shape[1]


def test_a_doubtful_number_wants_review_and_names_its_rival():
    field = read([{"1": 1.0}, {"2": 0.6, "7": 0.4}], "number").field
    assert (field.text, field.value, field.status) == ("12", 12, "review")
    assert field.confidence == pytest.approx(0.6, abs=0.01)
    assert (field.alternatives[0].text, field.alternatives[0].value) == ("17", 17)


def test_an_ambiguous_number_keeps_its_text_and_offers_both_values():
    field = read(sure("1.234"), "number").field
    assert (field.text, field.value, field.status) == ("1.234", None, "review")
    assert [str(alternative.value) for alternative in field.alternatives[:2]] == ["1234", "1.234"]
    assert read(sure("1.234"), "number", decimal_mark=",").field.value == 1234


def test_a_known_decimal_mark_makes_no_reading_less_sure():
    columns = [*sure("0"), {".": 0.55, ",": 0.45}, *sure("75")]
    unknown = read(columns, "number").field
    assert (unknown.text, str(unknown.value)) == ("0.75", "0.75")
    for mark in ".,":
        known = read(columns, "number", decimal_mark=mark).field
        assert (known.text, str(known.value)) == (f"0{mark}75", "0.75")
        assert known.confidence >= unknown.confidence > 0.95


def test_a_number_seldom_begins_with_a_needless_zero():
    assert read([{"0": 0.6, "6": 0.4}, *sure("12")], "number").field.text == "612"
    assert read([{"0": 0.8, "6": 0.2}, *sure("12")], "number").field.text == "012"
    assert read([{"0": 0.6, "6": 0.4}, *sure(".5")], "number").field.text == "0.5"
    assert read([{"0": 0.6, "6": 0.4}, *sure("12")], "number", pattern=r"\d{3}").field.text == "012"


def test_a_date_is_the_likeliest_day_of_the_calendar():
    columns = [*sure("3"), {"7": 0.7, "1": 0.3}, *sure("/12/22")]
    field = read(columns, "date", day_first=True).field
    assert (field.text, field.value) == ("31/12/22", date(2022, 12, 31))


def test_an_ambiguous_date_offers_both_days():
    field = read(sure("03/04/22"), "date").field
    assert (field.value, field.status) == (None, "review")
    assert [alternative.value for alternative in field.alternatives[:2]] == [
        date(2022, 4, 3),
        date(2022, 3, 4),
    ]


def test_two_ways_to_write_one_day_add_up_and_one_mark_parts_it():
    marks = {"/": 0.6, "-": 0.4}
    field = read([*sure("16"), marks, *sure("12"), marks, *sure("2022")], "date").field
    assert (field.text, field.value, field.alternatives) == ("16/12/2022", date(2022, 12, 16), ())
    assert field.confidence == pytest.approx(0.6**2 + 0.4**2, abs=0.01)


def test_a_stroke_that_looks_like_a_1_parts_a_date():
    stroke = {"1": 0.8, "/": 0.2}
    field = read([*sure("16"), stroke, *sure("12"), stroke, *sure("22")], "date", day_first=True).field
    assert (field.text, field.value) == ("16/12/22", date(2022, 12, 16))
    assert field.status == "review"


def test_a_reading_is_as_sure_as_its_kind_has_earned():
    class Humble(ScriptedModel):
        facts = replace(FACTS, confidence={"number": (1.0, 1.0, -3.0)})

    columns = [*sure("1"), {"2": 0.9, "7": 0.1}]
    page = np.full((40, 120), 230, np.uint8)
    page[10:30, 20:100:12] = 40
    field, proud = (
        LineRecognizer(model(columns), StatusThresholds())
        .recognize([page], "number", ValueOptions())[0]
        .field
        for model in (Humble, ScriptedModel)
    )
    assert field.text == proud.text == "12"
    assert proud.confidence == pytest.approx(0.9, abs=0.01)
    assert field.confidence == pytest.approx(0.31, abs=0.02)
    assert sum(rival.confidence for rival in field.alternatives) <= 1 - field.confidence + 1e-6


@pytest.mark.parametrize("columns", [sure("~"), [{}], [{"~": 0.85, "1": 0.15}]])
def test_what_is_no_number_is_rejected(columns):
    field = read(columns, "number").field
    assert (field.text, field.value, field.status) == ("", None, "rejected")


DOUBTFUL = [{"1": 0.9, "7": 0.1}, {"0": 1.0}, {"5": 0.6, "6": 0.4}]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "105"),
        ({"choices": ["106", "706", "32"]}, "106"),
        ({"pattern": "7.*"}, "705"),
        ({"minimum": 106, "maximum": 200}, "106"),
        ({"check": lambda text: int(text) % 2 == 0}, "106"),
    ],
)
def test_the_best_reading_is_the_best_that_may_be(options, text):
    field = read(DOUBTFUL, "number", **options).field
    assert (field.text, field.value) == (text, int(text))


def test_a_text_that_the_pattern_names_needs_no_value():
    field = read(sure("12-34-56"), "number", pattern=r"(\d\d-){2}\d\d").field
    assert (field.text, field.value, field.status) == ("12-34-56", None, "ok")


@pytest.mark.parametrize("options", [{"choices": ["999"]}, {"pattern": "[89]+"}, {"minimum": 1000}])
def test_where_nothing_that_may_be_is_likely_the_field_is_rejected(options):
    assert read(DOUBTFUL, "number", **options).field.status == "rejected"


def test_a_number_that_is_no_date_is_rejected_as_one():
    assert read(sure("99/99/99"), "date").field.status == "rejected"


@pytest.mark.parametrize("text", ["105%", "-5%", "105"])
def test_a_percentage_is_as_sure_as_it_reads_as_far_as_the_bounds_go(text):
    field = read(sure(text), "percent", minimum=-10, maximum=150).field
    assert (field.text, field.value, field.status) == (text, int(text.rstrip("%")), "ok")
    assert field.confidence == pytest.approx(read(sure("42%"), "percent").field.confidence)


def test_a_number_that_is_hardly_a_percentage_is_rejected_as_one():
    assert read([*sure("84"), {"5": 0.99}], "percent").field.status == "rejected"


def test_the_kind_limits_the_symbols():
    assert read([{"/": 0.6, "1": 0.4}], "number").field.text == "1"
    assert read([{"/": 0.6, "1": 0.4}], "date").field.text == ""


@pytest.fixture(scope="module")
def reader():
    return Reader()


def test_a_field_is_read_the_same_in_any_company(reader):
    (images, _), _ = load_mnist()
    pages = [
        255 - np.hstack(images[first : first + count]) for first, count in ((0, 1), (3, 3), (9, 4), (20, 8))
    ]
    together = reader.read_fields(pages, kind="number")
    for page, field in zip(pages, together, strict=True):
        alone = reader.read_field(page, kind="number")
        assert (alone.text, alone.status) == (field.text, field.status)
        assert alone.confidence == pytest.approx(field.confidence, abs=1e-4)


def test_numbers_made_of_mnist_digits_are_read(reader):
    (images, labels), _ = load_mnist()
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(20):
        chosen = rng.integers(0, 5000, 3)
        page = np.hstack([images[index][:, 2:-2] for index in chosen])
        field = reader.read_field(255 - np.kron(page, np.ones((2, 2), np.uint8)), kind="number")
        right += field.text == "".join(str(labels[index]) for index in chosen)
    assert right >= 17


def test_order_is_kept_and_nothing_is_lost(reader):
    (images, _), _ = load_mnist()
    pages = [np.hstack([255 - images[index]] * (1 + index % 5)) for index in range(12)]
    together = [field.text for field in reader.read_fields(pages, kind="number")]
    alone = [reader.read_field(page, kind="number").text for page in pages]
    assert together == alone


@pytest.mark.parametrize("kind", ["auto", "number", "percent", "date"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 20_000), (20, 20_000)])
def test_no_shape_of_image_crashes(reader, kind, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert reader.read_field(noise, kind=kind).status in ("ok", "review", "empty", "rejected")


@pytest.mark.parametrize("kind", ["auto", "number", "percent", "date"])
def test_bare_paper_is_empty(reader, kind):
    field = reader.read_field(np.full((40, 200), 215, np.uint8), kind=kind)
    assert (field.text, field.value, field.status) == ("", None, "empty")


def test_no_images_give_no_fields(reader):
    assert reader.read_fields([]) == []


def test_one_bad_image_names_its_index(reader):
    with pytest.raises(ImageError, match=r"^images\[1\] of 2: "):
        reader.read_fields([np.zeros((5, 5), np.uint8), b""], kind="number")


def test_bad_options_are_refused(reader):
    blank = np.full((5, 5), 255, np.uint8)
    with pytest.raises(UsageError, match="'roman'"):
        reader.read_field(blank, kind="roman")
    with pytest.raises(UsageError, match="decimal_mark"):
        reader.read_field(blank, kind="number", decimal_mark=";")


def test_a_classifier_is_no_line_model():
    from inkdigits.errors import ModelError
    from inkdigits.weights import weights_path

    with pytest.raises(ModelError, match="expected a line model"):
        LineModel(weights_path("digit"))


class HesitantModel(ScriptedModel):
    """Gives one lattice at the first look, and another at each of the next."""

    def __init__(self, first, later):
        super().__init__(first)
        self._later = ScriptedModel(later)
        self.looks = 0

    def lattices(self, strips):
        self.looks += len(strips)
        return super().lattices(strips) if self.looks == len(strips) else self._later.lattices(strips)


def read_twice(first, later):
    page = np.full((40, 120), 230, np.uint8)
    page[10:30, 20:100:12] = 40
    model = HesitantModel(first, later)
    reading = LineRecognizer(model, StatusThresholds()).recognize([page], "number", ValueOptions())[0]
    return reading, model.looks


def test_a_clear_line_is_looked_at_once():
    reading, looks = read_twice(sure("12"), sure("17"))
    assert (reading.field.text, looks) == ("12", 1)


def test_a_doubtful_line_is_looked_at_in_five_ways():
    for second in ("12", "17"):
        reading, looks = read_twice([{"1": 1.0}, {"2": 0.6, "7": 0.4}], sure(second))
        assert (reading.field.text, looks) == (second, 5)


def test_symbols_have_the_boxes_of_their_ink():
    page = np.full((60, 200), 230, np.uint8)
    cv2.rectangle(page, (40, 15), (60, 45), 30, -1)
    cv2.rectangle(page, (110, 15), (130, 45), 30, -1)
    columns = [{}, {"3": 1.0}, {}, {}, {}, {"8": 1.0}, {}]  # about where the blots are in the strip
    recognizer = LineRecognizer(ScriptedModel(columns), StatusThresholds())
    field = recognizer.recognize([page], "number", ValueOptions())[0].field
    assert field.text == "38"
    boxes = [symbol.box for symbol in field.symbols]
    assert boxes[0][0] == pytest.approx(40, abs=3)
    assert boxes[0][2] <= boxes[1][0]
    assert boxes[1][2] == pytest.approx(131, abs=3)
    assert [boxes[0][1], boxes[0][3]] == pytest.approx([15, 46], abs=3)


def test_a_symbol_that_a_choice_forces_is_not_sure():
    field = read([{"7": 0.98, "3": 0.02}], "number", choices=["3"]).field
    assert all(symbol.confidence < 0.1 for symbol in field.symbols)


def test_a_number_is_preferred_to_what_is_none():
    field = read([{"1": 1.0}, {"1": 1.0}, {"-": 0.6, ".": 0.4}, {"5": 1.0}], "number").field
    assert (field.text, str(field.value)) == ("11.5", "11.5")
    field = read(sure("11-5"), "number").field
    assert (field.text, field.value, field.status) == ("11-5", None, "review")


@pytest.mark.parametrize("text", [".", "-", "--"])
def test_marks_alone_are_no_number(text):
    assert read(sure(text), "number").field.status == "rejected"


@pytest.mark.parametrize("written", ["3/4", "17/20", "12:30", "50%"])
def test_what_no_number_may_have_is_not_passed_over(written):
    columns = [{symbol: 0.97, "1": 0.03} if symbol in "/:%" else {symbol: 1.0} for symbol in written]
    field = read(columns, "number").field
    assert field.status in ("review", "rejected")
    assert field.confidence < 0.1 or not field.text


@pytest.mark.parametrize(("chance", "status"), [(0.6, "review"), (0.95, "rejected")])
def test_a_digit_that_options_rule_out_is_no_reason_to_be_sure_of_the_rest(chance, status):
    columns = [{"2": 1.0}, {"1": chance}]
    assert read(columns, "number").field.text == "21"
    field = read(columns, "number", maximum=20).field
    assert field.status == status
    assert field.confidence < 0.6 or not field.text


@pytest.mark.parametrize(
    ("written", "options", "text"),
    [
        ("31", {"maximum": 20}, "3"),
        ("120", {"maximum": 20}, "1.20"),
        ("311", {"choices": ["31", "45"]}, "31"),
        ("311", {"pattern": "[0-9]{2}"}, "31"),
        ("31/12/22", {"day_first": True, "maximum": date(2022, 12, 9)}, "3/12/22"),
    ],
)
def test_a_part_of_what_is_written_is_never_sure(written, options, text):
    # Each symbol that would have to go is in doubt, as is the mark that would have to come.
    rest = list(text)
    columns = []
    for symbol in written:
        if rest[:1] == ["."]:
            columns.append({rest.pop(0): 0.2})
        columns.append({symbol: 1.0 if [symbol] == rest[:1] else 0.55})
        rest = rest[1:] if [symbol] == rest[:1] else rest
    kind = "date" if "/" in written else "number"
    assert read(columns, kind, day_first=options.get("day_first")).field.text == written
    field = read(columns, kind, StatusThresholds(ok=0.05), **options).field
    assert (field.text, field.status) == (text, "review")


def test_what_options_make_of_other_digits_may_be_sure():
    columns = [{"1": 1.0}, {"7": 0.45, "1": 0.55}]
    assert read(columns, "number").field.text == "11"
    field = read(columns, "number", StatusThresholds(ok=0.05), choices=["17", "28"]).field
    assert (field.text, field.status) == ("17", "ok")


def test_a_mark_after_the_last_digit_is_left_out_unless_it_is_clear():
    assert read([*sure("45"), {".": 0.7}], "number").field.text == "45"
    assert read([*sure("45"), {".": 0.97}], "number").field.text == "45."
    assert read([*sure("45"), {".": 0.7}], "number").field.confidence == pytest.approx(1, abs=0.02)


def test_a_decimal_may_begin_with_its_mark_and_a_doubtful_one_is_told():
    clear = read(sure(".5"), "number").field
    assert (clear.text, str(clear.value), clear.status) == (".5", "0.5", "ok")
    for chance, text, other in ((0.5, ".5", "5"), (0.1, "5", ".5")):
        doubtful = read([{".": chance}, *sure("5")], "number").field
        assert (doubtful.text, doubtful.status, doubtful.alternatives[0].text) == (text, "review", other)
    assert read([{".": 0.01}, *sure("5")], "number").field.status == "ok"


def test_a_number_beside_ink_that_is_not_read_wants_review():
    page = np.full((40, 150), 230, np.uint8)
    cv2.putText(page, "H", (70, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 40, 3)
    alone = page.copy()
    cv2.putText(page, "8", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 40, 3)

    class First(ScriptedModel):
        """Reads the left end of a strip alone."""

        def lattices(self, strips):
            rows = np.tile(self._lattice.probabilities[-1], (40, 1))
            rows[6 : 6 + len(self._lattice.probabilities)] = self._lattice.probabilities
            return [Lattice(rows, SYMBOLS)] * len(strips)

    recognizer = LineRecognizer(First(sure("8")), StatusThresholds())
    field = recognizer.recognize([page], "number", ValueOptions())[0].field
    assert (field.text, field.status) == ("8", "review")
    assert field.confidence > 0.9
    field = LineRecognizer(ScriptedModel(sure("8")), StatusThresholds())
    assert field.recognize([alone], "number", ValueOptions())[0].field.status == "ok"


def test_symbols_of_a_line_that_goes_down_have_the_boxes_of_their_ink():
    page = np.full((140, 420), 230, np.uint8)
    for index in range(6):
        cv2.putText(page, "2", (15 + 65 * index, 60 + 11 * index), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 3)
    field = Reader().read_field(page, kind="number")
    assert field.text == "222222"
    tops = [symbol.box[1] for symbol in field.symbols]
    assert np.diff(tops).min() >= 5
    assert tops[-1] - tops[0] == pytest.approx(55, abs=12)


def test_what_the_kind_rules_out_is_a_rival_even_of_a_lone_reading():
    class Calibrated(ScriptedModel):
        facts = replace(FACTS, confidence={"number": (1.0, 0.0, 0.0)})  # by its share alone

    page = np.full((40, 120), 230, np.uint8)
    page[10:30, 20:100:12] = 40
    recognizer = LineRecognizer(
        Calibrated([*sure("3"), {"/": 0.8, "1": 0.2}, *sure("4")]), StatusThresholds()
    )
    field = recognizer.recognize([page], "number", ValueOptions())[0].field
    assert field.text == "314"
    assert field.confidence < 0.9

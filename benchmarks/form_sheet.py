"""The form of ``forms.py``: what is printed on it, where its 40 fields are, and what may be written into them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.reading.templates import FieldPlace, SumCheck, Template

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dots an inch
STUDENTS, TASKS = 5, 4
CELL = (118, 56)
TABLE = (360, 760)
MOST = (9, 20, 20, 25)  # points of each task; the first has one digit, the last may have halves

Box = tuple[int, int, int, int]
INK, GRAY, PAPER = 35, 110, 248


@dataclass(frozen=True)
class Entry:
    """What is written into a field: its text, what that means, and its pieces in their boxes."""

    name: str
    group: str
    text: str
    value: int | Decimal | date | None
    pieces: tuple[tuple[str, Box], ...]


REGISTRATION = tuple((330 + 46 * index, 300, 376 + 46 * index, 352) for index in range(7))
BIRTH = tuple(
    (
        330 + 46 * index + 22 * (index > 1) + 22 * (index > 3),
        460,
        376 + 46 * index + 22 * (index > 1) + 22 * (index > 3),
        512,
    )
    for index in range(8)
)
SEAT = tuple((960 + 46 * index, 460, 1006 + 46 * index, 512) for index in range(4))
SINGLE: dict[str, Box] = {
    "exam_date": (330, 376, 640, 432),
    "attendance": (960, 378, 1144, 432),
    "fee": (330, 550, 560, 608),
    "weight": (960, 550, 1144, 608),
    "pass_rate": (330, 1250, 520, 1306),
    "grade": (960, 1250, 1020, 1306),
    "signed": (330, 1400, 660, 1456),
}


def cell(row: int, column: int) -> Box:
    left, top = TABLE[0] + column * CELL[0], TABLE[1] + row * CELL[1]
    return left, top, left + CELL[0], top + CELL[1]


def draw_blank() -> NDArray[np.uint8]:
    """Return the form as it is printed, uint8 (1754, 1240)."""
    picture = Image.new("L", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(picture)

    def say(x: float, y: float, text: str, size: int = 22, tone: int = INK) -> None:
        draw.text((x, y), text, fill=tone, font=ImageFont.load_default(size))

    say(96, 80, "Westbrook Institute of Technology", 40)
    say(96, 138, "Examination record, form E-12. One sheet for each group of five students.", 22)
    say(96, 172, "Write digits only, in dark ink, one digit to a box where boxes are given.", 20, GRAY)
    say(
        96,
        200,
        "Points of a task may have halves in the last column. Rows and columns are added up.",
        20,
        GRAY,
    )
    draw.line((96, 250, WIDTH - 96, 250), fill=INK, width=3)
    for text, x, y in (
        ("Registration no.", 96, 314),
        ("Date of exam", 96, 396),
        ("Date of birth", 96, 474),
        ("Fee paid", 96, 568),
        ("Attendance", 790, 396),
        ("Seat", 790, 474),
        ("Weight", 790, 568),
        ("Pass rate", 96, 1268),
        ("Final grade (1-6)", 740, 1268),
        ("Signed on", 96, 1418),
    ):
        say(x, y, text)
    for boxes in (REGISTRATION, BIRTH, SEAT):
        for box in boxes:
            draw.rectangle((box[0], box[1], box[2], box[3]), outline=GRAY, width=2)
    for name, (left, top, right, bottom) in SINGLE.items():
        if name in ("exam_date", "signed"):
            for x in range(left, right, 7):
                draw.rectangle((x, bottom - 8, x + 1, bottom - 7), fill=INK)
        else:
            draw.rectangle((left, top, right, bottom), outline=INK, width=2)
    say(1112, 394, "%", 26)
    say(570, 568, "EUR")
    say(1154, 568, "kg")
    for column, title in enumerate(("Task 1", "Task 2", "Task 3", "Task 4", "Total")):
        say(TABLE[0] + column * CELL[0] + 22, TABLE[1] - 40, title)
    for row in range(STUDENTS + 1):
        name = "Sum" if row == STUDENTS else f"Student {row + 1}"
        say(200, TABLE[1] + row * CELL[1] + 16, name)
        for column in range(TASKS + 1):
            draw.rectangle(cell(row, column), outline=INK, width=2)
    bottom = TABLE[1] + (STUDENTS + 1) * CELL[1]
    draw.rectangle((*TABLE, TABLE[0] + (TASKS + 1) * CELL[0], bottom), outline=INK, width=4)
    say(96, 1180, "To be filled in by the examiner", 28)
    draw.line((96, 1224, WIDTH - 96, 1224), fill=GRAY, width=1)
    say(740, 1418, "Signature", 22)
    draw.line((860, 1450, WIDTH - 96, 1450), fill=INK, width=2)
    say(
        96,
        1640,
        "Keep this sheet for five years. Copies go to the office of the faculty, room 204.",
        18,
        GRAY,
    )
    say(1060, 1690, "E-12 / 07", 18, GRAY)
    return np.asarray(picture)


def form_template(blank: NDArray[np.uint8]) -> Template:
    """Return the template that names the form's 40 fields."""
    buffer = io.BytesIO()
    Image.fromarray(blank).save(buffer, "PNG")
    fields = [
        FieldPlace("registration", around(REGISTRATION), "number", cells=REGISTRATION, pattern=r"\d{7}"),
        FieldPlace("exam_date", SINGLE["exam_date"], "date", day_first=True),
        FieldPlace("birth", around(BIRTH), "date", cells=BIRTH, day_first=True),
        FieldPlace("attendance", SINGLE["attendance"], "percent"),
        FieldPlace("seat", around(SEAT), "number", cells=SEAT),
        FieldPlace("fee", SINGLE["fee"], "number", decimal_mark=".", pattern=r"\d{1,4}\.\d\d"),
        FieldPlace("weight", SINGLE["weight"], "number", decimal_mark=".", pattern=r"\d{2,3}\.\d"),
        FieldPlace("pass_rate", SINGLE["pass_rate"], "percent"),
        FieldPlace("grade", SINGLE["grade"], "digit", minimum=1, maximum=6),
        FieldPlace("signed", SINGLE["signed"], "date", day_first=True),
    ]
    sums = []
    for row in range(STUDENTS + 1):
        for column in range(TASKS + 1):
            fields.append(table_place(row, column))
        sums.append(SumCheck(mark(row, TASKS), tuple(mark(row, column) for column in range(TASKS))))
    for column in range(TASKS):
        sums.append(SumCheck(mark(STUDENTS, column), tuple(mark(row, column) for row in range(STUDENTS))))
    return Template((WIDTH, HEIGHT), tuple(fields), tuple(sums), blank=buffer.getvalue())


def table_place(row: int, column: int) -> FieldPlace:
    place = FieldPlace(mark(row, column), cell(row, column), "number", decimal_mark=".", minimum=0)
    if row < STUDENTS and column == 0:
        return FieldPlace(place.name, place.box, "digit")
    students = STUDENTS if row == STUDENTS else 1
    most = students * (sum(MOST) if column == TASKS else MOST[column])
    return FieldPlace(place.name, place.box, "number", decimal_mark=".", minimum=0, maximum=most)


def random_entries(random: np.random.Generator) -> list[Entry]:
    """Return what one sheet holds; sums are right."""
    registration = "".join(str(digit) for digit in random.integers(0, 10, 7))
    seat = str(random.integers(1000, 10000))
    born, exam, signed = (random_day(random) for _ in range(3))
    birth = born.strftime("%d%m%Y")
    cents = Decimal(int(random.integers(100, 500000))) / 100
    weight = Decimal(int(random.integers(400, 1300))) / 10
    entries = [
        comb("registration", registration, int(registration), REGISTRATION),
        single("exam_date", "date", date_text(exam, random), exam),
        comb("birth", birth, born, BIRTH),
        # The sign is printed in the box: what is written stops before it.
        single("attendance", "percent", text := str(random.integers(0, 101)), int(text), right=-44),
        comb("seat", seat, int(seat), SEAT),
        single("fee", "decimal", f"{cents:.2f}", cents),
        single("weight", "decimal", f"{weight:.1f}", weight),
        single("pass_rate", "percent", f"{(rate := int(random.integers(0, 101)))}%", rate),
        single("grade", "digit", str(grade := int(random.integers(1, 7))), grade),
        single("signed", "date", date_text(signed, random), signed),
    ]
    points = [[random_points(column, random) for column in range(TASKS)] for _ in range(STUDENTS)]
    points = [[*row, sum(filter(None, row), Decimal(0))] for row in points]
    points.append(
        [sum((row[column] or Decimal(0) for row in points), Decimal(0)) for column in range(TASKS + 1)]
    )
    for row, numbers in enumerate(points):
        for column, number in enumerate(numbers):
            group = "digit" if row < STUDENTS and column == 0 else "mark"
            text = "" if number is None else f"{number.normalize():f}"
            entries.append(
                Entry(
                    mark(row, column), group if text else "blank", text, number, ((text, cell(row, column)),)
                )
            )
    return entries


def random_points(column: int, random: np.random.Generator) -> Decimal | None:
    if random.random() < 0.08:
        return None
    points = Decimal(int(random.integers(0, MOST[column] + 1)))
    halves = column == TASKS - 1 and points < MOST[column] and random.random() < 0.4
    return points + Decimal("0.5") if halves else points


def random_day(random: np.random.Generator) -> date:
    return date(1960, 1, 1) + timedelta(days=int(random.integers(0, 25_000)))


def date_text(day: date, random: np.random.Generator) -> str:
    separator = "/.-"[random.integers(3)]
    parts = [f"{day.day:02d}", f"{day.month:02d}", str(day.year)]
    if random.random() < 0.4:
        parts = [part.lstrip("0") for part in parts]
    return separator.join(parts)


def comb(name: str, text: str, value: int | date, boxes: tuple[Box, ...]) -> Entry:
    return Entry(name, "comb", text, value, tuple(zip(text, boxes, strict=True)))


def single(name: str, group: str, text: str, value: int | Decimal | date, right: int = 0) -> Entry:
    left, top, edge, bottom = SINGLE[name]
    return Entry(name, group, text, value, ((text, (left, top, edge + right, bottom)),))


def mark(row: int, column: int) -> str:
    person = "sum" if row == STUDENTS else f"student{row + 1}"
    return f"{person}_{'total' if column == TASKS else f'task{column + 1}'}"


def around(boxes: tuple[Box, ...]) -> Box:
    return boxes[0][0], boxes[0][1], boxes[-1][2], boxes[-1][3]

"""What people write into fields: numbers, amounts, dates, percentages, marks, times; and words that are none.

A text has only the digits and the separators `. , - / % : =`, and no spaces: it is the label of a field.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["SYMBOLS", "number_text", "word_text"]

SYMBOLS = "0123456789.,-/%:="
"""Every character of a label, in the order of their codes in a shard of fields."""

Rng = np.random.Generator


def number_text(rng: Rng, place: str = "page") -> str:
    """A random text, of the kinds that are met in `place`: "logbook", "cheque", "ruled" or any other.

    A third of the texts are of any kind in any place.

    >>> set(number_text(np.random.default_rng(1), "cheque")) <= set(SYMBOLS)
    True
    """
    kinds = _KINDS if rng.random() < 1 / 3 else _KINDS_OF_PLACES.get(place, _KINDS)
    level = rng.random()
    for share, write in kinds:
        level -= share
        if level < 0:
            return write(rng)
    return _integer(rng)


def word_text(rng: Rng) -> str:
    """A random word, name, code or single letter that nobody would take for a number."""
    level = rng.random()
    if level < 0.12:
        return _SURE_LETTERS[rng.integers(len(_SURE_LETTERS))]
    if level < 0.2:
        return _ALMOST_DIGITS[rng.integers(len(_ALMOST_DIGITS))]
    if level < 0.43:
        return _WORDS[rng.integers(len(_WORDS))]
    word = "".join(_SYLLABLES[rng.integers(len(_SYLLABLES))] for _ in range(rng.integers(1, 5)))
    word = word[: rng.integers(2, 11)]
    if not set(word) - set(_DIGIT_LIKE):
        word += "mek"
    case = rng.integers(4)
    if case == 0:
        return word.upper() if set(word.upper()) - set(_DIGIT_LIKE) else word
    return word.capitalize() if case == 1 else word


def _digits(rng: Rng, count: int) -> str:
    """`count` digits, the first not 0; round numbers and a first 1 are more frequent than chance."""
    digits = [int(digit) for digit in rng.integers(10, size=count)]
    if digits[0] == 0 or rng.random() < 0.12:
        digits[0] = int(rng.integers(1, 10)) if rng.random() < 0.7 else 1
    if count > 1 and rng.random() < 0.2:
        zeros = int(rng.integers(1, count))
        digits[count - zeros :] = [0] * zeros
    if count > 1 and rng.random() < 0.06:
        digits = [digits[0]] * count
    return "".join(map(str, digits))


def _integer(rng: Rng) -> str:
    return _digits(rng, (1, 2, 2, 2, 2, 3, 3, 3, 4, 5)[rng.integers(10)])


def _long_integer(rng: Rng) -> str:
    digits = _digits(rng, int(rng.integers(4, 11)))
    if rng.random() < 0.3:  # numbers of cards and telephones
        cut = int(rng.integers(1, len(digits)))
        return f"0{digits[:cut]}-{digits[cut:]}" if rng.random() < 0.2 else f"{digits[:cut]}-{digits[cut:]}"
    return f"0{digits}" if rng.random() < 0.2 else digits


def _mark(rng: Rng) -> str:
    return ".,"[rng.integers(2)]


def _decimal(rng: Rng) -> str:
    level = rng.random()
    first = "" if level < 0.15 else "0" if level < 0.25 else None  # .5, 0.5
    whole = _digits(rng, (1, 1, 2, 2, 2, 3, 4)[rng.integers(7)]) if first is None else first
    part = "".join(map(str, rng.integers(10, size=(1, 1, 1, 2, 2, 2, 3)[rng.integers(7)])))
    return f"{whole}{_mark(rng)}{part}"


def _grouped(rng: Rng) -> str:
    digits = _digits(rng, int(rng.integers(4, 8)))
    if rng.random() < 0.55:
        zeros = int(rng.choice([2, 2, 3])) if len(digits) < 6 else int(rng.choice([2, 3, 4, 5]))
        digits = digits[:-zeros] + "0" * zeros
    mark = _mark(rng)
    first = len(digits) % 3 or 3
    text = mark.join([digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))])
    if rng.random() < 0.12:
        text += (",", ".")[mark == ","] + f"{rng.integers(100):02d}"
    return text


def _amount(rng: Rng) -> str:
    text = _grouped(rng) if rng.random() < 0.7 else _digits(rng, int(rng.integers(3, 7)))
    endings = ("", ".", ",", ".-", "-", "=", ".=", ",-", "--", "-.", ":", "/", ".--")
    return text + endings[rng.choice(len(endings), p=_ENDING_SHARES)]


def _date(rng: Rng) -> str:
    day, month = f"{rng.integers(1, 32):02d}", f"{rng.integers(1, 13):02d}"
    if rng.random() < 0.35:
        day, month = day.lstrip("0"), month.lstrip("0")
    year = int(rng.integers(1930, 2040))
    mark = "//--./"[rng.integers(6)]
    form = rng.random()
    if form < 0.06:
        return f"{day}{mark}{month}"
    if form < 0.12:
        return f"{year}-{int(month):02d}-{int(day):02d}"
    if form < 0.22:
        day, month = month, day
    return mark.join([day, month, str(year) if rng.random() < 0.5 else f"{year % 100:02d}"])


def _percentage(rng: Rng) -> str:
    text = (
        f"{rng.integers(101)}"
        if rng.random() < 0.65
        else f"{rng.integers(100)}{_mark(rng)}{rng.integers(10)}"
    )
    return text + "%"


def _mark_of(rng: Rng) -> str:
    total = (5, 10, 10, 20, 20, 25, 30, 40, 50, 100, int(rng.integers(2, 100)))[rng.integers(11)]
    return f"{rng.integers(total + 1)}/{total}"


def _time(rng: Rng) -> str:
    mark = ":::."[rng.integers(4)]
    hour, minute = int(rng.integers(24)), int(rng.integers(60))
    text = f"{hour:02d}{mark}{minute:02d}" if rng.random() < 0.6 else f"{hour}{mark}{minute:02d}"
    return f"{text}:{rng.integers(60):02d}" if rng.random() < 0.08 else text


def _negative(rng: Rng) -> str:
    return "-" + (_integer(rng) if rng.random() < 0.5 else _decimal(rng))


def _single(rng: Rng) -> str:
    return str(rng.integers(10))


_KINDS: tuple[tuple[float, Callable[[Rng], str]], ...] = (
    (0.27, _integer),
    (0.08, _single),
    (0.06, _long_integer),
    (0.17, _decimal),
    (0.10, _grouped),
    (0.11, _amount),
    (0.09, _date),
    (0.04, _percentage),
    (0.02, _mark_of),
    (0.02, _time),
    (0.04, _negative),
)
_KINDS_OF_PLACES: dict[str, tuple[tuple[float, Callable[[Rng], str]], ...]] = {
    "logbook": ((0.49, _integer), (0.05, _single), (0.25, _decimal), (0.15, _grouped), (0.06, _negative)),
    "cheque": ((0.30, _integer), (0.15, _long_integer), (0.45, _amount), (0.10, _grouped)),
    "ruled": ((0.60, _date), (0.20, _integer), (0.10, _amount), (0.10, _long_integer)),
}
_ENDING_SHARES = np.array([0.2, 0.2, 0.08, 0.14, 0.08, 0.12, 0.02, 0.03, 0.03, 0.02, 0.02, 0.03, 0.03])

# Alone or among themselves, these are read as digits.
_DIGIT_LIKE = "oOlLiIzZsSbBgGqQDtTjJyYAdapPuUvVhrcCeE"
_SURE_LETTERS = "ACEFHKMNPRVWXdefhkmnpwx"
# Words that look like a digit, but for a letter or two.
_ALMOST_DIGITS = (
    "no", "No", "NO", "no", "No", "NO", "on", "two", "hello", "help", "Sam", "lift", "Kg", "for", "low", "few",
    "ton", "son", "won", "lend", "line", "nine", "Ann", "Ben", "Don", "Ken",
)  # fmt: skip
_WORDS = (
    "nil", "none", "total", "Total", "absent", "Abs", "yes", "no", "No", "Yes", "NA", "N/A", "kg", "cm",
    "mm", "ml", "name", "Name", "Date", "date", "Monday", "Tue", "Wed", "Jan", "Feb", "March", "April",
    "May", "June", "August", "Sept", "October", "Nov", "Dec", "pass", "fail", "OK", "ok", "see note",
    "same", "male", "female", "M", "F", "neg", "pos", "normal", "paid", "cash", "Euro", "pesos", "mil",
    "dollars", "rupees", "thousand", "hundred", "twenty", "five", "ten", "Mary", "Ahmed", "Kumar", "Anna",
    "Pedro", "Chen", "sick", "left", "right", "page", "remarks", "void", "unknown", "missing", "deceased",
    "the", "and", "of", "with", "Mr", "Mrs", "approved", "checked", "sum", "average", "max", "min",
    "temp", "weight", "height", "fever", "clinic", "school", "grade", "class", "student", "good",
    "excellent",
)  # fmt: skip
_SYLLABLES = (
    "an", "ka", "mi", "ro", "te", "shu", "ber", "lon", "dra", "fi", "nge", "wa", "qui", "my", "ster",
    "pa", "vo", "cha", "kel", "mun", "ja", "rei", "xe", "hy", "tra", "wen", "gor", "phe", "nik", "um",
    "ex", "ark", "fen", "dom", "ry", "we",
)  # fmt: skip

"""What a line may say: the texts that its kind allows, out of the lattices of its looks, each with a probability."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from inkdigits.containers import Kind, Value
from inkdigits.reading.lattice import Lattice, LatticeReading
from inkdigits.reading.line import NormalizedLine
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.spaced import find_spaced_date
from inkdigits.reading.values import allowed_symbols, may_begin, plausible, possible_values

__all__ = [
    "ALTERNATIVES",
    "BLANK",
    "NEEDS_VALUE",
    "NOT_A_NUMBER",
    "Candidate",
    "SeenLine",
    "doubts_of",
    "find_candidates",
    "is_narrow",
    "leaves_out",
    "share_of_best",
    "spaced_date",
    "with_confidence",
]

NOT_A_NUMBER = "~"
"""The symbol that line models give for a word, a scribble or texture as a whole."""

ALTERNATIVES = 4
"""How many readings are named beside the best."""

NEEDS_VALUE = ("date", "percent")
"""The kinds of which a text without a value is no reading."""

# Writing that the model has not seen the like of tends to blank: were it counted in full, digits would be lost far more
# often than added. Chosen on real handwriting, see docs/error-analysis.md.
BLANK = 0.3

_FAINT = 0.05
_READINGS_OF_KIND = 16  # a date must be a real one: the reading that is may stand far down the list
# Which symbols a search follows at a column, at least so probable: among all texts, and among the few of a kind.
_LEAST, _LEAST_OF_KIND = 2e-2, 1e-4
_BEAM, _BEAM_OF_KIND = 8, 16
_IMPLAUSIBLE = (
    0.03  # what a text that is no number of the kind, such as 11-5 for 11.5, counts for beside one that is
)
_NEEDLESS_ZERO = re.compile(r"-?0\d.*")  # the number of a card or a telephone, if it is not an 8 or a 6
_ZEROED = 0.3  # what such a text counts for, as a number
_OTHER_MARK = {".": str.maketrans(",", "."), ",": str.maketrans(".", ",")}
# How likely it is, against what may be, that there is what the kind or the options rule out. Whoever says that there is
# a date is mostly right, though the strokes that part it look like ones.
_BREACH, _BREACH_OF_DATE = 0.05, 0.01
# A point, comma or dash after the last digit is mostly dirt, the tail of a stroke or the side of a frame: of two texts
# of one value, that without it is taken unless the other is ten times as likely.
_TRAILING = re.compile(r".*\d[-.,]")
_TRAILED = 0.1


@dataclass(frozen=True)
class Candidate:
    """A text and its probability (0..1).

    Of each symbol, where it stands (pixels from the image's left), and its probability in that column.
    """

    text: str
    probability: float
    places: tuple[float, ...]
    strengths: tuple[float, ...]


@dataclass(frozen=True)
class SeenLine:
    """What the model saw of a line: a lattice for each look, the first of them at ``line``.

    sides: where each look's strip begins and ends, in pixels from the image's left.
    """

    line: NormalizedLine
    lattices: list[Lattice]
    sides: list[tuple[float, float]]


def doubts_of(lattice: Lattice) -> tuple[float, float]:
    """Return the probability that the ink is no number as a whole, and that it is none at least in part."""
    scribble = lattice.symbols.find(NOT_A_NUMBER)
    if scribble < 0 or lattice.probabilities[:, scribble].max() < _FAINT:
        bare = float(lattice.probabilities[:, -1].prod())
        return bare, bare
    readings = lattice.best_readings(ALTERNATIVES, beam=_BEAM, least=_LEAST)
    nothing = sum(reading.probability for reading in readings if reading.text in ("", NOT_A_NUMBER))
    mixed = sum(
        reading.probability for reading in readings if len(reading.text) > 1 and NOT_A_NUMBER in reading.text
    )
    return nothing, min(1.0, nothing + mixed)


def find_candidates(seen: SeenLine, kind: Kind, options: ValueOptions) -> list[Candidate]:
    """Return the likeliest text of each value that may be, best first."""
    return _by_value(_found(seen, kind, options), kind, options)


def spaced_date(seen: SeenLine, options: ValueOptions) -> Candidate | None:
    """Return the date that the digits of the first look make where they have spaces for marks, or None."""
    found = find_spaced_date(seen.lattices[0], options, blank=BLANK)
    if found is None:
        return None
    digits = LatticeReading(found.text.replace(" ", ""), found.probability, found.columns)
    return replace(_candidate(digits, seen.lattices[0], seen.sides[0], found.probability), text=found.text)


def share_of_best(candidates: list[Candidate], mass: float, kind: Kind) -> float:
    """Return the best reading's part, 0..1, in the probability of all that may be.

    mass: the probability that the strip holds any of them. Callers err, and people write into the wrong box: what is
    ruled out counts for a little, so that a lone reading that the strip hardly holds is not sure for want of rivals.
    """
    part = min(1.0, candidates[0].probability / sum(candidate.probability for candidate in candidates))
    breach = _BREACH_OF_DATE if kind == "date" else _BREACH
    return part * mass / (mass + breach * (1 - mass))


def with_confidence(candidates: list[Candidate], confidence: float) -> list[Candidate]:
    """Give the best reading the confidence that it has earned, and the others what that leaves, as they share it."""
    best, *others = candidates
    factor = (1 - confidence) / max(sum(other.probability for other in others), 1e-9)
    return [replace(best, probability=confidence)] + [
        replace(other, probability=min(confidence, other.probability * factor)) for other in others
    ]


def is_narrow(kind: Kind, options: ValueOptions) -> bool:
    """Tell whether the likeliest text of the lattice need not be one that may be."""
    return kind in NEEDS_VALUE or options.narrow


def leaves_out(seen: SeenLine, text: str, kind: Kind, options: ValueOptions) -> bool:
    """Tell whether a text that the options allow is but a part of what is written, as 3 is of 31 where 20 is the most.

    So it is where most looks by themselves hold the same digits and more, of a date as another one; or, beyond the
    bounds, the same digits with other marks.
    """
    if not options.narrow:
        return False
    more = sum(_holds_more(lattice.best_path, text, kind, options) for lattice in seen.lattices)
    return 2 * more > len(seen.lattices)


def _holds_more(written: str, text: str, kind: Kind, options: ValueOptions) -> bool:
    its_digits, digits = (tuple(filter(str.isdigit, one)) for one in (written, text))
    if its_digits == digits or kind == "date":  # a date's slashes are often read as ones
        order = ValueOptions(day_first=options.day_first)
        beyond = possible_values(written, kind, order) and not possible_values(written, kind, options)
        if not (options.bounds_values and beyond):
            return False
    remaining = iter(its_digits)
    return all(digit in remaining for digit in digits)


def _found(looks: SeenLine, kind: Kind, options: ValueOptions) -> list[Candidate]:
    """Return the likeliest texts that may be, best first; a text's probability is its mean over the lattices."""
    probabilities: dict[str, float] = {}
    seen: dict[str, tuple[LatticeReading, Lattice, tuple[float, float]]] = {}
    narrow = is_narrow(kind, options)

    @cache
    def allowed(prefix: str) -> bool:
        return may_begin(kind, prefix) and options.may_begin(prefix)

    for lattice, sides in zip(looks.lattices, looks.sides, strict=True):
        restricted = lattice.restricted(allowed_symbols(kind), blank=BLANK)
        if narrow:
            readings = restricted.best_readings(
                _READINGS_OF_KIND,
                beam=_BEAM_OF_KIND,
                least=_LEAST_OF_KIND,
                allowed=allowed,
            )
        else:
            readings = restricted.best_readings(ALTERNATIVES + 4, beam=_BEAM, least=_LEAST)
        for reading in readings:
            seen.setdefault(reading.text, (reading, lattice, sides))
            share = reading.probability / len(looks.lattices)
            probabilities[reading.text] = probabilities.get(reading.text, 0.0) + share
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    return [_candidate(*seen[text], probability) for text, probability in ranked if text]


def _candidate(
    reading: LatticeReading, lattice: Lattice, sides: tuple[float, float], probability: float
) -> Candidate:
    left, right = sides
    column_width = (right - left) / len(lattice.probabilities)
    return Candidate(
        reading.text,
        probability,
        places=tuple(left + (column + 0.5) * column_width for column in reading.columns),
        strengths=tuple(
            float(lattice.probabilities[column, lattice.symbols.index(symbol)])
            for symbol, column in zip(reading.text, reading.columns, strict=True)
        ),
    )


def _by_value(found: list[Candidate], kind: Kind, options: ValueOptions) -> list[Candidate]:
    """Return the likeliest text of each value, the likeliest value first, with the probability of the value.

    15/12/22 and 15-12-22 are one day, 1.000.- and 1.000,- one amount: how sure one can be is a matter of the value.
    """
    groups: dict[tuple[object, ...], Candidate] = {}
    for one in sorted(found, key=_as_a_text, reverse=True):
        candidate = _as_marked(one, kind, options)
        if not (options.names_texts or any(map(str.isdigit, candidate.text))):
            continue
        values = possible_values(candidate.text, kind, options)
        wants_value = kind in NEEDS_VALUE or options.bounds_values
        if (wants_value and not values) or not options.allows_text(candidate.text):
            continue
        meaning = tuple(map(str, values)) or ("text", candidate.text)
        first = groups.get(meaning, replace(candidate, probability=0.0))
        weight = 1.0 if options.names_texts else _plausibility(candidate.text, kind, values)
        probability = min(1.0, first.probability + weight * candidate.probability)
        groups[meaning] = replace(first, probability=probability)
    return sorted(groups.values(), key=lambda candidate: -candidate.probability)


def _as_marked(candidate: Candidate, kind: Kind, options: ValueOptions) -> Candidate:
    """Return a candidate with the decimal mark that the options name, where it is no number with its own.

    0,75 is none where decimals follow a point: so its mark is a point that looks like a comma.
    """
    if options.decimal_mark is None or options.names_texts or possible_values(candidate.text, kind, options):
        return candidate
    meant = candidate.text.translate(_OTHER_MARK[options.decimal_mark])
    return replace(candidate, text=meant) if possible_values(meant, kind, options) else candidate


def _plausibility(text: str, kind: Kind, values: tuple[Value, ...]) -> float:
    """Return what a text counts for beside others, 0..1, before any ink is seen.

    values: those that the options let it have. 105% is plausible where they go as far as that, and not otherwise.
    """
    if not values and not plausible(text, kind):
        return _IMPLAUSIBLE
    return _ZEROED if kind == "number" and _NEEDLESS_ZERO.fullmatch(text) else 1.0


def _as_a_text(candidate: Candidate) -> float:
    """Return how likely a text is beside others of its value."""
    return candidate.probability * (_TRAILED if _TRAILING.fullmatch(candidate.text) else 1.0)

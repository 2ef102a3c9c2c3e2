"""Containers as hypothesis makes them: every status and kind, names and sources of any characters whatever."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from inkdigits.containers import Alternative, Field, Page, Symbol, Table

FAST = settings(derandomize=True, max_examples=25, deadline=None, database=None)
"""The same cases each time, in about a second."""

ANY_CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=8)
TEXTS = st.text("0123456789.,/-%", min_size=1, max_size=6)
PROBABILITIES = st.floats(0, 1)
VALUES = st.none() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.dates()


@st.composite
def boxes(draw):
    left, top = draw(st.integers(0, 900)), draw(st.integers(0, 900))
    return left, top, left + draw(st.integers(1, 90)), top + draw(st.integers(1, 90))


ALTERNATIVES = st.lists(st.builds(Alternative, TEXTS, VALUES, PROBABILITIES), max_size=3).map(tuple)


@st.composite
def fields(draw):
    status = draw(st.sampled_from(["ok", "review", "empty", "rejected"]))
    has_text = status in ("ok", "review")
    text = draw(TEXTS) if has_text else ""
    symbols = ()
    if draw(st.booleans()):
        symbols = tuple(Symbol(one, draw(PROBABILITIES), draw(st.none() | boxes())) for one in text)
    return Field(
        kind=draw(st.sampled_from(["auto", "digit", "number", "percent", "date"])),
        text=text,
        value=draw(VALUES) if has_text else None,
        confidence=draw(PROBABILITIES),
        status=status,
        alternatives=draw(ALTERNATIVES),
        symbols=symbols,
        box=draw(st.none() | boxes()),
        name=draw(st.none() | ANY_CHARACTERS),
    )


@st.composite
def tables(draw):
    """A table, no two cells of which are in one place, as those of a merged cell are."""
    columns = draw(st.integers(1, 2))
    rows = [
        [
            replace(draw(fields()), box=(30 * column, 20 * row, 30 * column + 30, 20 * row + 20))
            for column in range(columns)
        ]
        for row in range(draw(st.integers(0, 2)))
    ]
    return Table(tuple(map(tuple, rows)), draw(st.none() | boxes()))


PAGES = st.builds(
    Page,
    fields=st.lists(fields(), max_size=3).map(tuple),
    tables=st.lists(tables(), max_size=2).map(tuple),
    source=st.none() | ANY_CHARACTERS,
    number=st.integers(1, 20_000),
    size=st.none() | st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)),
    model=st.none() | ANY_CHARACTERS,
    version=st.none() | ANY_CHARACTERS,
    steps=st.lists(
        st.sampled_from(["decode", "tables", "turn 90", "turn 180"]) | ANY_CHARACTERS, max_size=3
    ).map(tuple),
)

"""The lattice: what a line model thinks of each column of a strip, and the best readings of it.

A line model gives for each column the probability of each symbol and of "blank". A text's probability is the sum over
all ways to spell it, blanks between and repeats merged (connectionist temporal classification: Graves et al. 2006,
"Connectionist Temporal Classification"). The best texts are found by prefix beam search (Hannun et al. 2014,
arXiv:1408.2873).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

__all__ = ["Lattice", "LatticeReading"]

_SURE_BLANK = 0.98
# A prefix is given up where it is less likely than the best one times this times the least symbol's probability.
_FORLORN = 0.3


@dataclass(frozen=True)
class LatticeReading:
    """One text, its probability (0..1), and the column at which each of its symbols stands."""

    text: str
    probability: float
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Lattice:
    """Probabilities by column.

    probabilities: float32 (T, number of symbols + 1), rows that sum to 1; blank is last.
    symbols: one character each, in the order of the columns of ``probabilities``.
    """

    probabilities: NDArray[np.float32]
    symbols: str

    @property
    def clearness(self) -> float:
        """The probability (0..1) of the likeliest path through the columns."""
        return float(self.probabilities.max(axis=1).prod())

    @property
    def best_path(self) -> str:
        """The text that the likeliest path spells; mostly, but not always, the likeliest text."""
        blank = len(self.symbols)
        path = groupby(self.probabilities.argmax(axis=1).tolist())
        return "".join(self.symbols[index] for index, _ in path if index != blank)

    def chance_of(self, allowed: str, *, blank: float = 1.0) -> float:
        """Return the probability that no symbol but the ``allowed`` ones stands in the strip, 0..1.

        blank: as for ``restricted``.
        """
        others = np.array([symbol not in allowed for symbol in self.symbols] + [False])
        if not others.any():
            return 1.0
        counted = self.probabilities.copy()
        counted[counted[:, -1] <= _SURE_BLANK, -1] *= blank
        return float(np.prod(1 - counted[:, others].sum(axis=1) / np.maximum(counted.sum(axis=1), 1e-12)))

    def restricted(self, allowed: str, *, blank: float = 1.0) -> Lattice:
        """Return the lattice in which only the ``allowed`` symbols, and blank, can be.

        What the others held is shared out in proportion, so that each row sums to 1 again. blank: what blank's
        probability is multiplied by before, where it is in doubt; below 1, fewer symbols are passed over.
        """
        keep = np.array([symbol in allowed for symbol in self.symbols] + [True])
        kept = np.where(keep, self.probabilities, 0)
        kept[self.probabilities[:, -1] <= _SURE_BLANK, -1] *= blank
        return Lattice(
            np.asarray(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12), np.float32), self.symbols
        )

    def best_readings(
        self,
        count: int = 5,
        *,
        beam: int = 16,
        least: float = 2e-3,
        allowed: Callable[[str], bool] | None = None,
    ) -> list[LatticeReading]:
        """Return the ``count`` most probable texts, best first; "" is one where the strip may hold no symbol.

        beam: how many prefixes are kept at each column.
        least: symbols of a lower probability are passed over at a column. More is faster; where few texts are allowed,
            less is needed, since the right one may be hardly visible.
        allowed: tells of a prefix whether a text may begin so; others are not followed.
        """
        # prefix -> [probability of ending in blank, of ending in its last symbol, columns of its symbols]
        prefixes: dict[str, tuple[float, float, tuple[int, ...]]] = {"": (1.0, 0.0, ())}
        blank = len(self.symbols)
        for column, row in self._telling_columns():
            grown: dict[str, tuple[float, float, tuple[int, ...]]] = {}
            symbols = [(self.symbols[index], row[index]) for index in range(blank) if row[index] > least]
            for prefix, (in_blank, in_symbol, columns) in prefixes.items():
                total = in_blank + in_symbol
                last = prefix[-1:]
                stayed = 0.0
                for symbol, probability in symbols:
                    longer = prefix + symbol
                    if symbol == last:
                        stayed = in_symbol * probability
                        added = in_blank * probability
                    else:
                        added = total * probability
                    if added and (allowed is None or longer in prefixes or allowed(longer)):
                        _add(grown, longer, 0.0, added, (*columns, column))
                _add(grown, prefix, total * row[blank], stayed, columns)
            totals = sorted((total[0] + total[1] for total in grown.values()), reverse=True)
            worth_following = max(totals[min(beam, len(totals)) - 1], _FORLORN * least * totals[0])
            prefixes = {
                prefix: total for prefix, total in grown.items() if total[0] + total[1] >= worth_following
            }
        ranked = sorted(prefixes.items(), key=lambda item: -(item[1][0] + item[1][1]))[:count]
        return [LatticeReading(text, min(1.0, total[0] + total[1]), total[2]) for text, total in ranked]

    def _telling_columns(self) -> list[tuple[int, list[float]]]:
        """Return the columns that are more than surely blank, each with its row; one of each run of blanks stays."""
        sure = self.probabilities[:, -1] > _SURE_BLANK
        telling = ~sure
        telling[1:] |= sure[1:] & ~sure[:-1]  # the blank that parts a repeated symbol
        return [(int(column), self.probabilities[column].tolist()) for column in np.flatnonzero(telling)]


def _add(
    prefixes: dict[str, tuple[float, float, tuple[int, ...]]],
    text: str,
    in_blank: float,
    in_symbol: float,
    columns: tuple[int, ...],
) -> None:
    known = prefixes.get(text)
    if known is None:
        prefixes[text] = (in_blank, in_symbol, columns)
    else:
        # Of two ways to a text, the likelier says where its symbols stand.
        likelier = columns if in_blank + in_symbol > known[0] + known[1] else known[2]
        prefixes[text] = (known[0] + in_blank, known[1] + in_symbol, likelier)

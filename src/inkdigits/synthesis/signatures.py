"""Synthetic signatures: hands that sign, the same way each time and never quite alike, and others that forge them.

No model of real signatures: they have what makes the task, a path of its own for each signer, the variation of one
hand, and forgeries that follow the path in another hand.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.allographs import ALLOGRAPHS, parse_skeleton
from inkdigits.synthesis.camera import Camera, expose, ink_on_paper
from inkdigits.synthesis.paper import draw_rule
from inkdigits.synthesis.strokes import Pen, draw_polylines, smooth_line

__all__ = ["Signer"]

Path = tuple[NDArray[np.float32], ...]
Picture = NDArray[np.uint8]
Rng = np.random.Generator

_UNIT = 40  # pixels of a letter's height
_SMALL_LETTERS = tuple("0123469-")  # of whose skeletons bodies of letters are made


@dataclass(frozen=True)
class Signer:
    """One person's signature and hand.

    path: strokes, float32 (N, 2) each, x to the right and y down, in heights of a letter. steadiness: how far the path
    wanders from one signing to the next, in heights. slant, aspect: of the hand. pen: the usual one. habit: a number of
    the hand's own, from which its bias follows where it copies.
    """

    path: Path
    steadiness: float
    slant: float
    aspect: float
    pen: Pen
    habit: int

    @classmethod
    def sample(cls, rng: Rng) -> "Signer":
        """A random signer."""
        pen = Pen(
            width=0.07 * math.exp(0.35 * rng.standard_normal()),
            pressure=float(rng.uniform(0, 0.4)),
            taper=max(0.0, rng.uniform(-0.5, 0.8)),
            tremor=0.003 * rng.standard_exponential(),
            jitter=0.0,
        )
        return cls(
            _path(rng),
            steadiness=rng.uniform(0.02, 0.09),
            slant=rng.normal(0.15, 0.2),
            aspect=math.exp(rng.normal(0.0, 0.15)),
            pen=pen,
            habit=int(rng.integers(1 << 31)),
        )

    def sign(self, rng: Rng) -> Picture:
        """A picture of the signature, uint8 (H, W), about 40 to 160 pixels high, signed anew."""
        return _photo(self._strokes(rng), self.pen, rng)

    def forge(self, forger: "Signer", rng: Rng) -> Picture:
        """A picture of this signature by another's hand, who has seen it and practiced.

        The forger's own slant, pen, proportions and rhythm show through: the path is followed with a bias that is the
        forger's, smoother where the original is quick, and with more tremor.
        """
        bias = np.random.default_rng((self.habit, forger.habit))
        skill = bias.uniform(0.3, 0.8)  # how much of the forger's own hand is kept back
        path = tuple(_copied(stroke, forger, bias) for stroke in self.path)
        copied = replace(
            self,
            path=path,
            steadiness=forger.steadiness + rng.uniform(0.01, 0.04),
            slant=skill * self.slant + (1 - skill) * forger.slant,
            aspect=self.aspect**skill * forger.aspect ** (1 - skill),
        )
        pen = replace(forger.pen, tremor=forger.pen.tremor + 0.006 * rng.random())
        return _photo(copied._strokes(rng), pen, rng)

    def _strokes(self, rng: Rng) -> list[NDArray[np.float32]]:
        """The lines of one signing: each stroke bent by a slow wander along it, and all by the moment's slant."""
        slant = self.slant + rng.normal(0, 0.04)
        aspect = self.aspect * math.exp(rng.normal(0, 0.05))
        turn = rng.normal(0, 0.03)
        lean = np.array([[aspect, -slant], [math.sin(turn), 1.0]], np.float32)
        lines = []
        for stroke in self.path:
            line = smooth_line(stroke, np.zeros(len(stroke), np.bool_))
            knots = rng.normal(0, self.steadiness, (max(3, len(stroke) // 2), 2)).astype(np.float32)
            wander = cv2.resize(knots, (2, len(line)), interpolation=cv2.INTER_CUBIC)
            moved = line + wander + rng.normal(0, 0.5 * self.steadiness, 2)
            lines.append(np.asarray(moved @ lean.T, np.float32))
        if len(lines) > 2 and rng.random() < 0.04:
            lines.pop()  # in haste
        return lines


def _path(rng: Rng) -> Path:
    """Letters, loops and waves in a row, with a large beginning and now and then a flourish."""
    strokes: list[NDArray[np.float32]] = []
    x = 0.0
    for part in range(rng.integers(1, 4)):
        way = (_letters, _loops, _waves)[rng.choice(3, p=(0.4, 0.35, 0.25))]
        body = way(rng) * np.float32(math.exp(rng.normal(0, 0.2)))
        if part == 0:
            first = _letters(rng, 1) * np.float32(rng.uniform(1.2, 2.4))
            first[:, 1] -= first[:, 1].max() - 1
            strokes.append(first)
            x = float(first[:, 0].max()) * rng.uniform(0.5, 1.1)
        body[:, 0] += x - body[:, 0].min()
        joined = rng.random() < 0.3
        if joined and strokes:
            strokes[-1] = np.concatenate([strokes[-1], body])
        else:
            strokes.append(body)
        x = float(body[:, 0].max()) + rng.uniform(-0.2, 0.5)
    if rng.random() < 0.55:
        strokes.append(_flourish(x, rng))
    if rng.random() < 0.3:
        dot = np.array([[0.0, 0.0], [0.05, 0.08]]) + rng.uniform((0.0, -0.8), (x, -0.2))
        strokes.append(dot.astype(np.float32))
    return tuple(strokes)


def _letters(rng: Rng, count: int | None = None) -> NDArray[np.float32]:
    """The first strokes of written characters in a row, one line."""
    points, x = [], 0.0
    for _ in range(count or int(rng.integers(2, 6))):
        choices = ALLOGRAPHS[_SMALL_LETTERS[rng.integers(len(_SMALL_LETTERS))]]
        letter = parse_skeleton(choices[rng.integers(len(choices))][1])[0].points
        letter = letter * np.array([rng.uniform(0.5, 1.2), rng.uniform(0.4, 1.0)], np.float32)
        if rng.random() < 0.3:
            letter = letter[::-1]
        points.append(letter + np.array([x - letter[:, 0].min(), 1 - letter[:, 1].max()], np.float32))
        x += float(np.ptp(letter[:, 0])) + rng.uniform(0.0, 0.25)
    line = np.concatenate(points)
    return np.asarray(line + rng.normal(0, 0.04, line.shape), np.float32)


def _loops(rng: Rng) -> NDArray[np.float32]:
    count = int(rng.integers(8, 26))
    turn = rng.uniform(0, 6) + np.cumsum(rng.uniform(0.9, 2.2, count)) * rng.choice([-1, 1])
    size = 0.35 * np.exp(rng.normal(0, 0.35, count))
    x = np.cumsum(rng.uniform(0.02, 0.2, count)) + size * np.cos(turn)
    return np.stack([x, 0.6 + size * np.sin(turn)], axis=1).astype(np.float32)


def _waves(rng: Rng) -> NDArray[np.float32]:
    count = int(rng.integers(6, 18))
    height = np.exp(rng.normal(-1.2, 0.5, count)) * np.where(np.arange(count) % 2, 1, -1)
    x = np.cumsum(rng.uniform(0.05, 0.35, count))
    return np.stack([x, 0.7 + height], axis=1).astype(np.float32)


def _flourish(width: float, rng: Rng) -> NDArray[np.float32]:
    """A stroke under the name, through it or back along it."""
    count = int(rng.integers(3, 7))
    x = np.linspace(rng.uniform(0.6, 1.1), rng.uniform(-0.2, 0.3), count) * max(width, 0.8)
    y = rng.choice([0.3, 1.25, 1.4]) + rng.normal(0, 0.15, count)
    points = np.stack([x, y], axis=1)
    return np.asarray(points if rng.random() < 0.5 else points[::-1], np.float32)


def _copied(stroke: NDArray[np.float32], forger: Signer, bias: Rng) -> NDArray[np.float32]:
    middle = stroke.mean(axis=0)
    size = np.exp(bias.normal(0, 0.09, 2))
    copied = middle + (stroke - middle) * size + bias.normal(0, 0.08, 2)
    copied = copied + bias.normal(0, 0.05 + forger.steadiness, stroke.shape)
    if len(stroke) > 4:  # quick turns are rounded
        rounded = (copied[:-2] + copied[2:]) / 2
        share = bias.uniform(0.0, 0.3)
        copied[1:-1] = (1 - share) * copied[1:-1] + share * rounded
    return np.asarray(copied, np.float32)


def _photo(lines: list[NDArray[np.float32]], pen: Pen, rng: Rng) -> Picture:
    pen = replace(pen, width=float(np.clip(pen.width * math.exp(rng.normal(0, 0.15)), 0.025, 0.2)))
    trembled = [line + rng.normal(0, pen.tremor, line.shape).astype(np.float32) for line in lines]
    ink, _, _ = draw_polylines(trembled, pen, rng, unit=_UNIT)
    top, bottom, left, right = rng.integers(4, 24, 4).tolist()
    ink = np.pad(ink, ((top, bottom), (left, right)))
    printed = np.zeros(ink.shape, np.float32)
    tone, darkness = rng.uniform(150, 250), rng.uniform(0.4, 0.95)
    if rng.random() < 0.25:
        draw_rule(
            printed, rng, darkness=darkness * rng.uniform(0.1, 0.5), thickness=1.2, at=rng.uniform(0.6, 0.95)
        )
    page = ink_on_paper(ink, printed, rng, tone=tone, darkness=darkness, pencil=rng.random() < 0.1)
    camera = Camera(
        height=int(rng.integers(40, 161)),
        blur=rng.uniform(0, 0.012),
        noise=rng.uniform(0, 4),
        jpeg=int(rng.integers(40, 92)) if rng.random() < 0.5 else None,
    )
    return expose(page, camera, rng)

"""From ten drawn symbols to a server that reads them: `python examples/own_symbols.py FOLDER [SAMPLES]`.

FOLDER is new and gets samples/, 20 a symbol, and run/ (see run/report.html). Needs `inkdigits[train,serve]`.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from inkdigits import finetune
from inkdigits.web.client import Client

SYMBOLS = {  # strokes, in a square of 100; what you draw on paper and photograph will do as well
    "check": [[(0, 60), (30, 100), (90, 0)]],
    "cross": [[(0, 0), (90, 100)], [(90, 0), (0, 100)]],
    "house": [[(0, 40), (45, 0), (90, 40)], [(10, 40), (10, 100), (80, 100), (80, 40)]],
    "triangle": [[(45, 0), (0, 100), (90, 100), (45, 0)]],
    "star": [[(20, 100), (45, 0), (70, 100), (0, 36), (90, 36), (20, 100)]],
    "arrow": [[(0, 50), (100, 50)], [(70, 20), (100, 50), (70, 80)]],
    "square": [[(5, 5), (95, 5), (95, 95), (5, 95), (5, 5)]],
    "plus": [[(50, 0), (50, 100)], [(0, 50), (100, 50)]],
    "lightning": [[(50, 0), (10, 55), (60, 50), (20, 100)]],
    "hourglass": [[(0, 0), (90, 0), (0, 100), (90, 100), (0, 0)]],
}


def draw(name: str, rng: np.random.Generator) -> Image.Image:
    """Draw a symbol with an unsteady hand, and another pen each time."""
    paper = Image.new("L", (160, 160), int(rng.integers(210, 255)))
    for stroke in SYMBOLS[name]:
        points = 30 + np.array(stroke) * rng.uniform(0.8, 1.0) + rng.normal(0, 3, (len(stroke), 2))
        ImageDraw.Draw(paper).line(points.ravel().tolist(), int(rng.integers(90)), int(rng.integers(3, 9)))
    return paper


def main(folder: Path, samples: int = 20) -> None:
    """Draw, train, serve and ask."""
    rng = np.random.default_rng(1)
    drawn = {name: [draw(name, rng) for _ in range(samples + 1)] for name in SYMBOLS}
    for name, pictures in drawn.items():
        (folder / "samples" / name).mkdir(parents=True)
        for number, picture in enumerate(pictures[:samples]):
            picture.save(folder / "samples" / name / f"{number:02}.png")
    run = finetune(folder / "samples", output=folder / "run")
    print(f"cross-validated error: {run.metrics['validation_error_percent']:.2f}%", flush=True)
    command = [sys.executable, "-m", "inkdigits", "serve", "--port=0", "--digit-model", str(run.folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        client = Client(next(filter(None, (re.search(r"http://[\w.:]+", line) for line in server.stderr)))[0])
        for name, pictures in drawn.items():
            print(f"{name}: {client.read_field(pictures[-1], kind='digit').text or '-'}")
        server.terminate()


main(Path(sys.argv[1]), *map(int, sys.argv[2:]))

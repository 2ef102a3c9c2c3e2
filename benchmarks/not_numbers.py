"""How often ink that is no number passes for one: words, letters, scribbles, check marks, in fonts not trained on.

    python benchmarks/not_numbers.py [--fields 2000] [--fonts .fonts] [--json FILE]

The fonts are those of `python -m inkdigits.synthesis fonts .fonts`. For each kind it prints which share of the pictures
was given which status; "ok" is the share that is called a number without a doubt.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from held_out import FONTS, held_out_writers

from inkdigits import Reader
from inkdigits.synthesis import field_block

SEED = 3
STATUSES = ("ok", "review", "rejected", "empty")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fields", type=int, default=2000)
    parser.add_argument("--fonts", type=Path, default=FONTS)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    sources = held_out_writers(arguments.fonts)
    if sources is None:
        return
    photos = field_block(SEED, 0, sources, kind="reject", count=arguments.fields)
    images = [photo.image for photo in photos]
    reader = Reader()
    rows = []
    for kind in ("auto", "number", "percent", "date", "digit"):
        counts = Counter(field.status for field in reader.read_fields(images, kind))
        shares = {status: 100 * counts[status] / len(images) for status in STATUSES}
        rows.append({"kind": kind, "n": len(images), **shares})
        print(
            f"{kind:<8} n {len(images)}  "
            + "  ".join(f"{status} {shares[status]:5.1f}%" for status in STATUSES),
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

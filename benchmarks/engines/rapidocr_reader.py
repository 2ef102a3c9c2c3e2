"""Read the pictures that standard input names, one path a line, with RapidOCR; print JSON.

It runs in an environment of its own, which other_engines.py makes. Recognition alone, without looking for text first:
each picture is one field, as for the reader beside which it is measured.
"""

import json
import logging
import sys
import time

from rapidocr import RapidOCR


def main() -> None:
    logging.disable(logging.INFO)
    paths = sys.stdin.read().splitlines()
    engine = RapidOCR()
    texts = []
    engine(paths[0], use_det=False, use_cls=False, use_rec=True)  # the first call also sets the engine up
    start = time.perf_counter()
    for path in paths:
        found = engine(path, use_det=False, use_cls=False, use_rec=True)
        texts.append("".join(found.txts or ()))
    seconds = time.perf_counter() - start
    json.dump({"texts": texts, "ms": 1000 * seconds / len(paths)}, sys.stdout)


main()

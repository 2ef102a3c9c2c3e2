"""The browser page: digits drawn with the pointer, the time from stroke to answer, its size, and how soon it is ready.

    python benchmarks/web_page.py [--digits 200] [--loads 10] [--json FILE]

first load           143 kB in 32 files
ready to be used     393 ± 87 ms (n = 10)
stroke to answer     median 31 ms, 95th percentile 48 ms (n = 315)
digits read right    100.0% of 200

On two cores of an AMD EPYC, browser and server together, idle otherwise.
MNIST's first test images are traced into strokes and drawn in headless Chromium with kind "digit". Every wait is
measured in the page: from the event that ends a stroke to the frame after the answer is shown, and from the start of
the navigation until the page can be used. Chromium's cache is empty for every load.
Needs Chromium: apt-get install chromium, or its path in INKDIGITS_CHROMIUM.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median, stdev

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "web" / "page"))
from hand import answer, draw
from traced_digits import trace

from inkdigits import load_mnist

WATCH = """() => {
    window.waits = [];
    const answer = document.getElementById("draw-answer");
    let ended = null;
    addEventListener("pointerup", event => { ended = event.timeStamp; }, true);
    new MutationObserver(() => {
        if (answer.getAttribute("aria-busy") !== "false" || ended === null) return;
        const start = ended;
        ended = null;
        requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - start)));
    }).observe(answer, { attributes: true, attributeFilter: ["aria-busy"] });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--digits", type=int, default=200)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    chromium = os.environ.get("INKDIGITS_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("no Chromium here: apt-get install chromium, or name one in INKDIGITS_CHROMIUM")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        loads = [load(browser, address) for _ in range(arguments.loads)]
        wrong, waits = draw_digits(browser, address, arguments.digits)
        browser.close()
    ready = [one["ready"] for one in loads]
    ranked = sorted(waits)
    print(f"first load           {loads[0]['bytes'] / 1000:.0f} kB in {loads[0]['files']} files")
    print(f"ready to be used     {mean(ready):.0f} ± {stdev(ready):.0f} ms (n = {len(ready)})")
    print(
        f"stroke to answer     median {median(waits):.0f} ms, 95th percentile {ranked[int(0.95 * len(ranked))]:.0f} ms "
        f"(n = {len(waits)})"
    )
    right = arguments.digits - len(wrong)
    print(f"digits read right    {100 * right / arguments.digits:.1f}% of {arguments.digits}")
    print(f"                     {' '.join(wrong)}")
    if arguments.json is not None:
        results = {"loads": loads, "waits": waits, "digits": arguments.digits, "wrong": wrong}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


@contextmanager
def served() -> Iterator[str]:
    """Serve on a free port in a process of its own, and give the address."""
    command = [sys.executable, "-m", "inkdigits", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield server.stderr.readline().split()[-1] + "/"
        server.terminate()


def load(browser: Browser, address: str) -> dict[str, float]:
    """Load the page with an empty cache; return its bytes and files, and the milliseconds until it can be used."""
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda reply: sizes.append(len(reply.body())))
    page.goto(address, wait_until="networkidle")
    ready = page.evaluate("performance.getEntriesByName('interactive')[0].startTime")
    context.close()
    return {"bytes": sum(sizes), "files": len(sizes), "ready": ready}


def draw_digits(browser: Browser, address: str, count: int) -> tuple[list[str], list[float]]:
    """Draw MNIST's first test images; return what was misread, and the milliseconds from each stroke to its answer."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    page.locator('input[value="digit"]').check()
    page.evaluate(WATCH)
    _, (images, labels) = load_mnist()
    wrong = []
    for number, (image, label) in enumerate(zip(images[:count], labels[:count], strict=True)):
        read = draw_one(page, image)
        if read != str(label):
            wrong.append(f"{number}:{read}<{label}")
    return wrong, page.evaluate("window.waits")


def draw_one(page: Page, image: object) -> str:
    draw(page, trace(image))
    read = answer(page)
    page.locator("#pad").press("Escape")
    return read


if __name__ == "__main__":
    main()

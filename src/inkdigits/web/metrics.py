"""What a server counts, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).

Labels are few and known: paths as the API names them, methods, statuses and kinds. Nothing of a request's content
is counted. To be used on one event loop.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inkdigits._version import __version__

__all__ = ["METRICS_TYPE", "Histogram", "Metrics"]

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_IMAGES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0)


@dataclass
class Histogram:
    """How many values fell below each bound."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def lines(self, name: str, labels: str) -> Iterator[str]:
        """Yield the lines of this histogram; ``labels`` are such as 'path="/v1/fields"', or "" for none."""
        count = 0
        between = "," if labels else ""
        for bound, more in zip((*self.bounds, "+Inf"), self.counts, strict=True):
            count += more
            yield f'{name}_bucket{{{labels}{between}le="{bound}"}} {count}'
        braces = f"{{{labels}}}" if labels else ""
        yield f"{name}_sum{braces} {self.total:.6f}"
        yield f"{name}_count{braces} {count}"


class Metrics:
    """The counters of one server. gauges: what is asked of others when the text is made, each with its help."""

    def __init__(self, gauges: Mapping[str, tuple[str, Callable[[], float]]]) -> None:
        self._gauges = gauges
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, Histogram] = {}
        self._fields: Counter[tuple[str, str]] = Counter()
        self._batches = Histogram(_IMAGES)

    def count_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count an answer; ``path`` is one of the API's own, with no more of them than it has."""
        self._requests[method, path, status] += 1
        self._seconds.setdefault(path, Histogram(_SECONDS)).add(seconds)

    def count_field(self, kind: str, status: str) -> None:
        """Count a field that was read."""
        self._fields[kind, status] += 1

    def count_batch(self, images: int) -> None:
        """Count a batch that goes to a worker."""
        self._batches.add(images)

    def to_text(self) -> str:
        """Return all of it."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _head("inkdigits_info", "gauge", "Which version runs.")
        yield f'inkdigits_info{{version="{__version__}"}} 1'
        yield from _head("inkdigits_requests_total", "counter", "Answers by method, path and status.")
        for (method, path, status), count in sorted(self._requests.items()):
            yield (f'inkdigits_requests_total{{method="{method}",path="{path}",status="{status}"}} {count}')
        yield from _head(
            "inkdigits_request_seconds", "histogram", "From a request's head to its answer's end."
        )
        for path, histogram in sorted(self._seconds.items()):
            yield from histogram.lines("inkdigits_request_seconds", f'path="{path}"')
        yield from _head("inkdigits_fields_total", "counter", "Fields read, by kind and status.")
        for (kind, status_of_field), count in sorted(self._fields.items()):
            yield f'inkdigits_fields_total{{kind="{kind}",status="{status_of_field}"}} {count}'
        yield from _head("inkdigits_batch_images", "histogram", "Images read together.")
        yield from self._batches.lines("inkdigits_batch_images", "")
        for name, (help, value) in self._gauges.items():
            yield from _head(name, "gauge", help)
            yield f"{name} {value():g}"
        memory = _resident_bytes()
        if memory is not None:
            yield from _head("process_resident_memory_bytes", "gauge", "Memory held, where the system tells.")
            yield f"process_resident_memory_bytes {memory}"


def _head(name: str, kind: str, help: str) -> tuple[str, str]:
    return f"# HELP {name} {help}", f"# TYPE {name} {kind}"


def _resident_bytes() -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()

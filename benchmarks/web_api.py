"""What the server does under load: waiting, fields a second, bad requests, memory, and how soon it is ready.

    python benchmarks/web_api.py [--seconds 20] [--requests 10000] [--json FILE]

A server of its own (`inkdigits serve`) and the clients share the machine. Pictures are MNIST's training digits that
taught no shipped model, at three times their size, as PNG; numbers have four of them. Each is sent once in a while, not
again and again. The processor's time is the server's own: on a machine that does other things, it says more than
the clock.

ready        from the shell's call to a 200 of /v1/ready, and the processor's time until then
waiting      one field a request, 20 requests a second, each on time whether or not those before it are answered
throughput   32 clients, each with 16 fields a request, as fast as they are answered
mixed        16 clients, one request in ten malformed: answers by status; memory after a tenth of them, and at the end
"""

from __future__ import annotations

import argparse
import asyncio
import io
import itertools
import json
import platform
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from PIL import Image

from inkdigits import load_mnist
from inkdigits.datasets.mnist import TAUGHT

SEED = 1
PICTURES = 400
CLIENTS, BATCH, MIXED_CLIENTS = 32, 16, 16
EDGE = "edge-of-parts"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement under load")
    parser.add_argument("--requests", type=int, default=10_000, help="of the mixed load")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    results: dict[str, object] = {"machine": platform.processor() or platform.machine()}
    results["ready"] = time_starts(arguments.starts)
    pictures = {"digit": make_pictures(1), "number": make_pictures(4)}
    results["waiting"] = {
        kind: asyncio.run(
            time_answers(kind, pictures["digit" if kind == "digit" else "number"], arguments.seconds)
        )
        for kind in ("digit", "number", "auto")
    }
    results["throughput"] = {
        kind: asyncio.run(
            count_fields(kind, pictures["digit" if kind == "digit" else "number"], arguments.seconds)
        )
        for kind in ("digit", "number", "auto")
    }
    results["mixed"] = asyncio.run(mix(pictures["digit"], arguments.requests))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """Start a server; give the process, its port, and after how many seconds it was ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "inkdigits", "serve", "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/ready").close()
                break
            except urllib.error.URLError:  # nobody listens, or the models are not loaded
                assert process.poll() is None, "the server ended"
                time.sleep(0.005)
        yield process, port, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def time_starts(runs: int) -> list[tuple[float, float]]:
    times = []
    for _ in range(runs):
        with serving() as (process, _, seconds):
            times.append((seconds, processor_seconds(process)))
    for name, values in zip(("ready after", "processor's"), zip(*times, strict=True), strict=True):
        spread = stdev(values) if runs > 1 else 0
        print(f"{name:<12} {mean(values):.2f} ± {spread:.2f} s  (n = {runs})", flush=True)
    return times


async def time_answers(kind: str, pictures: list[bytes], seconds: float, rate: float = 20) -> list[float]:
    """Return milliseconds of each answer."""
    with serving() as (process, port, _):
        requests = itertools.cycle([fields_request([picture], kind) for picture in pictures])
        idle = [await Connection.open(port) for _ in range(8)]
        milliseconds: list[float] = []

        async def ask(request: bytes) -> None:
            started = time.perf_counter()
            connection = idle.pop() if idle else await Connection.open(port)
            assert await connection.ask(request) == 200
            milliseconds.append(1000 * (time.perf_counter() - started))
            idle.append(connection)

        for _ in range(20):
            await ask(next(requests))
        milliseconds.clear()
        before = processor_seconds(process)
        begun = time.perf_counter()
        tasks = []
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0, begun + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(ask(next(requests))))
        await asyncio.gather(*tasks)
        processor = 1000 * (processor_seconds(process) - before) / len(milliseconds)
    p50, p99 = np.percentile(milliseconds, [50, 99])
    print(
        f"waiting      {kind:<7} p50 {p50:.1f} ms  p99 {p99:.1f} ms  "
        f"processor's {processor:.1f} ms a field  (n = {len(milliseconds)}, {rate:g} a second)",
        flush=True,
    )
    return milliseconds


async def count_fields(kind: str, pictures: list[bytes], seconds: float) -> float:
    """Return fields a second."""
    with serving() as (process, port, _):
        batches = [
            fields_request([pictures[(start + offset) % len(pictures)] for offset in range(BATCH)], kind)
            for start in range(0, len(pictures), BATCH)
        ]
        requests = itertools.cycle(batches)
        done = read = 0
        statuses: Counter[int] = Counter()

        async def client(until: float) -> None:
            nonlocal done, read
            connection = await Connection.open(port)
            while time.perf_counter() < until:
                status = await connection.ask(next(requests))
                statuses[status] += 1
                read += BATCH if status == 200 else 0
                done += BATCH if status == 200 and time.perf_counter() < until else 0
            connection.close()

        await asyncio.gather(*(client(time.perf_counter() + 1) for _ in range(CLIENTS)))
        done, read, before = 0, 0, processor_seconds(process)
        await asyncio.gather(*(client(time.perf_counter() + seconds) for _ in range(CLIENTS)))
        processor = 1000 * (processor_seconds(process) - before) / max(1, read)
    print(
        f"throughput   {kind:<7} {done / seconds:.0f} fields/s  processor's {processor:.2f} ms a field  "
        f"({CLIENTS} clients, {BATCH} a request, {seconds:g} s; answers {dict(statuses)})",
        flush=True,
    )
    return done / seconds


async def mix(pictures: list[bytes], count: int) -> dict[str, object]:
    """Return answers by status, and megabytes held."""
    with serving() as (process, port, _):
        choose = random.Random(SEED)
        good = [fields_request([picture], kind) for kind in ("digit", "auto") for picture in pictures]
        bad = malformed(pictures)
        left = count
        statuses: Counter[int] = Counter()
        megabytes: list[float] = []

        async def client() -> None:
            nonlocal left
            connection = await Connection.open(port)
            while left > 0:
                left -= 1
                if (count - left) % (count // 10) == 0:
                    megabytes.append(resident_megabytes(process))
                try:
                    statuses[await connection.ask(choose.choice(bad if choose.random() < 0.1 else good))] += 1
                except (ConnectionError, asyncio.IncompleteReadError):  # closed upon a bad request
                    statuses[0] += 1
                    connection = await Connection.open(port)
            connection.close()

        await asyncio.gather(*(client() for _ in range(MIXED_CLIENTS)))
        megabytes.append(resident_megabytes(process))
    growth = megabytes[-1] - megabytes[0]
    print(
        f"mixed        {count} requests: {dict(sorted(statuses.items()))}; memory {megabytes[0]:.0f} MB after a tenth, "
        f"{megabytes[-1]:.0f} MB at the end ({growth:+.0f})",
        flush=True,
    )
    return {"statuses": statuses, "megabytes": megabytes}


class Connection:
    """One connection that is kept open; a client library would take longer than the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> int:
        """Send a request, read the answer whole, return its status."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        await self._reader.readexactly(length)
        if b"connection: close" in head.lower():
            raise ConnectionResetError
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        self._writer.close()


def make_pictures(count: int) -> list[bytes]:
    (images, _), _ = load_mnist()
    generator = np.random.default_rng(SEED)
    files = []
    for _ in range(PICTURES):
        page = np.hstack(generator.choice(images[TAUGHT:], count, replace=False))
        buffer = io.BytesIO()
        Image.fromarray(255 - np.kron(page, np.ones((3, 3), np.uint8))).save(buffer, "PNG")
        files.append(buffer.getvalue())
    return files


def fields_request(pictures: list[bytes], kind: str) -> bytes:
    parts = [("images", picture) for picture in pictures] + [("kind", kind.encode())]
    body = b"".join(
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in parts
    )
    return request_of(body + f"--{EDGE}--\r\n".encode(), f"multipart/form-data; boundary={EDGE}")


def malformed(pictures: list[bytes]) -> list[bytes]:
    """Return requests that cannot be answered, each in a way of its own."""
    picture = b64encode(pictures[0]).decode()
    bodies: list[object] = [
        {"images": []},
        {"images": ["%"]},
        {"images": [picture[: len(picture) // 8 * 4]]},
        {"images": [picture], "kind": "letter"},
        {"images": [picture], "options": {"pattern": "(1{100}){100}"}},
        {"images": [picture], "options": {"choices": ["x"]}},
        {"images": [picture] * 300},
        {"images": "all of them"},
        ["images"],
    ]
    form = f"multipart/form-data; boundary={EDGE}"
    return [
        *(request_of(json.dumps(body).encode(), "application/json") for body in bodies),
        request_of(b'{"images": [', "application/json"),
        request_of(b"\xff\xfe", "application/json"),
        request_of(b"text", "text/plain"),
        request_of(b"--" + EDGE.encode(), form),
        request_of(pictures[0], form),
        request_of(b"x" * 33_000_000, "application/json"),
        request_of(b"{}", "application/json", path="/v1/nowhere"),
        request_of(b"{}", "application/json", method="PUT"),
        request_of(b"{}", "application/json", host="elsewhere"),
    ]


def request_of(
    body: bytes, media_type: str, method: str = "POST", path: str = "/v1/fields", host: str = "127.0.0.1"
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time of a process, where the system tells."""
    path = Path(f"/proc/{process.pid}/stat")
    if not path.exists():
        return float("nan")
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_megabytes(process: subprocess.Popen[bytes]) -> float:
    path = Path(f"/proc/{process.pid}/statm")
    return int(path.read_text().split()[1]) * 4096 / 1e6 if path.exists() else float("nan")


if __name__ == "__main__":
    main()

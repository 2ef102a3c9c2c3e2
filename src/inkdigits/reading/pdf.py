"""The pages of a PDF, each rendered when it is asked for, by a process of their own.

See ``pdf_worker.py`` for why. The process is started anew now and then, since pdfium keeps what it has read of a
document.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ImageError

__all__ = ["MAX_MEMORY_BYTES", "MAX_SECONDS", "PdfPages"]

MAX_SECONDS = 60.0
"""How long a page may take to render."""

MAX_MEMORY_BYTES = 1 << 30
"""How many addresses the process that renders may use; it seldom needs a tenth of them."""

_WORKER = Path(__file__).with_name("pdf_worker.py")
_PAGES_A_PROCESS = 100


class PdfPages:
    """The pages of one PDF. To be closed.

    source: its path, or its bytes. name: what messages call it.

    Raises ImageError where it is encrypted, damaged or without pages.
    """

    def __init__(self, source: str | Path | bytes, name: str) -> None:
        self._source = source
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._rendered = 0  # by this process
        self.count = self._start()

    def page(self, number: int) -> NDArray[np.uint8]:
        """Return a page, counted from 1, as RGB of shape (H, W, 3); raise ImageError where it cannot be rendered."""
        what = f"page {number} of {self._name}"
        if self._process is None or self._rendered >= _PAGES_A_PROCESS:
            self._start()
        is_first = not self._rendered
        answer = self._ask(b"%d\n" % number, what)
        if answer is None and not is_first:  # what was read before it may have filled the memory
            self._start()
            answer = self._ask(b"%d\n" % number, what)
        if answer is None:
            raise ImageError(f"{what} is damaged, or needs too much memory to render")
        self._rendered += 1
        if "error" in answer:
            raise ImageError(f"{what} {answer['error']}")
        width, height = answer["size"]
        return np.frombuffer(answer["body"], np.uint8).reshape(height, width, 3)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.communicate()

    def _start(self) -> int:
        """Start a process that has opened the document; return how many pages there are."""
        self.close()
        self._rendered = 0
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_WORKER), str(MAX_MEMORY_BYTES)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        except OSError as error:
            raise ImageError(
                f"{self._name} cannot be rendered: a process for it does not start: {error}"
            ) from error
        if isinstance(self._source, bytes):
            request = json.dumps({"bytes": len(self._source)}).encode() + b"\n" + self._source
        else:
            request = json.dumps({"path": str(Path(self._source).absolute())}).encode() + b"\n"
        answer = self._ask(request, self._name)
        if answer is None:
            raise ImageError(f"{self._name} is a damaged PDF, or needs too much memory to open")
        if "error" in answer:
            self.close()
            raise ImageError(f"{self._name} {answer['error']}")
        return int(answer["pages"])

    def _ask(self, request: bytes, what: str) -> dict[str, Any] | None:
        """Return the answer to a request; None, and no process any more, where that gave up.

        Raises ImageError where it takes too long.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        is_late = Event()

        def stop() -> None:
            is_late.set()
            process.kill()

        timer = Timer(MAX_SECONDS, stop)
        timer.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            if "size" in answer:
                length = 3 * answer["size"][0] * answer["size"][1]
                answer["body"] = process.stdout.read(length)
                if len(answer["body"]) < length:
                    raise EOFError
            return answer
        except (OSError, EOFError, json.JSONDecodeError):
            self.close()
            if is_late.is_set():
                raise ImageError(
                    f"{what} takes more than {MAX_SECONDS:g} seconds to render; nothing is read of it"
                ) from None
            return None
        except (
            BaseException
        ):  # Ctrl-C: what the process says next would be taken for the answer to the next request
            self.close()
            raise
        finally:
            timer.cancel()

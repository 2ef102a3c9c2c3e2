"""What the tests of the server share: pictures to send, and a look at the answers."""

import base64
import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

MakeServer = Callable[..., TestClient]


def drawn(text: str, size: tuple[int, int] = (160, 60)) -> NDArray[np.uint8]:
    """A text in strokes, dark on light, uint8 (H, W)."""
    page = np.full(size[::-1], 240, np.uint8)
    cv2.putText(page, text, (14, size[1] - 16), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    return page


def png(image: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem that an answer is; its one line says something."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["detail"]
    assert "\n" not in found["detail"]
    return found

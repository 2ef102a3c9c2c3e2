"""Running the application in uvicorn: until a signal asks it to stop, and then to the end of what it took."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

import uvicorn

from inkdigits.errors import UsageError
from inkdigits.web.app import create_app
from inkdigits.web.settings import Settings

__all__ = ["serve"]


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests that are under way and return.

    Raises UsageError where the address cannot be listened at, and ModelError where a model cannot be loaded.
    """
    with _listen(settings) as listening:
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"inkdigits: http://{shown}:{port}", file=sys.stderr)  # noqa: T201
        config = uvicorn.Config(
            create_app(settings),
            log_level="warning",
            timeout_graceful_shutdown=int(settings.seconds) + 5,
            server_header=False,
        )
        # uvicorn raises the signal again once it is done, for who was to hear it before: nobody.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        uvicorn.Server(config).run([listening])


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise UsageError(
            f"cannot listen at port {settings.port} of {settings.host}: {error.strerror or error}; "
            "choose others with --host and --port"
        ) from error

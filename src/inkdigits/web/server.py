"""Running the application in uvicorn: until a signal asks it to stop, and then to the end of what it took."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from inkdigits.errors import UsageError
from inkdigits.web.app import create_app
from inkdigits.web.service import Service
from inkdigits.web.settings import Settings

__all__ = ["serve"]


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests that are under way and return.

    Says on stderr where it listens, once requests are answered. Raises UsageError where the address cannot be listened
    at, or the settings contradict themselves, and ModelError where a model cannot be loaded.
    """
    app = create_app(settings)
    service: Service = app.state.service
    with _listen(settings) as listening:
        server = _Server(_config(app, settings), service, _address(listening))
        if not (settings.is_loopback or settings.keys):
            _say("warning: others reach this server, and it asks for no API key; see --api-key-file")
        # uvicorn hears signals only once it runs, and raises them again once it is done.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.stop)
        server.run([listening])
    if service.loading_error is not None:
        raise service.loading_error


class _Server(uvicorn.Server):
    """uvicorn, which says where it listens once the models are loaded, and stops where they cannot be."""

    def __init__(self, config: uvicorn.Config, service: Service, address: str) -> None:
        super().__init__(config)
        self._service = service
        self._address = address

    def stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop, as a signal's handler."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await self._service.loaded()
        if self._service.loading_error is not None:
            self.should_exit = True
        else:
            _say(f"listening at {self._address}")


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # /metrics counts
        timeout_graceful_shutdown=math.ceil(settings.seconds) + 5,
        server_header=False,
        ws="none",
    )


def _say(message: str) -> None:
    print(f"inkdigits: {message}", file=sys.stderr, flush=True)  # noqa: T201


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise UsageError(
            f"cannot listen at port {settings.port} of {settings.host}: {error.strerror or error}; "
            "choose others with --host and --port"
        ) from error

"""What every request passes before it is answered, and every answer on its way out.

Names of the host, origins, API keys, how many requests a client has under way, headers, and counting.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigits.web.metrics import Metrics
from inkdigits.web.problems import Problem
from inkdigits.web.settings import LOOPBACK_HOSTS, Settings

__all__ = ["HEADERS", "Gate", "Keys", "answer_unforeseen"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every answer. Scripts, styles and all else come from the server itself, and nothing is inline."""

_OPEN = ("/", "/v1/health", "/v1/ready", "/v1/openapi.json")
"""Paths that need no key, and all under /assets/: the page asks for the key itself."""

_SAFE = ("GET", "HEAD", "OPTIONS")
_METHODS = (*_SAFE, "POST", "PUT", "PATCH", "DELETE")
_OTHER = "other"


class Keys:
    """API keys, compared in a time that tells nothing of them; only their digests are held."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def accept(self, key: str) -> bool:
        """Tell whether a key is one of these; all are compared, whichever it is."""
        given = _digest(key)
        return sum(hmac.compare_digest(given, digest) for digest in self._digests) > 0


class Gate:
    """An ASGI application around another one.

    keys: what requests must bring, where there are any. paths: the API's own, by which requests are counted.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, keys: Keys, paths: Sequence[str], metrics: Metrics
    ) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._hosts = settings.allowed_host or (LOOPBACK_HOSTS if settings.is_loopback else ())
        self._paths = frozenset(paths)
        self._metrics = metrics
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message)
            await send(message)

        client = (scope.get("client") or ("",))[0]
        self._under_way[client] += 1
        try:
            self._check(scope, client)
            await self._app(scope, receive, send_with_headers)
        except Problem as problem:  # raised here, or by what parses the request before any handler
            await problem.to_response()(scope, receive, send_with_headers)
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self._metrics.count_request(method, self._path(scope), status, time.perf_counter() - started)

    def _check(self, scope: Scope, client: str) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(scope, headers)
        if self._keys and not (scope["path"] in _OPEN or scope["path"].startswith("/assets/")):
            self._check_key(headers)
        if self._under_way[client] > self._settings.client_requests:
            raise Problem(
                429, f"{self._settings.client_requests} requests of yours are under way; wait for one"
            )

    def _check_host(self, headers: Headers) -> None:
        """Refuse names that are not ours: another site's name can be made to lead to this machine."""
        host = _host_name(headers.get("host", ""))
        if self._hosts and host not in self._hosts:
            raise Problem(
                421, f"this server is not {host[:80]!r}; --allowed-host says which names it answers to"
            )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """Refuse what another site's page sends here by way of someone's browser."""
        origin = headers.get("origin")
        if origin is None or scope["method"] in _SAFE or origin in self._settings.cors_origin:
            return
        if _site_of(origin) != headers.get("host"):
            raise Problem(403, "requests from pages of other sites are refused; --cors-origin allows one")

    def _check_key(self, headers: Headers) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        if not self._keys.accept(given):
            detail = "the API key is not known here" if given else "an API key is needed"
            raise Problem(
                401, f"{detail}; send it as Authorization: Bearer KEY", headers={"WWW-Authenticate": "Bearer"}
            )

    def _add_headers(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers[name] = value
        if scope["path"].startswith(("/v1/", "/metrics")):
            headers["Cache-Control"] = "no-store"
        elif "cache-control" not in headers:
            headers["Cache-Control"] = "no-cache"

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        if path in self._paths:
            return path
        return "/assets" if path.startswith("/assets/") else _OTHER


async def answer_unforeseen(request: Request, error: Exception) -> Response:  # noqa: ARG001 - how handlers are called
    """Answer what nobody foresaw, and tell nothing of it; the log has it. It comes from outside of the gate."""
    problem = Problem(500, "something went wrong here, not in your request; the server's log says what")
    answer = problem.to_response()
    answer.headers.update(HEADERS)
    return answer


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _site_of(origin: str) -> str:
    """Return the host and port of an Origin header; "" where it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _host_name(host: str) -> str:
    """Return a Host header without its port and brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""

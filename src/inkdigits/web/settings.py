"""What a server can be told: each setting once, with its flag, its environment variable and its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from inkdigits.errors import UsageError
from inkdigits.machine import available_cores

__all__ = ["LOOPBACK_HOSTS", "Settings", "environment_variable", "flag"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
"""Names of this machine that no other one reaches."""

_SHORTEST_KEY = 16
_VARIABLES = "INKDIGITS_"


@dataclass(frozen=True)
class Settings:
    """The settings of one server. Each is a flag of `inkdigits serve` and an environment variable.

    The help of each stands in its field's metadata: the command line and the table in docs/web.md are made from it.

    Raises UsageError for a value that cannot be meant.
    """

    host: str = field(
        default="127.0.0.1",
        metadata={"help": "The address to listen at; 0.0.0.0 is every network of this machine."},
    )
    port: int = field(default=8000, metadata={"help": "The port; 0 takes a free one, and says which."})
    api_key: tuple[str, ...] = field(
        default=(),
        repr=False,
        metadata={
            "help": "A key that requests must bring, 16 characters or more; may be given several times. Other users "
            "of this machine see flags: prefer the variable, or a file."
        },
    )
    api_key_file: Path | None = field(default=None, metadata={"help": "A file with such keys, one a line."})
    allowed_host: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "A name under which the server is reached; may be given several times. By default loopback names "
            "where it listens there, else any."
        },
    )
    cors_origin: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "A web site, such as https://example.org, whose pages may use this API; may be given several times."
        },
    )
    workers: int = field(
        default=0, metadata={"help": "How many threads read at the same time; 0 is one a core."}
    )
    queue: int = field(
        default=128, metadata={"help": "How many requests may wait for a worker; one more is answered 503."}
    )
    client_requests: int = field(
        default=64,
        metadata={"help": "How many requests one address may have under way; one more is answered 429."},
    )
    body_mb: int = field(
        default=32,
        metadata={"help": "The largest body of a request, in megabytes; a larger one is answered 413."},
    )
    held_mb: int = field(
        default=256,
        metadata={"help": "How much of requests is held at a time, in megabytes; more is answered 503."},
    )
    megapixels: int = field(
        default=64,
        metadata={
            "help": "The most pixels, in millions, of the pictures of one request; more are answered 413."
        },
    )
    fields: int = field(
        default=256, metadata={"help": "The most images in a request for fields; more are answered 413."}
    )
    pages: int = field(
        default=20, metadata={"help": "The most pages read of one document; more are answered 413."}
    )
    seconds: float = field(
        default=60.0,
        metadata={"help": "How long a request may take, in seconds; then it is answered 503, or 408."},
    )
    corrections: Path | None = field(
        default=None,
        metadata={
            "help": "A folder to keep corrections in. Without it the server keeps nothing that it is sent."
        },
    )
    most_corrections: int = field(
        default=10_000, metadata={"help": "How many corrections are kept; one more is answered 409."}
    )
    review: Path | None = field(
        default=None,
        metadata={
            "help": "The folder of doubtful fields that `inkdigits batch --review` wrote, for the page to show."
        },
    )
    digit_model: Path | None = field(
        default=None, metadata={"help": "An ONNX model or run folder for single digits."}
    )
    line_model: Path | None = field(
        default=None, metadata={"help": "An ONNX model or run folder for everything longer."}
    )

    def __post_init__(self) -> None:
        _check_range("port", self.port, 0, 65_535)
        _check_range("workers", self.workers, 0, 256)
        for name in ("queue", "client_requests", "body_mb", "held_mb", "megapixels", "fields", "pages"):
            _check_range(name, getattr(self, name), 1, 1_000_000)
        _check_range("most_corrections", self.most_corrections, 1, 10_000_000)
        if not 0 < self.seconds <= 86_400:
            raise UsageError(f"--seconds is {self.seconds}; expected more than 0 and at most 86400")
        if self.held_mb < self.body_mb:
            raise UsageError(f"--held-mb {self.held_mb} is less than --body-mb {self.body_mb}; raise it")
        if self.review is not None and not self.review.is_dir():
            raise UsageError(
                f"--review {self.review} is no folder; expected that of inkdigits batch --review"
            )
        for key in self.api_key:
            _check_key(key, "--api-key")
        for origin in self.cors_origin:
            if origin == "*" or not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise UsageError(f"--cors-origin is {origin!r}; expected one such as https://example.org")

    @property
    def keys(self) -> tuple[str, ...]:
        """The API keys, those in the file too; () where none is asked for.

        Raises UsageError where the file cannot be read, or holds no key or a short one.
        """
        if self.api_key_file is None:
            return self.api_key
        try:
            lines = self.api_key_file.read_text("utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--api-key-file {self.api_key_file} cannot be read: {error}") from error
        if not lines:
            raise UsageError(f"--api-key-file {self.api_key_file} holds no key; expected one a line")
        for key in lines:
            _check_key(key, f"--api-key-file {self.api_key_file}")
        return (*self.api_key, *lines)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        return self.host in LOOPBACK_HOSTS

    @property
    def worker_threads(self) -> int:
        """How many threads read at the same time."""
        return self.workers or available_cores()

    @property
    def body_bytes(self) -> int:
        """The largest body, in bytes."""
        return self.body_mb * 1_000_000

    @property
    def held_bytes(self) -> int:
        """How much of bodies is held at a time, in bytes."""
        return self.held_mb * 1_000_000

    @property
    def pixels(self) -> int:
        """The most pixels of the pictures of one request."""
        return self.megapixels * 1_000_000


def flag(name: str) -> str:
    """Return the flag of a setting.

    >>> flag("api_key_file")
    '--api-key-file'
    """
    return "--" + name.replace("_", "-")


def environment_variable(name: str) -> str:
    """Return the environment variable of a setting; flags win over it.

    >>> environment_variable("api_key_file")
    'INKDIGITS_API_KEY_FILE'
    """
    return _VARIABLES + name.upper()


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{flag(name)} is {value}; expected {least} to {most}")


def _check_key(key: str, where: str) -> None:
    """Raise UsageError for a key that is soon guessed, or that no header holds; the message does not repeat it."""
    if len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            f"{where} holds a key of {len(key)} characters; "
            f"expected at least {_SHORTEST_KEY}, printable ASCII without spaces"
        )

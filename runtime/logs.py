"""Logs as JSON lines on standard error, with secrets taken out. Source: DESIGN 2.7."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable

import orjson

_SECRET = re.compile(r"(?i)\b((?:push)?com(?:m)?key|passw(?:or)?d|authorization|token|secret)(\s*[=:]\s*)[^\s&,;'\"]+")

_CHATTY = frozenset(("aiokafka", "faust", "mode"))
_REPEAT_SECONDS = 10.0
_MAX_KINDS = 1000


def redact(text: str) -> str:
    """The text with the values of well-known secret names replaced."""
    return _SECRET.sub(r"\1\2***", text)


class RepeatFilter(logging.Filter):
    """Lets one line of a kind through every ten seconds and says how many like it were kept back.

    For libraries only: with Kafka down aiokafka writes a hundred lines a second, all the same. A kind is a logger with
    its message before the arguments are put in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _CHATTY:
            return True
        kind, now = (record.name, str(record.msg)), self._clock()
        said_at, kept_back = self._kinds.get(kind, (-_REPEAT_SECONDS, 0))
        if now - said_at < _REPEAT_SECONDS:
            self._kinds[kind] = (said_at, kept_back + 1)
            return False
        if kept_back:
            record.msg = f"{record.getMessage()} ({kept_back} more like it since the last line)"
            record.args = ()
        if len(self._kinds) >= _MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (now, 0)
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, part, logger, message, and the traceback where there is one."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "part": self._part,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(line).decode()


def setup_logging(part: str, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(part))
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their INFO lines tell of every metadata refresh and every rebalance step, several times over.
    for noisy in ("aiokafka", "faust", "mode", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

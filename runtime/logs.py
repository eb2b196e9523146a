"""Logs as JSON lines on standard error, with secrets taken out. Source: DESIGN 2.7."""

from __future__ import annotations

import logging
import re
import sys
import time

import orjson

_SECRET = re.compile(r"(?i)\b((?:push)?com(?:m)?key|passw(?:or)?d|authorization|token|secret)(\s*[=:]\s*)[^\s&,;'\"]+")


def redact(text: str) -> str:
    """The text with the values of well-known secret names replaced."""
    return _SECRET.sub(r"\1\2***", text)


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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their INFO lines tell of every metadata refresh and every rebalance step, several times over.
    for noisy in ("aiokafka", "faust", "mode", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

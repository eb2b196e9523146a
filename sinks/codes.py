"""ClickHouse error codes and what a sink does about each. Sources: spec/clickhouse.md 6, spec/pipeline-anchors.md 2.1,
and the server's src/Common/ErrorCodes.cpp for the names."""

from __future__ import annotations

import re
from enum import IntEnum, StrEnum

from clickhouse_connect.driver.exceptions import ClickHouseError, InterfaceError, NotSupportedError, ProgrammingError

from sinks.errors import ClickHouseUnavailable, InsertFailed, RowsRefused


class Code(IntEnum):
    """The codes that are known here; every other one stops the sink."""

    UNEXPECTED_END_OF_FILE = 3
    CANNOT_PARSE_TEXT = 6
    ATTEMPT_TO_READ_AFTER_EOF = 32
    CANNOT_PARSE_ESCAPE_SEQUENCE = 25
    CANNOT_PARSE_QUOTED_STRING = 26
    CANNOT_PARSE_INPUT_ASSERTION_FAILED = 27
    CANNOT_PARSE_DATE = 38
    CANNOT_PARSE_DATETIME = 41
    ILLEGAL_TYPE_OF_ARGUMENT = 43
    TYPE_MISMATCH = 53
    ARGUMENT_OUT_OF_BOUND = 69
    CANNOT_CONVERT_TYPE = 70
    CANNOT_PARSE_NUMBER = 72
    CANNOT_READ_ARRAY_FROM_TEXT = 130
    CANNOT_PARSE_BOOL = 467
    VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE = 321
    DECIMAL_OVERFLOW = 407
    CANNOT_READ_MAP_FROM_TEXT = 645
    INCORRECT_DATA = 117
    CANNOT_PARSE_UUID = 376
    VIOLATED_CONSTRAINT = 469
    TOO_DEEP_RECURSION = 306

    TIMEOUT_EXCEEDED = 159
    SERVER_OVERLOADED = 745
    READONLY = 164
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    NO_FREE_CONNECTION = 203
    SOCKET_TIMEOUT = 209
    NETWORK_ERROR = 210
    ABORTED = 236
    MEMORY_LIMIT_EXCEEDED = 241
    TABLE_IS_READ_ONLY = 242
    NOT_ENOUGH_SPACE = 243
    TOO_MANY_PARTS = 252
    TOO_FEW_LIVE_REPLICAS = 285
    UNKNOWN_STATUS_OF_INSERT = 319
    QUERY_WAS_CANCELLED = 394
    SYSTEM_ERROR = 425
    ALL_CONNECTION_TRIES_FAILED = 279
    KEEPER_EXCEPTION = 999


class Kind(StrEnum):
    """What a sink does about an error; a metric label."""

    TRANSIENT = "transient"
    DATA = "data"
    UNKNOWN = "unknown"


TRANSIENT = frozenset(
    {
        Code.UNEXPECTED_END_OF_FILE, Code.TIMEOUT_EXCEEDED, Code.READONLY, Code.TOO_MANY_SIMULTANEOUS_QUERIES,
        Code.NO_FREE_CONNECTION, Code.SOCKET_TIMEOUT, Code.NETWORK_ERROR, Code.ABORTED, Code.MEMORY_LIMIT_EXCEEDED,
        Code.TABLE_IS_READ_ONLY, Code.NOT_ENOUGH_SPACE, Code.TOO_MANY_PARTS, Code.TOO_FEW_LIVE_REPLICAS,
        Code.UNKNOWN_STATUS_OF_INSERT, Code.QUERY_WAS_CANCELLED, Code.SYSTEM_ERROR, Code.ALL_CONNECTION_TRIES_FAILED,
        Code.KEEPER_EXCEPTION, Code.SERVER_OVERLOADED,
    }
)  # fmt: skip
DATA = frozenset(
    {
        Code.CANNOT_PARSE_TEXT, Code.CANNOT_PARSE_ESCAPE_SEQUENCE, Code.CANNOT_PARSE_QUOTED_STRING,
        Code.CANNOT_PARSE_INPUT_ASSERTION_FAILED, Code.ATTEMPT_TO_READ_AFTER_EOF, Code.CANNOT_PARSE_DATE,
        Code.CANNOT_PARSE_DATETIME, Code.ILLEGAL_TYPE_OF_ARGUMENT, Code.TYPE_MISMATCH, Code.ARGUMENT_OUT_OF_BOUND,
        Code.CANNOT_CONVERT_TYPE, Code.CANNOT_PARSE_NUMBER, Code.CANNOT_READ_ARRAY_FROM_TEXT, Code.CANNOT_PARSE_BOOL,
        Code.VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, Code.DECIMAL_OVERFLOW, Code.CANNOT_READ_MAP_FROM_TEXT,
        Code.INCORRECT_DATA, Code.CANNOT_PARSE_UUID, Code.VIOLATED_CONSTRAINT, Code.TOO_DEEP_RECURSION,
    }
)  # fmt: skip

# "Too many partitions for single INSERT block (more than 100)": waiting does not help, our setting is too low.
_SINGLE_INSERT_BLOCK = "single INSERT block"
_AT_ROW = re.compile(r"\(at row (\d+)\)")


def classify(code: int | None, message: str) -> Kind:
    """What to do about a code of the server; None is an error without one, from below HTTP."""
    if code is None or (code in TRANSIENT and _SINGLE_INSERT_BLOCK not in message):
        return Kind.TRANSIENT
    return Kind.DATA if code in DATA else Kind.UNKNOWN


def named_row(message: str) -> int | None:
    """The 0-based row that a message of ClickHouse names, if it names one."""
    found = _AT_ROW.search(message)
    return int(found[1]) - 1 if found else None


def translate(error: ClickHouseError, what: str) -> ClickHouseUnavailable | RowsRefused | InsertFailed:
    """A driver's error as one of ours. `what` names the statement for whoever reads the message."""
    message, code = str(error), getattr(error, "code", None)
    if code is None and isinstance(error, (InterfaceError, NotSupportedError, ProgrammingError)):
        return InsertFailed(f"{what}: {message}")  # the driver itself objects: a programming error
    kind = classify(code, message)
    if kind is Kind.TRANSIENT:
        return ClickHouseUnavailable(f"{what}: {message}")
    if kind is Kind.DATA:
        return RowsRefused(f"{what}: {message}", named_row(message))
    return InsertFailed(f"{what}: ClickHouse refuses with code {code}, which waiting does not mend: {message}")

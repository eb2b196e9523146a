"""A route of the control API: one declaration for the server, the OpenAPI document and the tests."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from ingest.control.caller import Caller, Role
from ingest.control.models import Model
from ingest.control.operations import Operations


class Nothing(Model):
    """No query, no body."""


Query = TypeVar("Query", bound=Model)
Body = TypeVar("Body", bound=Model)


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """One request that was let in; `path` are the parts of the path in braces."""

    operations: Operations
    caller: Caller
    path: dict[str, str]
    query: Query
    body: Body


@dataclass(frozen=True, slots=True)
class Bytes:
    """An answer that is a file."""

    content: bytes
    filename: str


@dataclass(frozen=True, slots=True)
class Route:
    """`name` is the operation's id. `answer` None is a file. `role` is what it needs at least."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    name: str
    summary: str
    role: Role
    answer: Any
    handle: Callable[[Call[Any, Any]], Awaitable[Any]]
    query: type[Model] = Nothing
    body: type[Model] = Nothing
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(re.findall(r"\{(\w+)\}", self.path)))

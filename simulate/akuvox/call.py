"""A call of the HTTP API as a station sees it, and what it answers (document, "HTTP API Request", "HTTP API Reply")."""

from dataclasses import dataclass, field
from typing import Any

from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.items import Item
from simulate.akuvox.rows import LogRow


@dataclass(frozen=True, slots=True)
class Call:
    """One call. data: the JSON of a POST or the query of a GET; files: the parts of a multipart body by key."""

    target: str
    action: str
    method: str
    data: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text; its name in any case, since the document has both `type` and `Type`."""
        for key, value in self.data.items():
            if key.lower() == name.lower():
                return _text(value)
        return default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A parameter as a number. Raises RefusedCall -100 when it is none or out of range."""
        text = self.text(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise RefusedCall(-100, "Param error")
        return int(text)

    def items(self) -> list[Item]:
        """The items of a POST; one made of the query of a GET. Raises RefusedCall -100 when there are none."""
        if self.method == "GET":
            return [{name[:1].upper() + name[1:]: _text(value) for name, value in self.data.items()}]
        found = self.data.get("item")
        listed = [found] if isinstance(found, dict) else found
        if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
            raise RefusedCall(-100, "Param error")
        return [{str(name): _text(value) for name, value in item.items()} for item in listed]

    def file(self, key: str) -> bytes:
        """An uploaded file. Raises RefusedCall -1 when the body has no such part."""
        if key not in self.files:
            raise RefusedCall(-1, "No file")
        return self.files[key]


@dataclass(frozen=True, slots=True)
class File:
    """An export."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call answers. rows: the rows of a log that are in it. action: where the document prints another word."""

    data: dict[str, Any] | None = None
    retcode: int = 0
    message: str = "OK"
    action: str = ""
    rows: tuple[LogRow, ...] = ()
    log: str = ""
    file: File | None = None


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)

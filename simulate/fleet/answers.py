"""What a terminal answers to commands, and in which of the document's shapes (part VI; spec/zk-push.md D7 to D9)."""

from dataclasses import dataclass
from typing import Literal

OK = 0
BAD_PARAMETER = -1
BAD_PICTURE = -2
NO_ACCESS = -3
NO_MATCH = -4
NO_SUCH_USER = -10
BAD_FORMAT = -11
UNKNOWN_COMMAND = -22
FULL = -1001
NOT_SUPPORTED = -1002
NOT_CONFIGURED = -1004
TOO_LONG = -1006


@dataclass(frozen=True, slots=True)
class Answer:
    """One result of a command.

    cmd: the CMD of the answer, which is not always the command's word. rest: further `&name=value` pairs.
    shape: "line" is one line, several to a body. "list" is a line and lines after it, in a body alone.
    "file" and "shell" are the two multi-line forms, whose content is raw and last.
    """

    id: str
    code: int
    cmd: str
    rest: str = ""
    shape: Literal["line", "list", "file", "shell"] = "line"
    filename: str = ""
    content: bytes = b""


def answer_bytes(answer: Answer, serial: str) -> bytes:
    """The answer's part of a devicecmd body. The key order of "file" and "shell" differs as in the field (D9)."""
    named, code, cmd = f"ID={answer.id}\nSN={serial}\n", f"Return={answer.code}\n", f"CMD={answer.cmd}\n"
    if answer.shape == "file":
        return f"{named}FILENAME={answer.filename}\n{cmd}{code}Content=".encode() + answer.content
    if answer.shape == "shell":
        return f"{named}{code}{cmd}FILENAME={answer.filename}\nContent=".encode() + answer.content
    return f"ID={answer.id}&Return={answer.code}&CMD={answer.cmd}{answer.rest}\n".encode() + answer.content


def answer_bodies(answers: list[Answer], serial: str, doubled: frozenset[str] = frozenset()) -> list[bytes]:
    """The bodies for these answers, in order: neighbouring lines share one. doubled: ids that are answered twice."""
    bodies: list[bytes] = []
    open_body = False
    for answer in answers:
        text = answer_bytes(answer, serial)
        if answer.shape != "line":
            bodies += [text, text] if answer.id in doubled else [text]
            open_body = False
            continue
        if not open_body:
            bodies.append(b"")
            open_body = True
        bodies[-1] += text * (2 if answer.id in doubled else 1)
    return bodies

"""What a terminal reads in the reply to its poll (document, 2.4.5; spec/zk-push.md D4 to D6)."""

from dataclasses import dataclass

MAX_COMMANDS = 200
"""A terminal takes no more commands from one reply (document, 2.4.5)."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its id as it came, and its text."""

    id: str
    text: str

    @property
    def word(self) -> str:
        """The first word."""
        return self.text.split(maxsplit=1)[0]


def read_commands(body: bytes, charset: str = "utf-8") -> list[Command]:
    """Every `C:id:command` line; other lines are dropped, as the firmware does (D5)."""
    commands = []
    for line in body.decode(charset, "replace").split("\n"):
        parts = line.rstrip("\r").split(":", 2)
        if len(parts) == 3 and parts[0] == "C" and parts[1] and parts[2].strip():
            commands.append(Command(parts[1], parts[2].lstrip()))
    return commands[:MAX_COMMANDS]


def read_fields(text: str) -> dict[str, str]:
    """`Column=value` with tabs between, as {column in lower case: value}; a piece without `=` is dropped.

    Tabs alone part columns: a command whose tabs became blanks is one column with a long value, as on the terminal.
    """
    pairs = (piece.split("=", 1) for piece in text.rstrip("\r\n").split("\t") if "=" in piece)
    return {name.strip().lower(): value for name, value in pairs}

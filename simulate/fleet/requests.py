"""The requests of one terminal as bytes, and what it reads in the replies (zk-push-sdk-3.2.0, 2.2, 2.4)."""

from dataclasses import dataclass

from simulate.fleet.dialect import Dialect
from simulate.fleet.punches import Punch

AGENT = "iClock Proxy/1.09"
MAX_COMMANDS = 200
"""A terminal takes no more commands from one reply (document, 2.4.5)."""


class Requests:
    """Builds the requests of one terminal in its dialect."""

    def __init__(self, serial: str, dialect: Dialect, host: str) -> None:
        self._serial = serial
        self._dialect = dialect
        root = "/ICLOCK/{}" if dialect.variant == "upper" else "/iclock/{}"
        suffix = ".aspx" if dialect.variant == "aspx" else ""
        shout = str.upper if dialect.variant == "upper" else str
        self._cdata, self._getrequest, self._devicecmd = (
            root.format(shout(name)) + suffix for name in ("cdata", "getrequest", "devicecmd")
        )
        lines = [f" HTTP/1.{int(dialect.http11)}"]
        if dialect.variant != "hostless":
            lines.append(f"Host: {host}")
        lines += [
            f"User-Agent: {AGENT}",
            f"Connection: {'keep-alive' if dialect.variant == 'keep-alive' else 'close'}",
            "Accept: */*",
        ]
        if dialect.http11:
            lines.append("Content-Type: text/plain")
        self._head = "\r\n".join(lines) + "\r\n"
        table = " ATTLOG" if dialect.variant == "spaced" else "ATTLOG"
        self._attlog = f"POST {self._cdata}?SN={serial}&table={table}&Stamp="

    def handshake(self) -> bytes:
        """Ask for the options."""
        options = "ALL" if self._dialect.variant == "upper" else "all"
        return self._get(f"{self._cdata}?SN={self._serial}&options={options}&pushver=2.4.1&language=69")

    def poll(self) -> bytes:
        """Ask for commands."""
        return self._get(f"{self._getrequest}?SN={self._serial}")

    def poll_with_info(self, people: int, records: int) -> bytes:
        """The first poll after the options: firmware, counts and address go with it."""
        gap, blank = (", ", " ") if self._dialect.variant == "spaced" else (",", "")
        info = gap.join(("Ver%206.8.0(build640)", str(people), "0", str(records), "192.168.1.201", "10", "-1", "-12"))
        return self._get(f"{self._getrequest}?SN={self._serial}&INFO={blank}{info}{gap}101")

    def upload(self, stamp: str, punches: list[Punch]) -> bytes:
        """An ATTLOG body with these punches."""
        end = self._dialect.end
        body = end.join([punch.row for punch in punches])
        if self._dialect.last_end:
            body += end
        return self._post(f"{self._attlog}{stamp}", body)

    def results(self, command_ids: list[tuple[str, str]]) -> bytes:
        """Answer commands, given as (id, command word), all as done."""
        body = "".join(f"ID={command_id}&Return=0&CMD={word}\n" for command_id, word in command_ids)
        return self._post(f"POST {self._devicecmd}?SN={self._serial}", body)

    def _get(self, target: str) -> bytes:
        return f"GET {target}{self._head}\r\n".encode()

    def _post(self, start: str, body: str) -> bytes:
        # every character is ASCII, so characters are bytes
        return f"{start}{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@dataclass(frozen=True, slots=True)
class Options:
    """What the server set in the handshake. Seconds, but trans_interval in minutes, 0 for none.

    error_delay before the first handshake is 15: so often refused terminals come back (spec/zk-push.md H15).
    """

    error_delay: float = 15.0
    delay: float = 30.0
    realtime: bool = True
    trans_interval: float = 0.0
    timeout: float = 60.0
    attlog_stamp: str = ""


def read_options(body: bytes, before: Options) -> Options | None:
    """The options of a handshake reply; what it leaves out or garbles stays as before. None when it is no such reply.

    Like the firmware: whole lines only, integers only, `OK` alone is no handshake (spec/zk-push.md H1, H9).
    """
    lines = body.decode("utf-8", "replace").split("\n")[:-1]
    if not lines or not lines[0].startswith("GET OPTION FROM:"):
        return None
    found = dict(line.strip().split("=", 1) for line in lines[1:] if "=" in line)

    def number(name: str, old: float) -> float:
        text = found.get(name, "")
        return float(text) if text.isdecimal() and len(text) <= 6 else old

    return Options(
        error_delay=number("ErrorDelay", 0) or before.error_delay,
        delay=number("Delay", 0) or before.delay,
        realtime=number("Realtime", float(before.realtime)) == 1,
        trans_interval=number("TransInterval", before.trans_interval),
        timeout=number("Timeout", 0) or before.timeout,
        attlog_stamp=found.get("ATTLOGStamp", before.attlog_stamp),
    )


def read_commands(body: bytes) -> list[tuple[str, str]]:
    """(id, first word) of every `C:id:command` line; other lines are dropped, as the firmware does (D5)."""
    commands = []
    for line in body.decode("utf-8", "replace").splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[0] == "C" and parts[1] and parts[2].strip():
            commands.append((parts[1], parts[2].split(maxsplit=1)[0]))
    return commands[:MAX_COMMANDS]

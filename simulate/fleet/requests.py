"""The requests of one terminal as bytes, and what it reads in the replies (zk-push-sdk-3.2.0, 2.2, 2.4)."""

from dataclasses import dataclass, field
from urllib.parse import quote

from simulate.fleet.dialect import Dialect
from simulate.fleet.punches import Punch

AGENT = "iClock Proxy/1.09"


class Requests:
    """Builds the requests of one attendance terminal in its dialect."""

    def __init__(self, serial: str, dialect: Dialect, host: str) -> None:
        self._serial = serial
        self._dialect = dialect
        root = "/ICLOCK/{}" if dialect.variant == "upper" else "/iclock/{}"
        suffix = ".aspx" if dialect.variant == "aspx" else ""
        shout = str.upper if dialect.variant == "upper" else str
        self._paths = {
            name: root.format(shout(name)) + suffix for name in ("cdata", "fdata", "getrequest", "devicecmd", "file")
        }
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
        self._blank = " " if dialect.variant == "spaced" else ""
        self.set_com_key("")

    def set_com_key(self, key: str) -> None:
        """From now on every request carries this communication key; none when it is empty (IsPushComKey)."""
        self._query = f"?SN={self._serial}" + (f"&ComKey={quote(key)}" if key else "")
        self._attlog = f"POST {self._paths['cdata']}{self._query}&table={self._blank}ATTLOG&Stamp="

    def handshake(self) -> bytes:
        """Ask for the options."""
        options = "ALL" if self._dialect.variant == "upper" else "all"
        return self._get("cdata", f"&options={options}&pushver=2.4.1&language={self._dialect.language}")

    def time(self) -> bytes:
        """Ask for the time (document, 2.3)."""
        return self._get("cdata", "&type=time")

    def poll(self) -> bytes:
        """Ask for commands."""
        return self._get("getrequest", "")

    def poll_with_info(self, people: int, records: int, fingers: int = 0, faces: int = -12) -> bytes:
        """The first poll after the options: firmware, counts and address go with it, in 5 to 10 fields (D1)."""
        info = ["Ver%206.8.0(build640)", str(people), str(fingers), str(records), "192.168.1.201", "10", "-1"]
        info += [str(faces), "101"] if self._dialect.info_fields < 10 else [str(faces), "3", "11110"]
        info = info[: self._dialect.info_fields]
        return self._get("getrequest", f"&INFO={self._blank}{(',' + self._blank).join(info)}")

    def upload(self, stamp: str, punches: list[Punch]) -> bytes:
        """An ATTLOG body with these punches."""
        end = self._dialect.end
        body = end.join([punch.row for punch in punches])
        if self._dialect.last_end:
            body += end
        # every character is ASCII, so characters are bytes
        return f"{self._attlog}{stamp}{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def table(self, table: str, stamp: str, body: bytes) -> bytes:
        """Rows of any table. The options of table=options have no stamp."""
        stamped = "" if table == "options" else f"&Stamp={stamp}"
        return self._post("cdata", f"&table={self._blank}{table}{stamped}", body)

    def photo(self, stamp: str, name: str, picture: bytes, kind: str = "realupload") -> bytes:
        """A picture of ATTPHOTO: text lines, one NUL, the file (document, 2.4.4); on cdata or fdata (O13)."""
        text = f"PIN={name}\nSN={self._serial}\nsize={len(picture)}\nCMD={kind}\0"
        path = self._dialect.photos
        stamped = f"&PhotoStamp={stamp}" if path == "fdata" else f"&Stamp={stamp}"
        return self._post(path, f"&table=ATTPHOTO{stamped}", text.encode() + picture)

    def answer(self, body: bytes) -> bytes:
        """Results of commands."""
        return self._post("devicecmd", "", body)

    def last_punch(self, pin: str) -> bytes:
        """Somebody wants to see the last punch (document, 14)."""
        return self._get("cdata", f"&type=LastPunch&PIN={quote(pin)}")

    def self_service(self, pin: str, number: str) -> bytes:
        """A step of the self-service dialogue (document, 13)."""
        return self._get("cdata", f"&table=SELFSERVICEDATA&PIN={quote(pin)}&ServiceNum={quote(number)}")

    def remote_att(self, pin: str) -> bytes:
        """Somebody whom this terminal does not know wants to punch: who is it? (spec/zk-push.md E7)"""
        return self._get("cdata", f"&table=RemoteAtt&PIN={quote(pin)}")

    def auth_type(self, body: bytes) -> bytes:
        """May this person pass? (spec/zk-push.md E7)"""
        return self._post("cdata", "&AuthType=device", body)

    def file(self, path: str) -> bytes:
        """A file that PutFile names without a host (spec/zk-push.md D17)."""
        return self._get("file", f"&url={quote(path)}")

    def whole_path(self, target: str) -> bytes:
        """A file that PutFile names by its URL: just its path."""
        return f"GET {target}{self._head}\r\n".encode()

    def _get(self, path: str, query: str) -> bytes:
        return f"GET {self._paths[path]}{self._query}{query}{self._head}\r\n".encode()

    def _post(self, path: str, query: str, body: bytes) -> bytes:
        start = f"POST {self._paths[path]}{self._query}{query}{self._head}Content-Length: {len(body)}\r\n\r\n"
        return start.encode() + body


@dataclass(frozen=True, slots=True)
class Options:
    """What the server set in the handshake. Seconds, but trans_interval in minutes, 0 for none.

    stamps: as text, by the name before `Stamp`. sync_time: seconds between questions for the time, 0 for never.
    push_options: the server wants the options posted.
    error_delay before the first handshake is 15: so often refused terminals come back (spec/zk-push.md H15).
    """

    error_delay: float = 15.0
    delay: float = 30.0
    realtime: bool = True
    trans_interval: float = 0.0
    timeout: float = 60.0
    attlog_stamp: str = ""
    stamps: dict[str, str] = field(default_factory=dict)
    time_zone: str = ""
    sync_time: float = 0.0
    trans_flag: str = ""
    push_options: bool = False


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
        stamps={name[:-5].upper(): value for name, value in found.items() if name.endswith("Stamp")},
        time_zone=found.get("TimeZone", before.time_zone),
        sync_time=number("SyncTime", before.sync_time),
        trans_flag=found.get("TransFlag", before.trans_flag),
        push_options=found.get("PushOptionsFlag", "") == "1",
    )

"""GetFile, PutFile and SHELL: files of a terminal that has no file system (document, part VI, 1 and 10)."""

from urllib.parse import urlsplit

from simulate.fleet.options_file import OptionsFile
from simulate.fleet.punches import PunchMaker
from simulate.fleet.store import Store

ROOT = "/mnt/mtdblock/"
MAX_FILES_BYTES = 16 * 1024 * 1024

_USER_BYTES = 72


class Files:
    """The files of one terminal: what it makes when asked, and what was put there. At most 16 MiB of the latter."""

    def __init__(self, store: Store, options: OptionsFile, maker: PunchMaker) -> None:
        self._store = store
        self._options = options
        self._maker = maker
        self._put: dict[str, bytes] = {}

    def get(self, path: str) -> bytes | None:
        """The content of a file below the root; None when there is none."""
        name = path.strip().removeprefix(ROOT)
        if name in self._put:
            return self._put[name]
        made = {"attlog.dat": self._log, "data/ssruser.dat": self._users, "options.cfg": self._cfg}
        return made[name]() if name in made else None

    def put(self, source: str, destination: str, content: bytes) -> bool:
        """Keep a downloaded file. Without a destination it lies at the root; returns whether there was space."""
        name = urlsplit(source).path.rsplit("/", 1)[-1] or "download"
        folder = destination.strip().removeprefix(ROOT.rstrip("/")).strip("/")
        if sum(map(len, self._put.values())) + len(content) > MAX_FILES_BYTES:
            return False
        self._put[f"{folder}/{name}" if folder else name] = content
        return True

    def shell(self, command: str, second: str) -> tuple[int, bytes]:
        """Exit code and output of a command of the operating system."""
        word, _, rest = command.strip().partition(" ")
        if word == "ls":
            names = sorted({"attlog.dat", "data", "options.cfg", *self._put})
            return 0, "".join(f"{name}\n" for name in names).encode()
        if word == "date":
            return 0, f"{second.replace('T', ' ')}\n".encode()
        if word == "cat" and (content := self.get(rest)) is not None:
            return 0, content
        if word == "echo":
            return 0, f"{rest}\n".encode()
        return 127, f"sh: {word}: not found\n".encode()

    def _log(self) -> bytes:
        """Records as on a USB stick: PIN to the right, time, device number, state, verify mode, work code."""
        lines = []
        for record in self._maker.history.between(0, 2**40):
            pin, time, state, verify, work_code = [*self._maker.record(*record).row.split("\t"), ""][:5]
            lines.append(f"{pin:>9}\t{time}\t1\t{state}\t{verify}\t{work_code or 0}\r\n")
        return "".join(lines).encode()

    def _users(self) -> bytes:
        """Users in records of 72 bytes: number, privilege, password, name, card, PIN."""
        records = b""
        for number, user in enumerate(self._store.rows("USERINFO").values(), 1):
            record = number.to_bytes(2, "little") + bytes([int(user.get("pri") or 0)])
            record += user.get("passwd", "").encode()[:8].ljust(8, b"\0")
            record += user.get("name", "").encode()[:24].ljust(24, b"\0")
            card = user.get("card", "")
            record += ((int(card) if card.isdecimal() else 0) % 2**32).to_bytes(4, "little")
            records += record.ljust(48, b"\0") + user["pin"].encode()[:24].ljust(_USER_BYTES - 48, b"\0")
        return records

    def _cfg(self) -> bytes:
        return "".join(f"{line}\r\n" for line in self._options.lines()).encode()

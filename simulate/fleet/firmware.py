"""Does what a command says and tells what to answer (document, part VI; spec/zk-push.md 2.5). No I/O here."""

import random
from dataclasses import dataclass, field
from typing import Literal

from simulate.fleet import answers, data_commands
from simulate.fleet.answers import Answer
from simulate.fleet.at_the_clock import AtTheClock
from simulate.fleet.clear_commands import clear
from simulate.fleet.commands import Command, read_fields
from simulate.fleet.dialect import Dialect
from simulate.fleet.file_commands import Files
from simulate.fleet.options_file import OptionsFile
from simulate.fleet.punches import PunchMaker, texts_of
from simulate.fleet.query_commands import query, query_log, read_span
from simulate.fleet.rows import Upload
from simulate.fleet.store import Store
from simulate.fleet.tables import TABLES, table_named

Then = Literal["", "reboot", "handshake"]

ENROL_FAILURES = (4, 5, 6, 7)
"""Appendix 1: bad quality, finger known, cancelled, busy."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file to fetch before the answer can be given."""

    url: str
    destination: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to. uploads go up before the answers. then: what the terminal does after answering."""

    answers: tuple[Answer, ...] = ()
    uploads: list[Upload] = field(default_factory=list)
    then: Then = ""
    download: Download | None = None


class Firmware:
    """Commands of one attendance terminal."""

    def __init__(
        self,
        rng: random.Random,
        store: Store,
        maker: PunchMaker,
        dialect: Dialect,
        options: OptionsFile,
        clock: AtTheClock,
        enrol_failures: float,
    ) -> None:
        self._rng = rng
        self._store = store
        self._maker = maker
        self._dialect = dialect
        self._options = options
        self._clock = clock
        self._enrol_failures = enrol_failures
        self._files = Files(store, options, maker)

    def execute(self, command: Command, local_second: int) -> Done:
        """Do it. An unknown command is answered with -22, its id as it came."""
        word, _, rest = command.text.partition(" ")
        upper = word.upper()
        match upper:
            case "DATA":
                return self._data(command, rest.lstrip())
            case "UPDATE" | "DELETE" | "QUERY":
                return self._data(command, command.text)
            case "FP":
                return self._data(command, f"UPDATE FINGERTMP {rest}")  # the old form (7.4)
            case "SET":
                return self._set_option(command, rest)
            case "CLEAR" | "RESET":
                what = " ".join(command.text.upper().split())
                code = clear(self._store, self._maker, what)
                return _done(command, code, what.replace(" ", "_"))  # renamed, as in the field (D12)
            case "ENROLL_FP" | "ENROLL_BIO":
                return self._enrol(command, upper, rest)
            case "VERIFY":
                return self._verify_sum(command, rest)
            case "GETFILE":
                return self._get_file(command, rest)
            case "PUTFILE":
                source, _, destination = rest.strip().partition("\t" if "\t" in rest else " ")
                return Done(download=Download(source, destination))
            case "SHELL":
                code, output = self._files.shell(rest, texts_of(local_second)[0])
                return Done((Answer(command.id, code, "Shell", "", "shell", "shellout.txt", output),))
            case "INFO":
                content = "".join(f"{line}\n" for line in self._info())
                return Done((Answer(command.id, answers.OK, "INFO", "", "list", "", content.encode()),))
        return self._simple(command, upper)

    def downloaded(self, command: Command, download: Download, content: bytes | None) -> Done:
        """The answer to PutFile: the size, or -2 when nothing came, or -1001 when there is no space."""
        if content is None:
            return _done(command, answers.BAD_PICTURE, "PutFile")
        kept = self._files.put(download.url, download.destination, content)
        return _done(command, len(content) if kept else answers.FULL, "PutFile")

    def info_counts(self, records: int) -> tuple[int, int, int, int]:
        """What the INFO of a poll tells: users, records, fingerprints, faces."""
        rows = self._store.rows
        return len(rows("USERINFO")), records, len(rows("FINGERTMP")), len(rows("FACE"))

    def _simple(self, command: Command, word: str) -> Done:
        """Commands that only say done."""
        if word == "REBOOT":
            return _done(command, answers.OK, "REBOOT", "reboot")
        if word == "CHECK":
            return _done(command, answers.OK, "CHECK", "handshake")
        if word == "RELOAD":
            return _done(command, answers.OK, "RELOAD OPTIONS")
        if word == "AC_UNLOCK":
            return _done(command, answers.OK, "AK_UNLOCK")  # spelled so in the document, chapter 8
        if word in ("AC_UNALARM", "LOG"):
            return _done(command, answers.OK, word)
        return _done(command, answers.UNKNOWN_COMMAND, "UNKNOWN CMD")

    def _data(self, command: Command, text: str) -> Done:
        verb, _, rest = text.partition(" ")
        name, _, fields = rest.lstrip().partition(" ")
        if verb.upper() == "QUERY":
            code, uploads = query(self._store, self._maker, self._dialect, name, fields)
            return Done((Answer(command.id, code, "DATA"),), uploads)
        if verb.upper() in ("USER", "FP"):  # the old forms without a verb
            verb, name, fields = "UPDATE", verb, rest
        if verb.upper() not in ("UPDATE", "DELETE"):
            return _done(command, answers.UNKNOWN_COMMAND, "UNKNOWN CMD")
        table = table_named(name.rstrip("\t"))
        if table is None:
            return _done(command, answers.NOT_CONFIGURED, "DATA")
        row = read_fields(fields)
        if "verifymode" in row:
            row["verify"] = row.pop("verifymode")
        if fields.strip() and not row:
            return _done(command, answers.BAD_PARAMETER, "DATA")
        if verb.upper() == "UPDATE":
            code = data_commands.update(self._store, table, row, self._options.get, self._dialect.charset)
        else:
            code = data_commands.delete(self._store, table, row)
        if code == answers.OK and table.name == "USERINFO":
            self._people_changed(verb.upper(), row.get("pin"))
        return _done(command, code, "DATA")

    def _people_changed(self, verb: str, pin: str | None) -> None:
        """Who is on the terminal may punch there, and nobody else."""
        if verb == "UPDATE" and pin is not None:
            self._maker.join(pin.strip())
        elif pin is not None:
            self._maker.leave(pin)
        else:
            self._maker.leave_all()

    def _set_option(self, command: Command, rest: str) -> Done:
        word, _, pair = rest.partition(" ")
        name, equals, value = pair.strip().partition("=")
        if word.upper() not in ("OPTION", "OPTIONS") or not equals or not name:
            return _done(command, answers.BAD_PARAMETER, "SET OPTION")
        self._options.set(name, value)
        return _done(command, answers.OK, "SET OPTION")

    def _enrol(self, command: Command, word: str, rest: str) -> Done:
        fields = read_fields(rest)
        pin, finger = fields.get("pin", "").strip(), fields.get("fid", fields.get("no", "0")).strip()
        if not pin or not finger.isdecimal() or not 0 <= int(finger) <= 9:
            return _done(command, answers.BAD_PARAMETER, word)
        if self._store.user(pin) is None:
            return _done(command, answers.NO_SUCH_USER, word)
        finger = str(int(finger))
        known = any(True for _ in self._store.matching(TABLES["FINGERTMP"], {"pin": pin, "fid": finger}))
        if known and fields.get("overwrite", "").strip() != "1":
            return _done(command, 2, word)
        if self._rng.random() < self._enrol_failures:
            return _done(command, self._rng.choice(ENROL_FAILURES), word)
        return Done((Answer(command.id, answers.OK, word),), self._clock.enrol_finger(pin, finger))

    def _verify_sum(self, command: Command, rest: str) -> Done:
        what, _, text = rest.strip().partition(" ")
        name, _, text = text.strip().partition(" ")
        fields = read_fields(text)
        span = read_span(fields)
        if (what.upper(), name.upper()) != ("SUM", "ATTLOG") or span is None:
            return _done(command, answers.BAD_PARAMETER, "VERIFY SUM")
        count = len(self._maker.history.between(*span))
        rest = f"&StartTime={fields.get('starttime', '')}&EndTime={fields.get('endtime', '')}"
        rest += f"&{self._dialect.sum_key}={count}"
        return Done((Answer(command.id, answers.OK, "VERIFY SUM ATTLOG", rest),))

    def _get_file(self, command: Command, path: str) -> Done:
        content = self._files.get(path)
        if content is None:
            return _done(command, answers.NO_ACCESS, "GetFile")
        name = path.strip().rsplit("/", 1)[-1]
        # the content goes first, in a request of its own, then the result (document, 10.1)
        return Done(
            (
                Answer(command.id, len(content), "GetFile", "", "file", name, content),
                Answer(command.id, answers.OK, "GetFile"),
            )
        )

    def _info(self) -> list[str]:
        users, records, fingers, faces = self.info_counts(len(self._maker.history))
        return [
            *self._options.lines(),
            f"TransactionCount={records}",
            f"FPCount={fingers}",
            f"FaceCount={faces}",
            f"UserCount={users}",
            "FWVersion=Ver 6.8.0(build640)",
        ]

    def everything(self) -> list[Upload]:
        """All records, users and templates: what a stamp of 0 asks for (H7)."""
        uploads = query_log(self._maker, self._dialect, {})[1]
        for name in ("USERINFO", "FINGERTMP", "FACE", "BIODATA", "USERPIC"):
            uploads += query(self._store, self._maker, self._dialect, name, "")[1]
        return uploads


def _done(command: Command, code: int, cmd: str, then: Then = "") -> Done:
    return Done((Answer(command.id, code, cmd),), then=then)

"""One door station: its state, and what happens to it."""

import datetime as dt
import random
from dataclasses import replace
from typing import Protocol
from zoneinfo import ZoneInfo

from simulate.akuvox.configuration import ACCESS_URL_EVENTS, ACTION_URL, factory_configuration, url_keys
from simulate.akuvox.gate import Auth, Gate
from simulate.akuvox.identity import Identity, next_firmware
from simulate.akuvox.items import KINDS, ItemList
from simulate.akuvox.ledger import Gone, LedgerWriter
from simulate.akuvox.people import people_of, user_item
from simulate.akuvox.phone import Phone
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.ring import LogRing
from simulate.akuvox.rows import Log, LogRow, Method
from simulate.akuvox.settings import AkuvoxSettings
from simulate.fleet.clock import Clock


class HintSink(Protocol):
    """Where a station's action URLs go."""

    def call(self, station: "Station", key: str, template: str, row: LogRow) -> None: ...


class Station:
    """A station by its number. Everything about it may be changed while it runs.

    rate: events per second. clock_error: seconds that its clock is ahead. logs: the rings by name.
    configuration: every key. lists: users, keys, contacts... by target. phone: what it dials and captures.
    """

    def __init__(
        self,
        number: int,
        who: Identity,
        settings: AkuvoxSettings,
        auth: Auth,
        quirks: Quirks,
        clock: Clock,
        ledger: LedgerWriter,
        hints: HintSink | None = None,
    ) -> None:
        self.number = number
        self.identity = who
        self.url = ""
        self.rate = settings.rate
        self.zone = ZoneInfo(settings.zone)
        self.clock_error = 0.0
        self.rng = random.Random(f"{settings.seed}:akuvox:{number}")
        self.gate = Gate(auth, random.Random(f"{settings.seed}:akuvox:{number}:gate"))
        self.clock = clock
        self.configuration = factory_configuration()
        self.logs: dict[Log, LogRing] = {log: LogRing(log, quirks.ring, number, ledger) for log in ("door", "call")}
        self.lists = {name: ItemList(kind) for name, kind in KINDS.items() if name != "user"}
        people = people_of(settings.seed, number, settings.people)
        self.lists["user"] = ItemList(KINDS["user"], lambda: [user_item(who, at) for at, who in enumerate(people, 1)])
        self.phone = Phone()
        self.firmware_file: bytes | None = None
        self.prepared = False
        self._relays = settings.relays
        self._denied_share = settings.denied_share
        self._quirks = quirks
        self._ledger = ledger
        self._hints = hints
        self._started_at = clock.monotonic() - self.rng.randrange(3_600, 30 * 86_400)
        self._offline_until = 0.0
        self._relay_until: dict[int, float] = {}

    @property
    def mac(self) -> str:
        return self.identity.mac

    @property
    def quirks(self) -> Quirks:
        return self._quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        for ring in self.logs.values():
            ring.resize(quirks.ring, self.now_ms())
        self._quirks = quirks

    # time

    def now_ms(self) -> int:
        """The right time."""
        return int(self.clock.now() * 1000)

    def system_time(self) -> int:
        """What the station takes for the time, seconds since 1970 UTC."""
        return int(self.clock.now() + self.clock_error)

    def up_seconds(self) -> int:
        return int(self.clock.monotonic() - self._started_at)

    def is_offline(self) -> bool:
        return self.clock.monotonic() < self._offline_until

    # events

    def door_event(
        self, user_id: str = "", method: Method | None = None, granted: bool | None = None, relay: int = 0
    ) -> LogRow:
        """Somebody is at a door; what is not given is up to the seed. An unknown user_id is a stranger."""
        rng = self.rng
        users = self.lists["user"].items
        user = next((user for user in users if user["UserID"] == user_id), None)
        if not user_id and users:
            user = rng.choice(users)
        if granted is None:
            granted = user is not None and rng.random() >= self._denied_share
            if not granted and not user_id and rng.random() < 0.5:
                user = None
        kind: Method = method or rng.choices(("card", "pin", "face", "public"), (50, 20, 25, 5))[0]
        relay = relay or rng.randint(1, self._relays)
        name, code = "Unknown", f"{rng.getrandbits(32):08X}"
        if kind == "public":
            user, code = None, self.configuration["Config.DoorSetting.PASSWORD.PublicKey1"]
        elif user is not None:
            name = user["Name"]
            code = {"card": user["CardCode"], "pin": user["PrivatePIN"]}.get(kind, "")
        who = user["UserID"] if user is not None else ""
        row = self._add("door", name=name, kind=kind, granted=granted, relay=relay, code=code, user_id=who)
        if granted:
            self.open_relay(relay, self._hold_seconds(relay))
        self._call_urls(row)
        return row

    def call_event(self, kind: str = "", number: str = "", name: str = "") -> LogRow:
        """A call comes or goes."""
        number = number or f"192.168.1.{self.rng.randint(2, 250)}"
        kind = kind or self.rng.choice(("Dialed", "Received", "Missed"))
        remote = number if "@" in number else f"{number}@{number}"
        row = self._add("call", name=name or number, kind=kind, granted=None, relay=0, code=remote, user_id="")
        self._call_urls(row)
        return row

    def open_relay(self, relay: int, seconds: float) -> None:
        """The relay is on for so long."""
        self._relay_until[relay] = self.clock.monotonic() + seconds

    def is_open(self, relay: int) -> bool:
        return self.clock.monotonic() < self._relay_until.get(relay, 0.0)

    # what happens to it

    def clear(self, log: Log, how: Gone = "cleared", *, only_kind: str = "") -> None:
        """Empty a log, or its rows of one kind."""
        restart = how == "reset" or (self._quirks.restart_ids and not only_kind)
        self.logs[log].clear(how, self.now_ms(), restart_ids=restart, only_kind=only_kind)
        self.happened("clear", f"{log} {how} {only_kind}".strip())

    def step_clock(self, seconds: float) -> None:
        """The clock jumps; below 0: it is set back."""
        self.clock_error += seconds
        self.happened("clock", f"{seconds:+g} s")

    def offline(self, seconds: float) -> None:
        """Break off every request for so long."""
        self._offline_until = self.clock.monotonic() + seconds
        self.happened("offline", f"{seconds:g} s")

    def reboot(self) -> None:
        """Start again: gone for a while, UpTime from 0, calls and captures over."""
        self.happened("reboot", "")
        self.offline(self._quirks.reboot_seconds)
        self._started_at = self.clock.monotonic() + self._quirks.reboot_seconds
        if self._quirks.reboot_clock_step:
            self.step_clock(self._quirks.reboot_clock_step)
        self.phone.restart()
        self.firmware_file, self.prepared = None, False
        self._relay_until.clear()
        self.gate.expire_nonces()

    def upgrade(self, firmware: str = "") -> None:
        """Another firmware, then a restart."""
        self.identity = replace(self.identity, firmware=firmware or next_firmware(self.identity.firmware))
        self.happened("upgrade", self.identity.firmware)
        if self._quirks.restart_ids:
            for log in self.logs:
                self.clear(log, "reset")
        self.reboot()

    def change_mac(self, mac: str) -> None:
        """Another device at the same address. Its logs are its own: they start empty, with ID 1."""
        self.happened("mac", mac)
        for log in self.logs:
            self.clear(log, "reset")
        self.identity = replace(self.identity, mac=mac)

    def reset_factory(self) -> None:
        """As it came: no lists, no logs, the factory's configuration and password."""
        self.happened("reset_factory", "")
        self.configuration = factory_configuration()
        for log in self.logs:
            self.clear(log, "reset")
        for items in self.lists.values():
            items.factory()
        self.gate.auth = replace(self.gate.auth, username=Auth().username, password=Auth().password)
        self.reboot()

    def set_hint_url(self, template: str) -> None:
        """Set the action URLs of cards, codes and faces; `{event}` becomes each one's word. Empty: switch them off."""
        for key, event in ACCESS_URL_EVENTS.items():
            self.configuration[ACTION_URL + key] = template.replace("{event}", event)
        self.configuration[f"{ACTION_URL}Enable"] = "1" if template else "0"

    def happened(self, what: str, detail: str) -> None:
        """Write into the ledger what was done."""
        self._ledger.happened(self.number, self.mac, what, detail, self.now_ms())

    def _add(
        self, log: Log, *, name: str, kind: str, granted: bool | None, relay: int, code: str, user_id: str
    ) -> LogRow:
        local = dt.datetime.fromtimestamp(self.system_time(), self.zone)
        made_ms = self.now_ms()

        def make(number: int, epoch: int, row_id: int) -> LogRow:
            return LogRow(
                log=log,
                number=number,
                epoch=epoch,
                id=row_id,
                date=local.strftime("%Y-%m-%d"),
                time=local.strftime("%H:%M:%S"),
                name=name,
                kind=kind,
                granted=granted,
                relay=relay,
                code=code,
                user_id=user_id,
                made_ms=made_ms,
            )

        return self.logs[log].add(self.mac, make)

    def _hold_seconds(self, relay: int) -> int:
        text = self.configuration[f"Config.DoorSetting.RELAY.HoldDelay{'ABC'[relay - 1]}"]
        return int(text) if text.isdecimal() else 5

    def _call_urls(self, row: LogRow) -> None:
        if self._hints is None or self.configuration[f"{ACTION_URL}Enable"] != "1":
            return
        for key in url_keys(row):
            if template := self.configuration[key]:
                self._hints.call(self, key.removeprefix(ACTION_URL), template, row)

"""RemoteAtt: a person is given to a clock that asks for them, from what another clock reported (zk-push.md E7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from aiokafka import ConsumerRecord

from ingest.devices import Devices
from ingest.remote_attendance import RemoteAttendance
from runtime.errors import StoreUnavailable
from runtime.people_view import PeopleView
from runtime.sections import KafkaSettings
from runtime.vault import Vault
from schemas.codec import encode_event
from schemas.device_events import Person
from schemas.devices import DeviceState, DeviceStatus
from tests.unit.ingest.stand_ins import KNOWN

USER = Person(
    v=1, event_id="a" * 32, rank=10, tenant="acme", device="HOME", site="", received_at=0, raw_topic="",
    raw_partition=0, raw_offset=0, raw_line=1, request_id="", parser_version=1, registry_version=0, extra={},
    pin="007", item="user", deleted=False, name="Ann Lee", privilege=0, privilege_word="", group="1", time_zones="",
    verify_mode=None,
    has_password=True, has_card=True, valid=None, duress=None, template_version="", template_format="", size=0,
    size_mismatch=False, stored="users/1",
)  # fmt: skip
FINGER = replace(USER, item="fingerprint/6", name="", stored="fingers/1", has_password=False, has_card=False)
ROWS = {
    "users/1": b"USER PIN=007\tName=Ann Lee\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=",
    "fingers/1": b"FP PIN=007\tFID=6\tSize=8\tValid=1\tTMP=AQIDBA==",
}
DEVICE = Devices.make("AWAY", KNOWN, 0)


class Store:
    """A vault of this test."""

    def __init__(self) -> None:
        self.broken = False

    async def read(self, name: str) -> bytes:
        if self.broken:
            raise StoreUnavailable("gone")
        return ROWS[name]


class States:
    """Two clocks with template versions of their own."""

    def __init__(self, **versions: str) -> None:
        self.versions = versions

    def state(self, serial: str) -> DeviceState | None:
        return DeviceState(
            device=serial, rank=1, tenant="acme", site="", status=DeviceStatus.ONLINE, status_since=0, updated_at=0,
            first_seen=0, last_seen=0, options={"FPVersion": self.versions.get(serial, "10")},
        )  # fmt: skip


def remote(*people: Person, states: States | None = None, store: Store | None = None) -> RemoteAttendance:
    view = PeopleView(KafkaSettings())
    for offset, person in enumerate(people):
        key = f"{person.device}+{person.pin.lstrip('0')}+{person.item}".encode()
        record: Any = ConsumerRecord("people", 0, offset, 0, 0, key, encode_event(person), None, 0, 0, ())
        view._apply(record)

    async def vault() -> Vault:
        return cast(Vault, store or Store())

    return RemoteAttendance(view, states or States(), vault)


async def test_user_and_fingerprint_go_to_the_clock_that_asks() -> None:
    user, finger = await remote(USER, FINGER).commands(DEVICE, "7")
    assert user.startswith(b"DATA UPDATE USERINFO PIN=007\tName=Ann Lee\t")
    assert b"Passwd=9822" in user
    assert b"Card=13375590" in user
    assert finger == b"DATA UPDATE FINGERTMP PIN=007\tFID=6\tSize=8\tValid=1\tTMP=AQIDBA=="


async def test_the_clock_that_spoke_last_counts_and_its_removals_too() -> None:
    newer = replace(USER, device="OTHER", rank=11, name="Ann Smith", stored="")
    (user,) = await remote(USER, FINGER, newer).commands(DEVICE, "007")
    assert b"Name=Ann Smith" in user
    gone = replace(USER, rank=12, deleted=True)
    assert await remote(gone, FINGER).commands(DEVICE, "007") == []


async def test_templates_of_another_version_stay_where_they_are() -> None:
    (user,) = await remote(USER, FINGER, states=States(HOME="9")).commands(DEVICE, "7")
    assert user.startswith(b"DATA UPDATE USERINFO")


async def test_nobody_of_another_tenant_nor_of_the_clock_itself() -> None:
    assert await remote(replace(USER, tenant="else")).commands(DEVICE, "7") == []
    assert await remote(replace(USER, device="AWAY")).commands(DEVICE, "7") == []
    assert await remote().commands(DEVICE, "7") == []


async def test_a_store_that_does_not_answer_is_a_clean_none() -> None:
    store = Store()
    store.broken = True
    assert await remote(USER, store=store).commands(DEVICE, "7") == []

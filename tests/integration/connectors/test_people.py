"""People of a simulated BioTime server on a genuine Kafka: operators' records, what is written once, who is gone."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from cli.kafka_reader import KafkaReader
from connectors.biotime.source import make_source
from connectors.vendors import KnownSource
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.connector_sections import BioTimeServer as ServerSettings
from runtime.connector_sections import ConnectorSettings
from runtime.key_files import new_key
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.employees import Employee, Identity, employee_key
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from tests.integration.connectors.support import worker
from tests.integration.helpers import make_settings, producer, until

PEOPLE = 12
EventT = TypeVar("EventT", Employee, Identity)


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    new_key(keys, "demo")
    settings = make_settings(stack, topic_prefix, "connectors.health_port=0", f"keys.folder={keys}")
    await topics.apply(settings.kafka)
    return settings


async def told(settings: Settings, topic: str, kind: type[EventT]) -> list[EventT]:
    """All records, those of one key in order."""
    async with KafkaReader(settings.kafka) as reader:
        return [decode_event(kind, record.value) async for record in reader.records(topic)]


async def test_operators_records_stay_and_who_is_gone_is_ended(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "ledger").mkdir()
    ours = Employee(tenant="demo", employee="1", rank=1, first_name="Ours", source="operator")
    async with producer(settings, "employees") as sender:
        key = employee_key("demo", "1")
        await sender.send("employees", key, encode_event(ours), partition_by=key)
    async with BioTimeServer(BioTimeSettings(ledger=tmp_path / "ledger", employees=PEOPLE)) as server:
        entry = ServerSettings(
            name="b1", tenant="demo", url=server.url, username="admin", password_file=tmp_path / "password",
            zone="Asia/Dubai", readers=("people", "departments", "areas", "positions"), page_size=5, people_seconds=0.5,
        )  # fmt: skip
        sources = [KnownSource(entry.key, "demo", partial(make_source, entry, ConnectorSettings()))]

        async def everybody_is_told() -> bool:
            return len(await told(settings, "identities", Identity)) >= 2 * PEOPLE

        async def reads(count: int) -> None:
            """So many more requests for people."""
            asked = server.control.status()["requests"]["/personnel/api/employees/"]
            await until(
                lambda: server.control.status()["requests"]["/personnel/api/employees/"] >= asked + count, "readings"
            )

        async with worker(settings, sources):
            await until(everybody_is_told, "all people are told", 60)
            await reads(10)
        once = await told(settings, "employees", Employee)
        assert len(once) == PEOPLE
        assert [each for each in once if each.employee == "1"] == [ours]
        people = server.world.people
        name = people.by_code["7"]["first_name"]
        for code in ("1", "7"):
            people.delete(people.by_code[code])

        async def is_gone() -> bool:
            return any(not each.active for each in await told(settings, "employees", Employee))

        before = int(time.time() * 1000)
        async with worker(settings, sources):  # whose views are new: nothing is told again
            await until(is_gone, "7 is gone", 60)
            await reads(10)
        employees = await told(settings, "employees", Employee)
        assert len(employees) == PEOPLE + 1
        (gone,) = (each for each in employees if not each.active)
        assert (gone.employee, gone.first_name) == ("7", name)
        identities = await told(settings, "identities", Identity)
        ended = {(each.pin, each.scope) for each in identities if each.valid_to is not None and each.valid_to >= before}
        assert {pin for pin, _ in ended} == {"1", "7"}
        assert len(ended) == 4
        assert len(identities) == 2 * PEOPLE + 4

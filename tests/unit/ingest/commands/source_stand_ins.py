"""Servers and stations as the settings name them, and a desk for them that writes into memory."""

from __future__ import annotations

from random import Random
from typing import Any, cast

import orjson

from ingest.commands.orders import Operator, Ordered
from ingest.commands.source_orders import SourceDesk
from ingest.commands.sources import SourcePlace
from runtime.connector_sections import ConnectorSettings
from runtime.producer import Producer
from tests.unit.ingest.commands.stand_ins import ANNA, AT, MemoryKafka, MemoryView
from tests.unit.ingest.stand_ins import KEYS

MAC = "0C1105078B71"
SETTINGS = ConnectorSettings.model_validate(
    {
        "allow": ["akuvox.relay.trig"],
        "biotime": [
            {
                "name": name,
                "url": "http://192.0.2.1",
                "username": "admin",
                "zone": "UTC",
                "tenant": "acme",
                "site": site,
            }
            for name, site in (("hq", "north"), ("plant", "south"))
        ],
        "akuvox": [{"mac": MAC, "url": "http://192.0.2.2", "zone": "UTC", "tenant": "acme", "site": "gate"}],
    }
)
HQ, PLANT = SourcePlace("biotime:hq", "acme", "north"), SourcePlace("biotime:plant", "acme", "south")
GATE = SourcePlace(f"akuvox:{MAC}", "acme", "gate")
NEW: dict[str, str | int] = {"emp_code": "007", "department": 1, "area": "2,3", "device_password": "4711"}


class SourceOffice:
    """A desk and what it writes to."""

    def __init__(self, kafka: MemoryKafka | None = None, random: Random | None = None) -> None:
        self.kafka = kafka or MemoryKafka()
        self.view = MemoryView(self.kafka)
        self.desk = SourceDesk(
            view=self.view,
            producer=cast(Producer, self.kafka),
            keys=KEYS,
            settings=SETTINGS,
            clock=lambda: AT / 1000,
            random=random,
        )

    async def ask(
        self, name: str, *places: SourcePlace, arguments: Any = None, operator: Operator = ANNA, **more: Any
    ) -> list[Ordered]:
        more.setdefault("expires_after_seconds", 3600.0)
        result = await self.desk.request(places or (HQ,), name, arguments or {}, operator=operator, **more)
        return list(result.commands)

    @property
    def audit(self) -> list[dict[str, Any]]:
        return [orjson.loads(value) for topic, value in self.kafka.others if topic == "audit"]

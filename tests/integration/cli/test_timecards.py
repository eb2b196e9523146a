"""`punchstream timecards show` and `explain` over a genuine ClickHouse that the sinks have filled."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Inputs, Plan, PunchInput, Terms
from runtime.settings import Settings
from schemas.approvals import Approval, Decision
from schemas.codec import encode_event
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.payperiods import PayPeriod, PeriodStatus
from schemas.policies import load_policy
from schemas.timecards import CardAdjustment, CardStatus, DailyCard
from tests.integration.helpers import producer
from tests.integration.sinks.conftest import (  # noqa: F401 - fixtures
    make,
    settings,
)
from tests.integration.sinks.support import PUNCH, running, until_stored

ROOT = Path(__file__).parents[3]
BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 3, 2)
ROWS = ("7\t2026-03-02 08:58:12\t0\t1\t0", "7\t2026-03-02 12:00:30\t2\t1\t0", "7\t2026-03-02 12:40:00\t3\t1\t0")
STATES = (0, 2, 3)
ADDED = "c" * 32
POLICY = load_policy({"round_in": {"mode": "nearest", "q": 15}, "paid_break_max_min": 15, "late_grace_min": 5})


def at_ms(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=BERLIN).timestamp() * 1000)


def correction(**changes: Any) -> Correction:
    return replace(
        Correction(
            correction_id=ADDED, version=2, tenant="t", employee="007", operation=CorrectionOperation.ADD,
            status=CorrectionStatus.APPROVED, local_text="2026-03-02T17:10:00", zone="Europe/Berlin",
            punch_at=at_ms("2026-03-02 17:10"), state=1, site="s", reason="the reader was dark", reason_code="device",
            requested_by="ann", requested_at=at_ms("2026-03-03 08:00"), decided_by="bob",
            decided_at=at_ms("2026-03-03 09:00"), source="operator",
        ),
        **changes,
    )  # fmt: skip


def punches(where: tuple[int, int]) -> list[Punch]:
    """Of the three rows; where: partition and offset of their raw record."""
    made = []
    for line, (row, state) in enumerate(zip(ROWS, STATES, strict=True), 1):
        local = row.split("\t")[1]
        instant = at_ms(local)
        made.append(
            replace(
                PUNCH, event_id=f"{line:032x}", device="TST1", pin="7", local_text=local,
                local_time=instant + 3_600_000, punch_at=instant, utc_offset_s=3600, zone="Europe/Berlin", state=state,
                raw_partition=where[0], raw_offset=where[1], raw_line=line, request_id="edge-1-77",
            )
        )  # fmt: skip
    received = at_ms("2026-03-02 12:40") + 1500
    return [replace(punch, received_at=received) for punch in made]


def derived(found: Sequence[Punch], corrections: Sequence[Correction], until: str) -> Card:
    (card,) = derive(
        Inputs(
            employee="007", terms=(Terms(POLICY, "Europe/Berlin", site="s"),), tenant="t",
            punches=tuple(map(PunchInput.of, found)), corrections=tuple(corrections),
            plans=(Plan(DAY, "08:30", "17:00", 30, "early"),), event_time_ms=at_ms(until),
        )
    )  # fmt: skip
    return card


def published(card: Card, version: int, **changes: Any) -> DailyCard:
    minutes: dict[str, Any] = {
        name: value for name, value in card.minutes.items() if name in DailyCard.__dataclass_fields__
    }
    return replace(
        DailyCard(
            card_id="5f2b7f5c-6f0a-5b51-9a41-2a6a3c1f5d10", tenant="t", employee="007", work_date=str(DAY), weekday=0,
            week_start=str(DAY), version=version, revision=version, supersedes=version - 1 or None,
            status=CardStatus(card.status), cause="NEW_PUNCH", content_hash=card.content_hash, policy_version="us@7",
            engine_version="1", derived_at=at_ms("2026-03-02 13:00"), watermark=at_ms("2026-03-02 12:45"), site="s",
            zone="Europe/Berlin", pay_group="g", first_in=at_ms("2026-03-02 08:58:12"), first_in_offset_s=3600,
            exceptions=[one.code for one in card.exceptions], blocking=[], sites=dict(card.sites),
            content=orjson.loads(orjson.dumps(card.record())), **minutes,
        ),
        **changes,
    )  # fmt: skip


async def write(settings: Settings, topic: str, *values: bytes) -> None:  # noqa: F811 - not the fixture itself
    async with producer(settings, topic) as made:
        for value in values:
            await made.send(topic, b"k", value, partition_by=b"TST1")


async def store(settings: Settings, *, with_raw: bool = True) -> None:  # noqa: F811 - not the fixture itself
    """Two versions of a card: the punches alone, then with the OUT that a correction added."""
    headers = RawHeaders("TST1", "t", "ATTLOG", at_ms("2026-03-02 12:40") + 1500, "edge-1", "edge-1-77").encode()
    async with producer(settings, "raw.attendance") as made:
        place = await made.send(
            "raw.attendance", b"TST1", "\n".join(ROWS).encode(), partition_by=b"TST1", headers=headers
        )
    # A sink that is behind: as if the record stood at an offset that has not come yet.
    found = punches((place.partition, place.offset + (0 if with_raw else 1000)))
    first = published(derived(found, [], "2026-03-02 12:45"), 1, caused_by=[found[-1].event_id])
    second = published(
        derived(found, [correction()], "2026-03-04 12:45"), 2, cause="CORRECTION", caused_by=[ADDED],
        last_out=at_ms("2026-03-02 17:10"), last_out_offset_s=3600, derived_at=at_ms("2026-03-03 09:00:01"),
        watermark=at_ms("2026-03-04 12:45"),
    )  # fmt: skip
    locked = replace(second, revision=4, status=CardStatus.LOCKED, is_final=True, approved_by="eve")
    void = correction(
        correction_id="d" * 32, operation=CorrectionOperation.VOID, status=CorrectionStatus.REJECTED,
        target=found[0].event_id, target_at=found[0].punch_at, punch_at=None, local_text="", reason="not me",
    )  # fmt: skip
    await write(settings, "punches", *map(encode_event, found))
    await write(settings, "corrections", encode_event(correction()), encode_event(void))
    await write(settings, "timecards.history", encode_event(first), encode_event(second))
    await write(settings, "timecards.daily", encode_event(locked))
    await write(
        settings, "approvals",
        encode_event(
            Approval(
                approval_id="e" * 32, tenant="t", employee="007", work_date=str(DAY), version=2,
                content_hash=second.content_hash, decision=Decision.APPROVED, decided_by="eve",
                decided_at=at_ms("2026-03-05 09:00"), reason="seen",
            )
        ),
    )  # fmt: skip
    await write(
        settings, "payperiods",
        encode_event(
            PayPeriod(
                tenant="t", pay_group="g", first="2026-02-23", last="2026-03-08", version=3, status=PeriodStatus.LOCKED,
                changed_by="eve", changed_at=at_ms("2026-03-09 09:00"),
            )
        ),
    )  # fmt: skip
    await write(
        settings, "timecards.adjustments",
        encode_event(
            CardAdjustment(
                adjustment_id="a" * 32, tenant="t", employee="007", work_date=str(DAY), week_start=str(DAY),
                pay_group="g", period_first="2026-02-23", period_version=3, apply_first="2026-03-09", sequence=1,
                locked_version=2, new_version=3, minutes={"worked": -30, "reg": -30}, cause="CORRECTION",
                caused_by=["b" * 32], approved_by="bob", derived_at=at_ms("2026-03-10 09:00"),
            )
        ),
    )  # fmt: skip
    tables = {
        "raw_events": 1, "punches": 3, "corrections": 2, "timecards_history": 2, "timecards_daily": 1, "approvals": 1,
        "payperiods": 1, "timecards_adjustments": 1,
    }  # fmt: skip
    async with running(settings):
        for table, count in tables.items():
            await until_stored(settings, count, table)


async def timecards(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:  # noqa: F811 - see above
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")} | {
        "PUNCHSTREAM_CLICKHOUSE__URL": settings.clickhouse.url,
        "PUNCHSTREAM_CLICKHOUSE__DATABASE": settings.clickhouse.database,
        "PUNCHSTREAM_INGEST__DEFAULT_TENANT": "t",
    }
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "cli.main", "timecards", *arguments],
        capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment, check=False,
    )  # fmt: skip


async def test_a_card_is_shown_and_explained_down_to_the_raw_rows(settings: Settings) -> None:  # noqa: F811 - fixture
    await store(settings)
    shown = await timecards(settings, "show", "007", str(DAY))
    assert shown.returncode == 0, shown.stderr
    for text in (
        "Mon 2026-03-02  worked 07:45  LOCKED, approved by eve (version 2)",
        "first in    2026-03-02 08:58:12+01:00   last out 2026-03-02 17:10:00+01:00",
        "hours       regular 07:45",
        "exception   LATE: came late, by 00:28",
        "version     1: OPEN, worked 03:15, 2026-03-02 13:00:00+01:00; NEW_PUNCH, a punch came",
        "version     2: COMPLETE, worked 07:45, 2026-03-03 09:00:01+01:00; CORRECTION, a correction was decided",
        "decision    approved in version 2 by eve",
        "pay period  LOCKED: g 2026-02-23 to 2026-03-08",
        "adjustment  1: worked -00:30, regular -00:30; CORRECTION",
    ):
        assert text in shown.stdout, shown.stdout
    assert "MISSING" not in shown.stdout
    told = (await timecards(settings, "explain", "007", str(DAY))).stdout
    for text in (
        "[1] 2026-03-02 08:58:12+01:00  state 0  TST1 (site s), PIN 7",
        "received 2026-03-02 12:40:01+01:00 by push, request edge-1-77",
        "offset 0 line 2: 7\\t2026-03-02 12:00:30\\t2\\t1\\t0",
        f"[4] 2026-03-02 17:10:00+01:00  made by correction {ADDED}",
        "asked for by ann 2026-03-03 07:00:00+00:00",
        "(device: the reader was dark); approved, by bob",
        "begin taken as 2026-03-02T09:00:00+01:00 instead of 2026-03-02T08:58:12+01:00",
        "worked 07:45 = on the clock 07:30 + paid breaks 00:15 - meal deducted 00:00",
        "on the clock 07:30 = 03:00 + 04:30",
        "unpaid breaks 00:25 = 00:25",
        "void of punch",
        "rejected, by bob",
        "from version 1 to this one:",
        "on the clock 03:00 -> 07:30 (+04:30)",
        "to be paid: locked 07:45 with all adjustments = 07:15",
    ):
        assert text in told, told
    assert "MISSING:" not in told


async def test_an_earlier_version_says_what_superseded_it_and_machines_get_all_of_it(
    settings: Settings,  # noqa: F811 - fixture
) -> None:
    await store(settings, with_raw=False)
    told = (await timecards(settings, "explain", "007", str(DAY), "--version", "1")).stdout
    assert "worked 03:15 (OPEN, version 1, superseded)" in told
    assert "superseded by version 2:" in told
    assert told.count("MISSING: its raw record is not in the store yet: the sink is behind") == 3
    story = json.loads((await timecards(settings, "explain", "007", str(DAY), "--json")).stdout)
    assert story["card"]["minutes"]["worked"] == 465
    assert [punch["punch_id"] for punch in story["punches"]] == [*(f"{number:032x}" for number in (1, 2, 3)), ADDED]
    assert story["punches"][0]["row"]["raw_line"] == 1
    week = json.loads((await timecards(settings, "show", "007", "2026-03-06", "--week", "--json")).stdout)
    assert (week["first"], week["last"], len(week["days"])) == ("2026-03-02", "2026-03-08", 1)
    nobody = await timecards(settings, "explain", "008", str(DAY))
    assert nobody.returncode != 0
    assert "no card of 2026-03-02 is in the store" in nobody.stderr

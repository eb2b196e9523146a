"""Cards on a genuine Kafka: punches, people, policies, corrections, approvals and pay periods in, cards out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.derive_main import run
from runtime import topics
from runtime.settings import Settings
from schemas.approvals import Approval, Decision
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.deadletters import DeadLetter, Reason
from schemas.employees import Employee, Employment
from schemas.payperiods import Manifest, PayPeriod, PeriodStatus
from schemas.registry import DevicePeriod, DeviceRecord, SitePeriod, SiteRecord
from schemas.registry_timecards import PayGroupPeriod, PayGroupRecord, PolicyPeriod, PolicyRecord
from schemas.timecards_input import RegistryChange, TimecardInput, TimecardInputKind
from tests.integration.helpers import make_settings, producer, until
from tests.integration.processors.cards import (
    ARCHIVE,
    DAY_MS,
    DEVICE,
    FORWARDED,
    INPUT,
    SITE,
    TENANT,
    ZONE,
    Book,
    Told,
    assign,
    book_of,
    clean_book,
    finished,
    hex_id,
    ms,
    tell,
    watermark,
    written,
)
from tests.integration.processors.keyed_part import running

PARTITIONS = 4
PLACES = (SiteRecord(SITE, (SitePeriod(zone=ZONE),)), DeviceRecord(DEVICE, (DevicePeriod(site=SITE, tenant=TENANT),)))
WEEKLY = PayGroupRecord("weekly", (PayGroupPeriod(cycle="week"),))
PERIOD = PayPeriod(
    tenant=TENANT, pay_group="weekly", first="2026-03-02", last="2026-03-08", version=1, status=PeriodStatus.CLOSING,
    changed_at=1,
)  # fmt: skip
NO_MINUTES = dict.fromkeys(("worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd", "night", "leave"), 0)


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(
        stack, topic_prefix, "derive.health_port=0", f"kafka.partitions={PARTITIONS}", "derive.hot_days=14"
    )
    await topics.apply(settings.kafka)
    return settings


def person(name: str) -> Employee:
    return Employee(
        tenant=TENANT, employee=name, rank=1, site=SITE, source="operator", employment=[Employment(pay_group="weekly")]
    )


def day(name: str, date: str, start: str = "08:00", end: str = "16:30") -> tuple[TimecardInput, TimecardInput]:
    return assign(name, f"{date} {start}", 0), assign(name, f"{date} {end}", 1)


def key(name: str, date: str) -> str:
    return f"{TENANT}+{name}+{date}"


async def shown(settings: Settings, what: str, condition: Callable[[Book], bool]) -> Book:
    """What readers see, once all is committed and the condition holds; as the clean run has it."""
    await finished(settings)
    book = Book()

    async def holds() -> bool:
        nonlocal book
        book = await book_of(settings)
        try:
            return condition(book)
        except KeyError:
            return False

    await until(holds, what, 60)
    book.check()
    assert (book.content, book.net) == ((expected := await clean_book(settings)).content, expected.net)
    return book


async def test_punches_become_cards(settings: Settings) -> None:
    await tell(settings, *PLACES, *map(person, ("e1", "e2", "e3")))
    for name in ("e1", "e2", "e3"):
        await tell(settings, *day(name, "2026-03-02"), *day(name, "2026-03-03", "22:00", "23:15"))
    await tell(settings, watermark(ms("2026-03-05 00:00")))
    async with running(run, settings):
        book = await shown(settings, "six cards are complete", lambda book: _complete(book) == 6)
        assert {book.cards[key(name, "2026-03-02")]["worked"] for name in ("e1", "e2", "e3")} == {510}
        weeks = {one["employee"]: one for _, one in await written(settings, "timecards.week")}
        assert {one["worked"] for one in weeks.values()} == {585}
        assert len(weeks) == 3
        # Late, out of order, and twice: a correct card each time, and none for the second copy.
        late = assign("e1", "2026-03-04 17:00", 1), assign("e1", "2026-03-04 09:00", 0)
        await tell(settings, *late)
        book = await shown(settings, "a late day", lambda book: bool(book.cards[key("e1", "2026-03-04")]["worked"]))
        await tell(settings, *late, *day("e1", "2026-03-02"))
        versions = {card: len(found) for card, found in book.history.items()}
        await tell(settings, assign("e9", "2026-03-04 09:00", 0))  # so that it is seen that all before has been done
        book = await shown(settings, "the end", lambda book: key("e9", "2026-03-04") in book.cards)
        assert {card: len(book.history[card]) for card in versions} == versions


def _complete(book: Book) -> int:
    return sum(card["status"] == "COMPLETE" and bool(card["worked"]) for card in book.cards.values())


async def test_what_people_write_reaches_the_cards(settings: Settings) -> None:
    when, later = "2026-03-02", "2026-03-03"
    added = Correction(
        correction_id=hex_id("added"), version=1, tenant=TENANT, employee="e1", operation=CorrectionOperation.ADD,
        status=CorrectionStatus.APPROVED, local_text=f"{when}T17:00:00", zone=ZONE, punch_at=ms(f"{when} 17:00"),
        state=1, decided_by="boss", decided_at=ms(f"{later} 10:00"), source="operator",
    )  # fmt: skip
    await tell(settings, *PLACES, person("e1"), assign("e1", f"{when} 08:00", 0), watermark(ms("2026-03-06 00:00")))
    async with running(run, settings):
        await shown(settings, "an open end", lambda book: "MISSING_OUT" in book.cards[key("e1", when)]["exceptions"])
        await tell(settings, added)
        book = await shown(settings, "the end is added", lambda book: book.cards[key("e1", when)]["worked"] == 540)
        card = book.cards[key("e1", when)]
        assert (card["cause"], card["caused_by"]) == ("CORRECTION", [hex_id("added")])
        approval = Approval(
            approval_id=hex_id("approval"), tenant=TENANT, employee="e1", work_date=when, version=card["version"],
            content_hash=card["content_hash"], decision=Decision.APPROVED, decided_by="boss", decided_at=1,
        )  # fmt: skip
        await tell(settings, approval)
        book = await shown(settings, "approved", lambda book: book.cards[key("e1", when)]["status"] == "APPROVED")
        assert book.cards[key("e1", when)]["version"] == card["version"]
        await tell(settings, replace(added, version=2, status=CorrectionStatus.REVOKED))
        book = await shown(settings, "revoked", lambda book: book.cards[key("e1", when)]["approval_stale"])
        assert book.cards[key("e1", when)]["worked"] == 0


async def test_a_changed_policy_derives_again_and_a_device_s_options_do_not(settings: Settings) -> None:
    policy = PolicyRecord("all", (PolicyPeriod(),))
    await tell(settings, *PLACES, policy, person("e1"), *day("e1", "2026-03-02"), watermark(ms("2026-03-04 00:00")))
    async with running(run, settings):
        await shown(settings, "a card", lambda book: book.cards[key("e1", "2026-03-02")]["status"] == "COMPLETE")
        meal = PolicyPeriod(settings={"meal": {"tiers": [{"after": 360, "min": 30}]}})
        await tell(settings, replace(policy, periods=(meal,)))
        book = await shown(settings, "with a meal", lambda book: book.cards[key("e1", "2026-03-02")]["worked"] == 480)
        assert book.cards[key("e1", "2026-03-02")]["cause"] == "POLICY"
        before = len(await written(settings, INPUT))
        tagged = DeviceRecord(DEVICE, (DevicePeriod(site=SITE, tenant=TENANT, tags=("north",)),))
        await tell(settings, tagged, *day("e1", "2026-03-03"))
        await shown(settings, "the next day", lambda book: bool(book.cards[key("e1", "2026-03-03")]["worked"]))
        assert len(await written(settings, INPUT)) == before + 2


async def test_a_locked_period_keeps_its_cards_and_differences_become_adjustments(settings: Settings) -> None:
    people = ("e1", "e2", "e3", "e4")
    await tell(settings, *PLACES, WEEKLY, *map(person, people))
    await tell(
        settings, *(one for name in people for one in day(name, "2026-03-02")), watermark(ms("2026-03-12 00:00"))
    )
    async with running(run, settings):
        await shown(settings, "four cards", lambda book: _complete(book) == 4)
        await tell(settings, PERIOD)

        async def reported() -> bool:
            return len({one["partition"] for _, one in await written(settings, "timecards.reports")}) == PARTITIONS

        await finished(settings)
        await until(reported, "every partition reports", 60)
        reports = [one for _, one in await written(settings, "timecards.reports")]
        assert sum(one["manifest"]["cards"] for one in reports) == 4
        assert sum(one["manifest"]["minutes"]["worked"] for one in reports) == 4 * 510
        # While it is closing nothing of it is published; with the lock it is an adjustment.
        await tell(settings, *day("e2", "2026-03-04"))
        book = await shown(settings, "held still", lambda book: True)
        assert key("e2", "2026-03-04") not in book.cards
        manifest = Manifest(cards=4, employees=4, minutes=NO_MINUTES | {"worked": 2040}, content_hash="0" * 32)
        await tell(settings, replace(PERIOD, version=2, status=PeriodStatus.LOCKED, manifest=manifest))
        book = await shown(settings, "locked", lambda book: bool(book.net) and _locked(book) == 4)
        assert book.net == {"e2+2026-03-04": {"worked": 510, "reg": 510}}
        await tell(settings, assign("e1", "2026-03-02 17:00", 0), assign("e1", "2026-03-02 18:00", 1))
        book = await shown(settings, "adjusted", lambda book: "e1+2026-03-02" in book.net)
        assert book.cards[key("e1", "2026-03-02")]["worked"] == 510
        assert book.net["e1+2026-03-02"]["worked"] == 60


def _locked(book: Book) -> int:
    return sum(card["status"] == "LOCKED" for card in book.cards.values())


def scans() -> float:
    return REGISTRY.get_sample_value("punchstream_derive_archive_scan_seconds_count") or 0.0


async def test_punches_nine_months_late_are_taken_with_one_reading_of_the_archive(settings: Settings) -> None:
    old, old_too, now = "2025-06-02", "2025-06-09", "2026-03-02"
    await tell(settings, *PLACES, person("e1"), assign("e1", f"{old} 08:00", 0), assign("e1", f"{old_too} 08:00", 0))
    await tell(settings, watermark(ms("2025-06-12 00:00")))
    async with running(run, settings):
        await shown(settings, "open ends", lambda book: len(book.cards) >= 2)
        before = scans()
        await tell(settings, *day("e1", now), watermark(ms(f"{now} 23:00") + DAY_MS))

        async def archived() -> bool:
            return bool(await written_keys(settings, ARCHIVE))

        await until(archived, "old weeks are archived", 60)
        await shown(settings, "today", lambda book: book.cards[key("e1", now)]["worked"] == 510)
        assert scans() == before
        late = {"received": ms(f"{now} 20:00")}
        await tell(settings, *(assign("e1", f"{date} 16:00", 1, **late) for date in (old, old_too)))
        book = await shown(
            settings, "old days are closed",
            lambda book: {book.cards[key("e1", date)]["worked"] for date in (old, old_too)} == {480},
        )  # fmt: skip
        assert book.cards[key("e1", old)]["cause"] == "LATE_PUNCH"
        assert scans() == before + 1


async def written_keys(settings: Settings, topic: str) -> list[bytes]:
    async with KafkaReader(settings.kafka) as reader:
        return [one.key async for one in reader.records(topic)]


async def test_rubbish_is_put_aside_and_what_the_registry_does_not_have(settings: Settings) -> None:
    async with producer(settings, INPUT, *FORWARDED) as sender:
        for topic in (INPUT, *FORWARDED):
            await sender.send(topic, b"policy+x", b"rubbish", partition_by=b"x")
    never = TimecardInput(
        kind=TimecardInputKind.REGISTRY, registry=RegistryChange(kind="policy", id="x", version=1_000_000)
    )
    told: list[Told] = [never, *PLACES, person("e1"), *day("e1", "2026-03-02")]
    await tell(settings, *told)
    async with running(run, settings):
        await finished(settings)
    assert (await book_of(settings)).cards[key("e1", "2026-03-02")]["worked"] == 510
    async with KafkaReader(settings.kafka) as reader:
        dead = [DeadLetter.decode(one.headers) async for one in reader.records("deadletters")]
    assert {(letter.reason, letter.stage) for letter in dead} == {(Reason.NOT_AN_EVENT, "derive")}
    counts: dict[str, int] = {}
    for letter in dead:
        counts[letter.topic] = counts.get(letter.topic, 0) + 1
    assert counts == {INPUT: 1 + PARTITIONS, **dict.fromkeys(FORWARDED, 1)}

"""What a reader of the partition's topics has, and whether its versions keep what spec/timecards.md D promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from processors.timecards.cases.file import Difference
from processors.timecards.stream.outbox import ADJUSTMENTS, DAILY, HISTORY, REPORTS
from processors.timecards.versions import VOID


class Served:
    """cards: the last DailyCard of each employee and date; adjustments: CardAdjustments by id; problems: what was
    found on the way."""

    def __init__(self) -> None:
        self.cards: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.adjustments: dict[str, Mapping[str, Any]] = {}
        self.problems: list[Difference] = []
        self._versions: dict[tuple[str, str], int] = {}

    def take(self, outputs: Iterable[tuple[str, bytes]]) -> None:
        for topic, value in outputs:
            if topic == DAILY:
                self._card(orjson.loads(value))
            elif topic == HISTORY:
                self._version(orjson.loads(value))
            elif topic == ADJUSTMENTS:
                self._adjustment(orjson.loads(value))
            elif topic == REPORTS and (count := orjson.loads(value)["hindrance_count"]):
                self.problems.append(Difference("lock", "", "hindrances", 0, count))

    def of(self, employee: str) -> dict[str, Mapping[str, Any]]:
        """By date, without those that have nothing."""
        return {
            day: card for (who, day), card in sorted(self.cards.items()) if who == employee and card["status"] != VOID
        }

    def adjusted(self, employee: str) -> list[tuple[str, Mapping[str, int]]]:
        return [(one["work_date"], one["minutes"]) for one in self.adjustments.values() if one["employee"] == employee]

    def _card(self, card: Mapping[str, Any]) -> None:
        key = (card["employee"], card["work_date"])
        before = self.cards.get(key)
        self.cards[key] = card
        if before is None:
            self._expect(card, "revision", 1)
            return
        is_new = card["content_hash"] != before["content_hash"]
        self._expect(card, "revision", before["revision"] + 1)
        self._expect(card, "version", before["version"] + is_new)
        if before["is_final"]:
            self._expect(card, "locked content", before["content_hash"], card["content_hash"])

    def _version(self, card: Mapping[str, Any]) -> None:
        key = (card["employee"], card["work_date"])
        self._expect(card, "version", self._versions.get(key, 0) + 1)
        self._versions[key] = card["version"]

    def _adjustment(self, one: Mapping[str, Any]) -> None:
        if one["adjustment_id"] in self.adjustments:
            self.problems.append(Difference("adjustments", one["work_date"], "adjustment_id", "once", "twice"))
        self.adjustments[one["adjustment_id"]] = one

    def _expect(self, card: Mapping[str, Any], key: str, expected: Any, found: Any = None) -> None:
        found = card[key] if found is None else found
        if found != expected:
            self.problems.append(Difference("versions", card["work_date"], key, expected, found))


def again(outputs: Iterable[tuple[str, bytes]]) -> Iterator[Difference]:
    """Whatever is written for readers by inputs that were done before."""
    for topic, value in outputs:
        if topic in (DAILY, HISTORY, ADJUSTMENTS):
            one = orjson.loads(value)
            yield Difference("replay", one["work_date"], topic, "nothing", one.get("version", "an adjustment"))

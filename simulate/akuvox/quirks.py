"""Where stations differ from each other and from their document (spec/connectors.md A5)."""

import random
from dataclasses import dataclass, replace
from typing import Literal

from simulate.akuvox.errors import require


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one station behaves. Raises FatalError when a value makes no sense.

    ring: rows that a log holds. page_rows: rows of a page.
    ignores_page: every read is of the whole log.
    restart_ids: IDs start at 1 again when a log is cleared and after a firmware upgrade (which then empties the logs).
    words: of Type and Status: "text" (Private PIN, Success), "short" (PIN, Succ), "numeric" (2, 0: the document).
    date_form: 2018-12-13, 2018/12/13, 13/12/2018, 20181213; "dashes" prints -- for date and time.
    old_rows: door rows without Relay and AccessMode, as in the document.
    item_key, single_object, missing_item: the list is called `Item`; a list of one is the object; an empty one is left
        out. trailing: bytes after the JSON. names: charset of texts.
    time_as_text: SystemTime is a string. schedule_key: what ScheduleRelay of users is called.
    http: 403 is a disabled API, 308 the newer web firmware that wants https.
    call_log_path: the target of the call log; the table spells callog, its chapter calllog.
    unsupported: targets ("sip") or calls ("user/get") that this model lacks.
    slow_seconds: wait before each answer. drop_after_write: share of writes that are done and get no answer.
    cut_share: share of answers to reads that break off in the middle.
    reboot_seconds: how long a restart takes; reboot_clock_step: seconds that the clock jumps by then.
    """

    ring: int = 1000
    page_rows: int = 10
    ignores_page: bool = False
    restart_ids: bool = False
    words: Literal["text", "short", "numeric"] = "text"
    date_form: Literal["iso", "slash", "day_first", "compact", "dashes"] = "iso"
    old_rows: bool = False
    item_key: Literal["item", "Item"] = "item"
    single_object: bool = False
    missing_item: bool = False
    trailing: bool = False
    names: Literal["utf-8", "gb18030", "latin-1"] = "utf-8"
    time_as_text: bool = False
    schedule_key: Literal["ScheduleRelay", "Schedule-Relay", "Schedule"] = "ScheduleRelay"
    http: Literal[200, 403, 308] = 200
    call_log_path: Literal["both", "calllog", "callog"] = "both"
    unsupported: tuple[str, ...] = ()
    slow_seconds: float = 0.0
    drop_after_write: float = 0.0
    cut_share: float = 0.0
    reboot_seconds: float = 1.0
    reboot_clock_step: float = 0.0

    def __post_init__(self) -> None:
        require(1 <= self.ring <= 100_000, f"ring is {self.ring}: 1 to 100000 rows")
        require(1 <= self.page_rows <= 1000, f"page_rows is {self.page_rows}: 1 to 1000")
        require(0 <= self.slow_seconds <= 600, f"slow_seconds is {self.slow_seconds}: 0 to 600")
        require(0 <= self.reboot_seconds <= 3600, f"reboot_seconds is {self.reboot_seconds}: 0 to 3600")
        for name in ("drop_after_write", "cut_share"):
            share = getattr(self, name)
            require(0 <= share <= 1, f"{name} is {share}: 0 to 1")

    def lacks(self, target: str, action: str) -> bool:
        """Whether this model has no such call."""
        if target in ("callog", "calllog") and self.call_log_path not in ("both", target):
            return True
        return target in self.unsupported or f"{target}/{action}" in self.unsupported


def varied(quirks: Quirks, rng: random.Random) -> Quirks:
    """The same station in another legal form: other words, dates, lists, charsets, spellings."""
    return replace(
        quirks,
        ignores_page=rng.random() < 0.2,
        words=rng.choice(("text", "short", "numeric")),
        date_form=rng.choice(("iso", "slash", "compact")),
        old_rows=rng.random() < 0.3,
        item_key=rng.choice(("item", "Item")),
        single_object=rng.random() < 0.5,
        missing_item=rng.random() < 0.5,
        trailing=rng.random() < 0.3,
        names=rng.choice(("utf-8", "gb18030")),
        time_as_text=rng.random() < 0.3,
        schedule_key=rng.choice(("ScheduleRelay", "Schedule-Relay", "Schedule")),
        call_log_path=rng.choice(("both", "calllog", "callog")),
    )

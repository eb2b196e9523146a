"""The model of one partition of timecards.input: from what cards depend on to cards, weeks, adjustments and reports.

State is sets by id, and of everything with a version the greatest holds: inputs may come in any order, in any batches
and more than once. What an input touches is derived once, when the batch is settled. Work on many employees (a sweep,
or event time that passed many weeks) is done some at a time. Source: DESIGN 4, 5, 6; spec/timecards.md B13, D.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from processors.partition_model import Changes, Later
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.commands import Commands
from processors.timecards.stream.context import Context
from processors.timecards.stream.dues import Dues
from processors.timecards.stream.employee_index import EmployeeIndex
from processors.timecards.stream.errors import NotRestored
from processors.timecards.stream.event_time import EventTime
from processors.timecards.stream.left_work import LeftWork
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.own_keys import PROGRESS_KEY
from processors.timecards.stream.periods import Periods
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.progress import Progress, clock_after, decode_progress, encode_progress
from processors.timecards.stream.reach import reach_in, reach_of
from processors.timecards.stream.settling import Settling
from processors.timecards.stream.state_keys import bucket_key, header_key
from processors.timecards.stream.sweeps import STEP, Sweep, SweepKind, Sweeps
from processors.timecards.stream.taking import Taking, buckets_near
from processors.timecards.stream.visits import Visits
from processors.timecards.stream.watch import Watch
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause
from schemas.timecards_input import TimecardInput, TimecardInputKind

_DAY_MS: Final = 86_400_000
_MAX_WAIT_MS: Final = 72 * 3_600_000
_EDIT: Final = b'"edit"'  # in a stored bucket with a correction that may move a punch

PartT = TypeVar("PartT")
LaterOf = Callable[[WorkingCopy], Sequence[Later]]


def nothing_later(_copy: WorkingCopy) -> Sequence[Later]:
    return ()


def _nothing() -> None: ...


class TimecardPartition:
    """`stored` are the partition's values, which change with every write; `registry` gives the newest snapshot;
    `partitions`: how many timecards.input has. `on_failure` hears of a week whose cards could not be derived: they
    stay as they were; what it raises ends the batch. `on_success` hears of each week that could be. `later_of` is asked
    for everybody that a batch names."""

    def __init__(
        self,
        stored: Mapping[bytes, bytes],
        *,
        partition: int,
        partitions: int,
        registry: Callable[[], CardRegistry],
        on_failure: Callable[[Exception], None],
        on_success: Callable[[], None] = _nothing,
        hot_days: int = 45,
        max_wait_ms: int = _MAX_WAIT_MS,
        later_of: LaterOf = nothing_later,
    ) -> None:
        self._stored = stored
        self._later_of = later_of
        context = Context(registry(), EventTime(stored, max_wait_ms=max_wait_ms), Periods(stored))
        self._context, self._pins, self._sweeps = context, Pins(stored), Sweeps(stored)
        self._dues, self._index, self._outbox = Dues(), EmployeeIndex(), Outbox()
        self._watch = Watch(context, self._dues)
        self._settling = Settling(context, self._pins, self._watch, self._outbox, on_failure, on_success)
        self._visits = Visits(context, self._settling, self._pins, self._watch, self._outbox, hot_days=hot_days)
        self._taking = Taking(self._settling.touch)
        self._progress = decode_progress(stored.get(PROGRESS_KEY))
        self._next_offset, context.clock = self._progress[:2]
        self._commands = Commands(context, self._sweeps, self._dues, newest=registry)
        if PROGRESS_KEY in stored and not self._progress.is_by(context.registry):
            self._commands.derive_all()
        self._left_work = LeftWork(
            context, self._settling, self._commands, self._visits, self._index, self._dues, self._sweeps, self._outbox,
            on_failure, partition=partition, partitions=partitions,
        )  # fmt: skip
        self._copies: dict[bytes, WorkingCopy] = {}
        self._named: dict[bytes, None] = {}  # employees of this batch's inputs
        self._restored: dict[bytes, bytes] = {}
        self._wanted: set[bytes] = set()
        self._has_input = False
        for owner, header in self._index.load(stored):
            self._watch.load(owner, header)
        self._dues.rise_everywhere(self._context.times)

    @property
    def busy(self) -> bool:
        """More to do without any input."""
        return bool(self._left_work)

    @property
    def employee_count(self) -> int:
        return len(self._index)

    @property
    def due_count(self) -> int:
        """Weeks that wait for event time."""
        return len(self._dues)

    def wanted(self, events: Sequence[TimecardInput]) -> set[bytes]:
        """Keys of archived buckets that are needed before these are applied and the next step is made."""
        wanted: set[bytes] = set()
        for event in events:
            if not event.employee:
                continue
            owner = header_key(event.tenant, event.employee)
            if not (archived := self._index.archived(owner)):
                continue
            spans = self._reach(owner, event)
            numbers = (one for one in archived if spans is None or any(first <= one <= last for first, last in spans))
            wanted.update(bucket_key(owner, number) for number in numbers)
        if (sweep := self._sweeps.running) is not None:
            for owner in self._index.after(sweep.cursor.encode(), STEP):
                if archived := self._index.archived(owner):
                    wanted.update(bucket_key(owner, one) for one in self._visits.needed(sweep, iter(archived)))
        self._wanted = wanted - self._restored.keys()
        return set(self._wanted)

    def restore(self, values: Mapping[bytes, bytes]) -> None:
        """Archived values of all keys that were wanted last, for this batch alone. Raises NotRestored."""
        if missing := self._wanted - values.keys():
            raise NotRestored(
                f"timecards.archive has no {min(missing)!r} (of {len(missing)} keys), and state says that it is there: "
                "restore the topic, going on without it would lose somebody's hours"
            )
        self._restored.update(values)

    def apply(self, event: TimecardInput, offset: int) -> None:
        """Raises ValueError for an event without what its kind needs, NotRestored."""
        is_new = offset >= self._next_offset
        if event.kind is TimecardInputKind.WATERMARK:
            if is_new:
                self._commands.watermark(event)
        elif event.kind is TimecardInputKind.PERIOD:
            self._commands.period(_there(event.period, event))
        elif event.kind is TimecardInputKind.REGISTRY:
            if is_new:
                self._commands.registry(_there(event.registry, event))
        else:
            self._take_of_employee(event)
        self._has_input = True
        self._next_offset = max(self._next_offset, offset + 1)
        self._tick(event)

    def changes(self) -> Changes:
        """What the inputs came to; when there were none, a step of what else is left to do."""
        for copy in self._copies.values():
            self._settling.settle(copy)
        if self._has_input:
            self._has_input = False
        else:
            self._left_work.step(self._copy)
        later = [one for owner in self._named for one in self._later_of(self._copies[owner])]
        values: dict[bytes, bytes | None] = {}
        for copy in self._copies.values():
            values.update(copy.values())
            for key, value in copy.archived.items():
                self._outbox.archive(key, value)
            self._index.remember(copy.owner, copy.header)
        values.update(self._context.times.changes())
        values.update(self._context.periods.changes())
        values.update(self._pins.changes())
        values.update(self._sweeps.changes())
        registry = self._context.registry
        progress = Progress(self._next_offset, self._context.clock, registry.version, registry.digest)
        if progress != self._progress:
            values[PROGRESS_KEY] = encode_progress(progress)
            self._progress = progress
        self._copies, self._named, self._restored = {}, {}, {}
        return Changes(values, self._outbox.taken(), later)

    def _take_of_employee(self, event: TimecardInput) -> None:
        owner = header_key(event.tenant, event.employee)
        copy = self._copy(owner)
        self._named[owner] = None
        if event.kind is TimecardInputKind.ASSIGN:
            self._taking.assign(copy, event.punch_id, event.identity_version, _there(event.punch, event))
        elif event.kind is TimecardInputKind.RETRACT:
            self._taking.retract(copy, event.punch_id, event.identity_version, event.rank)
        elif event.kind is TimecardInputKind.CORRECTION:
            self._taking.correction(copy, _there(event.correction, event))
        elif event.kind is TimecardInputKind.ROSTER:
            self._taking.roster(copy, _there(event.roster, event))
        elif event.kind is TimecardInputKind.APPROVAL:
            self._taking.approval(copy, _there(event.approval, event))
        elif copy.header.take_employee(event.record):
            copy.change_header()
            if self._context.facts(copy) != copy.facts:
                self._settling.touch_all(copy, Touch(Cause.POLICY))

    def _tick(self, event: TimecardInput) -> None:
        """The stream's clock; with each of its days the old ones are archived."""
        before, self._context.clock = self._context.clock, clock_after(self._context.clock, event)
        if len(self._index) and before // _DAY_MS != self._context.clock // _DAY_MS:
            self._sweeps.begin(Sweep(kind=SweepKind.AGE))

    def _reach(self, owner: bytes, event: TimecardInput) -> list[tuple[int, int]] | None:
        """As of reach.py."""
        if event.kind not in (TimecardInputKind.ASSIGN, TimecardInputKind.RETRACT, TimecardInputKind.CORRECTION):
            return reach_of(event)
        if event.punch is not None:
            near = (self._stored.get(bucket_key(owner, number), b"") for number in buckets_near(event.punch.punch_at))
            if not any(_EDIT in value for value in near):  # as nearly always, and asked of every punch
                return reach_of(event)
        return reach_in(self._copies.get(owner) or WorkingCopy(owner, self._stored, self._restored), event)

    def _copy(self, owner: bytes) -> WorkingCopy:
        copy = self._copies.get(owner)
        if copy is None:
            copy = WorkingCopy(owner, self._stored, self._restored)
            copy.facts = self._context.facts(copy)
            self._copies[owner] = copy
        return copy


def _there(part: PartT | None, event: TimecardInput) -> PartT:
    if part is None:
        raise ValueError(f"an input of kind {event.kind} without what it is about")
    return part

"""The crew of a one-machine system, from the operators' side: its records before it comes, a correction by a foreman
that a manager approves, and the lock of its first pay week.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clickhouse_connect.driver.exceptions import ClickHouseError

from cli.card_account import take_cards
from cli.clickhouse_reader import reader
from cli.employees_file import read_people
from cli.employees_plan import Names, plan_people
from cli.people_files import raise_problems
from cli.registry_apply import apply_text
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.correction_requests import Wanted
from ingest.control.correction_states import Verdict
from ingest.control.errors import NotNow
from ingest.control.operations import Operations, open_operations
from ingest.control.period_book import PeriodPlace
from runtime.errors import RuntimeFault
from runtime.settings import Settings
from schemas.corrections import CorrectionOperation, CorrectionStatus
from schemas.payperiods import PeriodStatus
from simulate.fleet.plan.file import EMPLOYEES, open_plan
from simulate.fleet.plan.places import SITES, TERMINALS, instant, zone_of
from simulate.fleet.plan.records import PAY_GROUP, employees_yaml, registry_yaml

if TYPE_CHECKING:
    from schemas.corrections import Correction
    from simulate.fleet.plan.model import Plan, PlannedCorrection

SEED: Final = 1  # what `punchstream simulate fleet` has by default
FOREMAN: Final = Caller(Operator("foreman", "operate", "cli"))
MANAGER: Final = Caller(Operator("manager", "admin", "cli"))
REASON: Final = "forgot to clock out"
_LOOK_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 20.0

_MISSING = """
SELECT count() FROM timecards_daily_v
WHERE tenant = {tenant:String} AND employee = {employee:String} AND work_date = {date:Date}
  AND has(exceptions, 'MISSING_OUT')
"""
_WEEK = """
SELECT count(), countIf(status = 'COMPLETE' AND empty(blocking)) FROM timecards_daily_v
WHERE tenant = {tenant:String} AND pay_group = {group:String}
  AND work_date >= {first:Date} AND work_date < {first:Date} + 7
"""


class LocalCrew:
    """`ledger`: the fleet's; its plan is there. Raises errors of cli, ingest.control and runtime."""

    def __init__(self, settings: Settings, ledger: Path, tenant: str, people: int, say: Callable[[str], None]) -> None:
        self.people = people
        self._settings = settings
        self._ledger = ledger
        self._tenant = tenant
        self._say = say
        self._running: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Before the fleet starts: the plan, and all that the system must know of its people and places."""
        plan = await asyncio.to_thread(self._plan)
        await apply_text(self._settings, registry_yaml(plan))
        entries, problems = read_people(EMPLOYEES, employees_yaml(plan))
        raise_problems(Path(EMPLOYEES), problems)
        async with open_operations(self._settings) as operations:
            desk = operations.employees
            known = await desk.known(MANAGER, self._tenant)
            changes, wrong = plan_people(entries, known, Names.of(desk.registry()), self._tenant, desk.now_ms())
            raise_problems(Path(EMPLOYEES), wrong)
            await desk.write(MANAGER, self._tenant, changes, "the simulated crew")

    def start(self) -> None:
        """The operators begin to work."""
        self._running = asyncio.create_task(self.run())

    def check(self) -> None:
        """Raises what went wrong with them."""
        if self._running is not None and self._running.done() and not self._running.cancelled():
            self._running.result()

    async def stop(self) -> None:
        """What they have not done by now stays undone. Raises what went wrong before."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self.check()

    async def is_as_planned(self) -> bool:
        """Whether all cards are."""
        cards = await take_cards(self._settings, self._ledger)
        return cards is not None and cards.clean

    async def run(self) -> None:
        """In the course of a run: corrects what was forgotten in the first week, then locks that week. Ends when both
        are done, also by an earlier run; what does not work now is tried again until this is cancelled."""
        plan = await asyncio.to_thread(self._plan)
        while True:
            try:
                async with open_operations(self._settings) as operations:
                    for forgotten in plan.corrections:
                        await self._correct(operations, forgotten)
                    await self._lock(operations, plan)
                return
            except (NotNow, RuntimeFault, ClickHouseError) as error:
                self._say(f"the crew's operators try again: {error}")
                await asyncio.sleep(_AGAIN_SECONDS)

    def _plan(self) -> Plan:
        return open_plan(self._ledger, crew=self.people, seed=SEED, tenant=self._tenant, now=int(time.time()))

    async def _correct(self, operations: Operations, forgotten: PlannedCorrection) -> None:
        found = await self._asked(operations, forgotten)
        if found is None:
            names = {"tenant": self._tenant, "employee": forgotten.employee, "date": forgotten.date}
            await self._until_seen(names)
            found = await operations.corrections.request(FOREMAN, self._wanted(forgotten))
        if found.status is CorrectionStatus.PENDING:
            (decided,) = await operations.corrections.decide(MANAGER, Verdict.APPROVE, ids=[found.correction_id])
            self._say(
                f"correction of {forgotten.employee} on {forgotten.date}: asked for by the foreman, "
                f"{decided.refusal or 'approved by the manager'}"
            )

    async def _until_seen(self, names: dict[str, Any]) -> None:
        """The foreman goes by the card."""
        while True:
            (cards,) = await self._row(_MISSING, names)
            if cards:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _asked(self, operations: Operations, forgotten: PlannedCorrection) -> Correction | None:
        known = await operations.corrections.known(FOREMAN, tenant=self._tenant, employee=forgotten.employee)
        stands = (CorrectionStatus.PENDING, CorrectionStatus.APPROVED)
        same = (one for one in known if one.local_text == forgotten.local and one.status in stands)
        return next(same, None)

    def _wanted(self, forgotten: PlannedCorrection) -> Wanted:
        codes = self._settings.control.reason_codes
        return Wanted(
            operation=CorrectionOperation.ADD, employee=forgotten.employee, tenant=self._tenant,
            local=forgotten.local.replace("T", " "), zone=forgotten.zone, site=forgotten.site, state=forgotten.state,
            reason=REASON, reason_code=codes[0] if codes else "",
        )  # fmt: skip

    async def _lock(self, operations: Operations, plan: Plan) -> None:
        place = PeriodPlace(PAY_GROUP, plan.first, self._tenant)
        names = {"tenant": self._tenant, "group": PAY_GROUP, "first": plan.first}
        while not await self._is_locked(operations, plan):
            cards, good = await self._row(_WEEK, names)
            if cards == 0 or good < cards or not _have_told(operations, plan):
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            outcome = await operations.periods.close(
                MANAGER, place, reason="the week is done", sites=tuple(SITES), wait_seconds=_CLOSE_SECONDS
            )
            period = outcome.period
            self._say(f"pay week {period.first} to {period.last}: {period.status} {period.reason}".rstrip())
            if period.status is not PeriodStatus.LOCKED:
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _is_locked(self, operations: Operations, plan: Plan) -> bool:
        locked = await operations.periods.known(
            MANAGER, tenant=self._tenant, pay_group=PAY_GROUP, status=PeriodStatus.LOCKED
        )
        return any(period.first == plan.first.isoformat() for period in locked)

    async def _row(self, sql: str, parameters: dict[str, Any]) -> tuple[int, ...]:
        def ask() -> tuple[int, ...]:
            with reader(self._settings.clickhouse) as client:
                return tuple(int(value) for value in client.query(sql, parameters=parameters).result_rows[0])

        return await asyncio.to_thread(ask)


def _have_told(operations: Operations, plan: Plan) -> bool:
    """Whether all terminals of the crew have told everything of the first week."""
    after = plan.first + timedelta(days=7)
    for terminal in TERMINALS:
        state = operations.device_list.show(MANAGER, terminal.serial).state
        end = instant(after, 0, zone_of(terminal.site.id)) * 1000
        if state is None or state.watermark is None or state.watermark < end:
            return False
    return True

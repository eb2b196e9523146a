"""Why arrival is the cursor (spec/connectors.md B-1): on one story, what each way of reading loses."""

from __future__ import annotations

from random import Random

from tests.unit.connectors.biotime.rig import Rig


async def test_a_punch_time_cursor_loses_and_ours_does_not() -> None:
    """A terminal away for eleven hours, one for forty days, a clock a year ahead, one stuck in 2023, ids seen late."""
    random = Random(7)
    rig = Rig(page_size=50)
    await rig.settle()
    by_window: set[int] = set()
    by_highest: set[int] = set()
    by_id: set[int] = set()
    highest, last_run, number, hidden = "", rig.local(), 0, []
    for minute in range(0, 24 * 60, 5):
        rig.pass_time(300)
        for _ in range(random.randint(0, 6)):
            number += 1
            row = rig.punch(number, ago=random.uniform(0, 200))
            if random.random() < 0.02:
                rig.listed.rows.remove(row)
                hidden.append(row)
        if minute == 60:
            rig.punch(number := number + 1, punch_time="2027-04-05 09:00:00")
            rig.punch(number := number + 1, punch_time="2023-01-01 00:00:07")
        if minute in (11 * 60, 15 * 60):
            for _ in range(60):
                rig.punch(number := number + 1, ago=random.uniform(3600, 11 * 3600 if minute < 700 else 40 * 86_400))
        rows = rig.listed.rows
        by_window |= {row["id"] for row in rows if last_run <= row["punch_time"] <= rig.local()}
        found = [row for row in rows if row["punch_time"] >= highest]
        by_highest |= {row["id"] for row in found}
        highest = max([highest, *(row["punch_time"] for row in found)])
        by_id |= {row["id"] for row in rows if row["id"] > max(by_id, default=0)}
        last_run = rig.local()
        await rig.settle()
        if minute % 10 == 0:
            rig.listed.rows += hidden
            hidden = []
    rig.listed.rows += hidden
    await rig.settle()
    everything = set(range(1, number + 1))
    assert set(rig.out.ids) == everything
    assert set(rig.out.ids.values()) == {1}
    lost = [len(everything - found) for found in (by_highest, by_window, by_id)]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 600
    assert lost[1] > 100
    assert lost[2] > 0

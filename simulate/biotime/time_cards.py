"""Time cards as a server derives them from its transactions: first punch in, last punch out, a break of an hour."""

from datetime import date
from uuid import NAMESPACE_URL, uuid5

from simulate.biotime.people import Record
from simulate.biotime.wall import DAY, day_text
from simulate.biotime.world import World

_IN, _OUT = 9 * 3600, 18 * 3600
_BREAK = 3600
_PAYCODES = range(1, 17)


class TimeCards:
    """Cards of employees and days; rewritten whenever transactions change, so never kept."""

    def __init__(self, world: World) -> None:
        self._world = world

    def punches(self, emp_code: str, first_day: int, last_day: int) -> dict[int, list[int]]:
        """Wall seconds of an employee's punches by day (since 1970), in order."""
        store = self._world.transactions.store
        days: dict[int, list[int]] = {}
        for slot in store.of_code(emp_code):
            second = store.punch[slot]
            if first_day <= second // DAY <= last_day:
                days.setdefault(second // DAY, []).append(second)
        for seconds in days.values():
            seconds.sort()
        return days

    def report(self, employee: Record, day: int, seconds: list[int]) -> Record:
        """A row of totalTimeCardReport: day first, durations as HH:MM or empty."""
        card = self._common(employee, day)
        worked, late, early, over = _sums(day, seconds)
        weekend = date.fromordinal(719_163 + day).weekday() >= 5
        year, month, of_month = day_text(day).split("-")
        return card | {
            "uuid": card.pop("id"),
            "att_date": f"{of_month}-{month}-{year}",
            "att_exception": "",
            "timetable": "General Time Table",
            "check_in": "09:00",
            "check_out": "18:00",
            "clock_in": _clock(seconds[0]) if seconds else "",
            "clock_out": _clock(seconds[-1]) if len(seconds) > 1 else "",
            "total_time": _hours(worked),
            "duty_wt": _hours(min(worked, 8 * 3600)),
            "actual_wt": _hours(worked),
            "unscheduled": "",
            "total_worked": _hours(worked),
            "duration": "09:00",
            "duty_duration": "09:00",
            **dict.fromkeys(("break_out", "break_in", "break_duration", "actual_break", "taken_break"), ""),
            **dict.fromkeys(("break_late", "break_early", "break_absent"), ""),
            "late": _hours(late),
            "early_leave": _hours(early),
            "absent": "" if seconds else "09:00",
            "work_day": "1.0",
            "remaining": _hours(max(0, 9 * 3600 - worked)),
            "leave": "",
            "normal_wt": _hours(min(worked, 8 * 3600)),
            "normal_ot": None if weekend else _hours(over) or None,
            "weekend_ot": (_hours(over) or None) if weekend else None,
            "holiday_ot": None,
            **dict.fromkeys(("ot_lv1", "ot_lv2", "ot_lv3"), ""),
            "attendance_status": "Present(P)" if seconds else "Absence(A)",
        }

    def page_data(self, employee: Record, day: int, seconds: list[int]) -> Record:
        """A row of total_time_cards/page_data: ISO date, and a series of paycodes in hours."""
        worked, late, early, over = _sums(day, seconds)
        paid = {1: min(worked, 8 * 3600), 2: over, 3: late, 4: early, 5: 0 if seconds else 9 * 3600}
        return self._common(employee, day) | {
            "att_date": day_text(day),
            "time_table_alias": "",
            "check_in": "00:00",
            "check_out": "00:00",
            "work_day": "1.0" if seconds else "0.0",
            "clock_in": _clock(seconds[0]) if seconds else "",
            "clock_out": _clock(seconds[-1]) if len(seconds) > 1 else "",
            "break_out": "",
            "break_in": "",
            "duration": "12:00",
            "total_time": f"{worked / 3600:.1f}",
            **{f"paycode_{number}": f"{paid.get(number, 0) / 3600:.1f}" for number in _PAYCODES},
        }

    def _common(self, employee: Record, day: int) -> Record:
        people = self._world.people
        department = people.departments.rows[employee["department"]]
        position = people.positions.rows.get(employee["position"])
        return {
            "id": str(uuid5(NAMESPACE_URL, f"{self._world.settings.company}/{employee['emp_code']}/{day}")),
            "emp_code": employee["emp_code"],
            "first_name": employee["first_name"],
            "last_name": employee["last_name"],
            "nick_name": None,
            "gender": employee["gender"],
            "dept_code": department["dept_code"],
            "dept_name": department["dept_name"],
            "position_code": position["position_code"] if position else None,
            "position_name": position["position_name"] if position else None,
            "weekday": date.fromordinal(719_163 + day).strftime("%A"),
        }


def _sums(day: int, seconds: list[int]) -> tuple[int, int, int, int]:
    """Worked, late, left early, overtime, in seconds."""
    if len(seconds) < 2:
        return 0, 0, 0, 0
    first, last = seconds[0] - day * DAY, seconds[-1] - day * DAY
    worked = last - first - (_BREAK if last - first > 6 * 3600 else 0)
    return worked, max(0, first - _IN), max(0, _OUT - last), max(0, worked - 8 * 3600)


def _clock(second: int) -> str:
    return f"{second // 3600 % 24:02}:{second // 60 % 60:02}"


def _hours(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" if seconds else ""

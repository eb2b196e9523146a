"""What happens at a simulated server by itself, and how it misbehaves."""

from dataclasses import dataclass, field
from typing import Literal

from simulate.biotime.errors import require

NextUrl = Literal["right", "wrong_host", "relative", "plain_http", "null"]
RowsKey = Literal["data", "results", "array"]


@dataclass(frozen=True, slots=True)
class Life:
    """Rates are per second over the whole server, shares 0 to 1; raises FatalError when a value makes no sense.

    rate: punches that the terminals make; None is the rate of the settings.
    late_share, late_days: this share of punches was made up to so many days before it is uploaded.
    hidden_share, hidden_seconds: this share of rows gets its id now and can be seen only so much later (at most).
    deletions, edits: rows that an operator deletes or changes.
    restores, restore_rows: the database is replaced by an older copy that lacks so many of the newest rows.
    mobile_punches, manual_logs: employees clock in by telephone, ask for a forgotten punch.
    """

    rate: float | None = None
    late_share: float = 0.0
    late_days: float = 30.0
    hidden_share: float = 0.0
    hidden_seconds: float = 120.0
    deletions: float = 0.0
    edits: float = 0.0
    restores: float = 0.0
    restore_rows: int = 500
    mobile_punches: float = 0.0
    manual_logs: float = 0.0

    def __post_init__(self) -> None:
        for name in ("late_share", "hidden_share"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"life: {name} is {value}: 0 to 1")
        for name in ("late_days", "hidden_seconds", "deletions", "edits", "restores", "mobile_punches", "manual_logs"):
            value = getattr(self, name)
            require(value >= 0, f"life: {name} is {value}: 0 or more")
        require(self.rate is None or self.rate >= 0, f"life: rate is {self.rate}: 0 or more")
        require(self.restore_rows >= 0, f"life: restore_rows is {self.restore_rows}: 0 or more")


@dataclass(frozen=True, slots=True)
class Faults:
    """How the server is, until told otherwise; what happens to single requests is in troubles.py.

    next_url: the host, form or absence of the link to the next page. wrong_host leads to the control port, which
        counts who comes there ("leaked" in the status).
    ignore_ordering, ignore_filters: `ordering` or the filters of transactions are read over in silence.
    page_cap: the most rows of a page, whatever was asked; 0 is no cap.
    licence_missing: 403 on /iclock/ and /personnel/.
    cold_seconds, idle_seconds: after so long without a request, the first answer takes so long.
    rows_key: where the rows of a page are; "array" is a bare list.
    state_map: punch states that the server changes on punches taken in, by state.
    drift_rows: so many punches arrive after every page of transactions.
    """

    next_url: NextUrl = "right"
    ignore_ordering: bool = False
    ignore_filters: bool = False
    page_cap: int = 0
    licence_missing: bool = False
    cold_seconds: float = 0.0
    idle_seconds: float = 60.0
    rows_key: RowsKey = "data"
    state_map: dict[str, str] = field(default_factory=dict)
    drift_rows: int = 0

    def __post_init__(self) -> None:
        require(
            self.next_url in ("right", "wrong_host", "relative", "plain_http", "null"),
            f"faults: next_url is {self.next_url!r}: right, wrong_host, relative, plain_http or null",
        )
        require(
            self.rows_key in ("data", "results", "array"),
            f"faults: rows_key is {self.rows_key!r}: data, results or array",
        )
        for name in ("page_cap", "cold_seconds", "idle_seconds", "drift_rows"):
            value = getattr(self, name)
            require(value >= 0, f"faults: {name} is {value}: 0 or more")
        require(
            all(key.isdigit() and value.isdigit() for key, value in self.state_map.items()),
            f"faults: state_map is {self.state_map}: states are numbers, as text",
        )

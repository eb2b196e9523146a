"""Forgotten punches that employees ask for: pending, approved (then a transaction is there), rejected, revoked."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from simulate.biotime.errors import require
from simulate.biotime.store import Transaction
from simulate.biotime.transactions import Transactions

_FIRST_ID = 2700
_MOST = 100_000


class Audit(IntEnum):
    """audit_status: 1 and 2 are in the document, the others are ours."""

    PENDING = 1
    APPROVED = 2
    REJECTED = 3
    REVOKED = 4


@dataclass(slots=True)
class ManualLog:
    """One request; times are wall seconds. transaction: the id of the row that an approval made."""

    id: int
    emp_code: str
    punch: int
    state: int
    work_code: str
    apply_reason: str
    apply_time: int
    status: Audit = Audit.PENDING
    audit_time: int | None = None
    revoke_reason: str | None = None
    transaction: int | None = None


class ManualLogs:
    """All requests, by id. now, upload_now: wall seconds at the server, and as upload_time gives them."""

    def __init__(self, transactions: Transactions, now: Callable[[], int], upload_now: Callable[[], int]) -> None:
        self._transactions = transactions
        self._now = now
        self._upload_now = upload_now
        self.rows: dict[int, ManualLog] = {}

    def apply(self, emp_code: str, punch: int, state: int, work_code: str = "", reason: str = "") -> ManualLog:
        """A new request, pending. Raises FatalError when there are too many."""
        require(len(self.rows) < _MOST, f"{_MOST} manual logs are there already")
        row = ManualLog(_FIRST_ID + len(self.rows), emp_code, punch, state, work_code, reason, self._now())
        self.rows[row.id] = row
        return row

    def audit(self, log_id: int, status: Audit) -> ManualLog:
        """Decide; an approval makes a transaction without a serial, anything else takes it away. Raises FatalError."""
        require(log_id in self.rows, f"manual log {log_id} is not there")
        row = self.rows[log_id]
        row.status = status
        row.audit_time = None if status is Audit.PENDING else self._now()
        row.revoke_reason = "revoked" if status is Audit.REVOKED else None
        if status is Audit.APPROVED and row.transaction is None:
            made = Transaction(row.emp_code, "", row.punch, self._upload_now(), row.state, 0, 0, row.work_code)
            row.transaction = self._transactions.arrive([made])[0]
        elif status is not Audit.APPROVED and row.transaction is not None:
            self._transactions.delete(row.transaction)
            row.transaction = None
        return row

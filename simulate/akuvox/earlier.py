"""What an earlier run on the same ledger left: stations go on where they were."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from simulate.akuvox.ledger import LedgerRow, read_ledger
from simulate.akuvox.rows import Log, LogRow
from simulate.akuvox.station import Station


class Earlier:
    """The ledger of earlier runs. Raises FatalError when it cannot be read."""

    def __init__(self, folder: Path) -> None:
        ledger = read_ledger(folder)
        self._rows: dict[tuple[int, Log], list[LedgerRow]] = defaultdict(list)
        for row in ledger.rows:
            self._rows[row.station, row.log].append(row)
        self._macs = {station: detail for station, _, what, detail, _ in ledger.happened if what == "mac"}

    def restore(self, station: Station) -> None:
        """Give a station its logs again, the numbers that come next, and the MAC that it had last."""
        station.identity = replace(station.identity, mac=self._macs.get(station.number, station.mac))
        for log, ring in station.logs.items():
            rows = self._rows[station.number, log]
            if rows:
                last = rows[-1]
                there = [_row(row) for row in rows if not row.gone]
                ring.restore(there, last.epoch, int(last.id) + 1, last.number + 1)
                ring.resize(station.quirks.ring, station.now_ms())  # it may be smaller now


def _row(row: LedgerRow) -> LogRow:
    date, _, time = row.local.partition("T")
    return LogRow(
        log=row.log,
        number=row.number,
        epoch=row.epoch,
        id=int(row.id),
        date=date,
        time=time,
        name=row.name,
        kind=row.kind,
        granted=row.granted,
        relay=row.relay,
        code=row.code,
        user_id=row.user_id,
        made_ms=row.made_ms,
        served=int(row.served_ms is not None),
    )

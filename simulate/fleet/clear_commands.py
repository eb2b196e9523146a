"""CLEAR and RESET (document, part VI, 3)."""

from simulate.fleet import answers
from simulate.fleet.data_commands import delete
from simulate.fleet.punches import PunchMaker
from simulate.fleet.store import Store
from simulate.fleet.tables import TABLES


def clear(store: Store, maker: PunchMaker, what: str) -> int:
    """Do it; the result code. Punches that nobody has acknowledged stay: no terminal here loses one."""
    match what:
        case "CLEAR LOG":
            maker.history.clear()
        case "CLEAR DATA":
            maker.history.clear()
            store.clear()
            maker.leave_all()
        case "CLEAR ALL USERINFO":
            delete(store, TABLES["USERINFO"], {})
            maker.leave_all()
        case "CLEAR ALL BELL":
            delete(store, TABLES["BELL"], {})
        case "CLEAR BIODATA":
            delete(store, TABLES["BIODATA"], {})
        case "RESET ALL FUNCKEYS":
            store.reset("SHORTKEY")
            store.reset("FUNCTIONKEY")
        case "RESET ALL TIMEZONE":
            store.reset("TIMEZONE")
        case "CLEAR PHOTO":
            pass  # pictures are made when they go up; none are kept
        case _:
            return answers.BAD_PARAMETER
    return answers.OK

"""From something that happens at a terminal to the requests that tell of it."""

from collections.abc import Callable, Iterable

from simulate.fleet.contents import Contents
from simulate.fleet.errand import Errand
from simulate.fleet.life import Happening
from simulate.fleet.rows import Upload
from simulate.fleet.trans_flag import TransFlag


def happen(
    what: Happening, contents: Contents, flags: TransFlag, errand_of: Callable[[Upload], Errand]
) -> Iterable[Errand]:
    """The errands of one happening; none when the server does not want it, or it is nothing for this terminal."""
    clock, lookups = contents.clock, contents.lookups
    uploads: list[Upload] = []
    match what:
        case "enrolments":
            uploads = clock.enrol(flags)
        case "changes":
            uploads = clock.change(flags)
        case "operations":
            uploads = clock.operation(flags)
        case "alarms":
            uploads = clock.alarm(flags)
        case "errors":
            uploads = clock.error()
        case "last_punches":
            return [lookups.last_punch()]
        case "self_services":
            return [lookups.self_service()]
        case "remote_atts":
            return [lookups.remote_att()]
        case "auth_types":
            return [lookups.auth_type()]
        case "doors":
            pass  # access controllers have doors
    return [errand_of(upload) for upload in uploads]

"""What happens at the terminals besides punches, and what goes wrong there: settings, all off unless asked for."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from simulate.fleet.errors import require

Happening = Literal[
    "enrolments", "changes", "operations", "alarms", "errors", "last_punches", "self_services", "remote_atts",
    "auth_types", "doors",
]  # fmt: skip
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)


@dataclass(frozen=True, slots=True)
class Life:
    """Happenings per second over the whole fleet, unless it is a share.

    photo_share: the share of punches after which the camera's picture goes up.
    enrolments, changes: users who are new or changed at the clock, with their fingerprint or card.
    operations, alarms: lines of the operation log. errors: lines of the error log.
    last_punches, self_services, remote_atts, auth_types: people who wait for an answer of the server.
    doors: door events of the access controllers.
    power_on: an operation log line after every start and restart.
    options_upload: terminals post their options after a handshake without being asked.
    """

    photo_share: float = 0.0
    enrolments: float = 0.0
    changes: float = 0.0
    operations: float = 0.0
    alarms: float = 0.0
    errors: float = 0.0
    last_punches: float = 0.0
    self_services: float = 0.0
    remote_atts: float = 0.0
    auth_types: float = 0.0
    doors: float = 0.0
    power_on: bool = False
    options_upload: bool = False

    def __post_init__(self) -> None:
        require(0 <= self.photo_share <= 1, f"photo_share is {self.photo_share}: 0 to 1")
        for name in HAPPENINGS:
            require(0 <= self.rate(name) <= 1000, f"{name} is {self.rate(name)}: 0 to 1000 a second")

    def rate(self, happening: Happening) -> float:
        """How often it happens, per second over the fleet."""
        return float(getattr(self, happening))


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of commands that go wrong, by seed, serial and command id.

    resent: the answer is sent again later. late: it comes `late_seconds` after the command was done.
    doubled: it is twice in its body. never: it does not come at all.
    enrolments: ENROLL_FP and its like fail with a code of Appendix 1.
    reboot_seconds: how long a restart takes. Both times are scaled by time_scale.
    """

    resent: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    never: float = 0.0
    enrolments: float = 0.0
    late_seconds: float = 30.0
    reboot_seconds: float = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_seconds"):
                require(0 <= value <= 3600, f"{field.name} is {value}: 0 to 3600")
            else:
                require(0 <= value <= 1, f"{field.name} is {value}: 0 to 1")
        together = self.resent + self.late + self.doubled + self.never
        require(together <= 1, f"resent, late, doubled and never are {together} together: at most 1")

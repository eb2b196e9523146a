"""Who asks, and what of all devices is theirs: roles, tenant, sites. Source: docs/control-api.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ingest.commands.orders import Operator
from ingest.control.errors import Forbidden

Role = Literal["read", "operate", "admin"]
ROLES: Final[tuple[Role, ...]] = ("read", "operate", "admin")
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Caller:
    """tenant: whose devices, `*` for all; sites: their ids, None for all."""

    operator: Operator
    tenant: str = ALL
    sites: frozenset[str] | None = None

    def sees(self, tenant: str, site: str) -> bool:
        return self.tenant in (ALL, tenant) and (self.sites is None or site in self.sites)

    @property
    def is_of_all_sites(self) -> bool:
        return self.sites is None

    def require(self, role: Role, what: str) -> None:
        """Raises Forbidden: `what` needs that role."""
        if ROLES.index(self.operator.role) < ROLES.index(role):
            raise Forbidden(f"{what} needs the role {role}, {self.operator.who} has {self.operator.role}")

    def require_place(self, tenant: str, site: str) -> None:
        """Raises Forbidden: a device may be put only where the caller would still see it."""
        if not self.sees(tenant, site):
            raise Forbidden(f"{self.operator.who} may not put devices at site {site!r} of tenant {tenant!r}")

"""What the system must be told before the crew comes: places, rules, schedules, people. As files of the operator."""

from typing import Any

import yaml

from simulate.fleet.plan.days import HOURS
from simulate.fleet.plan.model import Plan
from simulate.fleet.plan.places import SITES, TERMINALS

PAY_GROUP = "crew-weekly"

_RULES: dict[str, Any] = {
    "ot": {"weekly": [{"after": 2400, "bucket": "ot1"}]},
    "night": {"start": "22:00", "end": "06:00"},
    "holiday_bucket": "hol",
    "weekend_days": [5, 6],
    "weekend_bucket": "wkd",
    "late_grace_min": 5,
    "early_grace_min": 5,
}
POLICIES: dict[str, dict[str, Any]] = {
    "crew-unpaid": _RULES,
    "crew-paid": {**_RULES, "paid_break_max_min": 20},
    "crew-alternate": {**_RULES, "direction": "alternate", "meal": {"tiers": [{"after": 360, "min": 30}]}},
}
"""The rules of each group; what is not said is as the specification has it by default."""


def registry_yaml(plan: Plan) -> str:
    """Sites, terminals, policies, the holiday, schedules and the pay group, for `punchstream registry apply`."""
    document = {
        "sites": [{"id": site.id, "name": site.name, "zone": site.zone} for site in SITES.values()],
        "devices": [
            {
                "serial": terminal.serial,
                "site": terminal.site.id,
                "zone": terminal.site.zone,
                "clock": terminal.clock,
                "tenant": plan.tenant,
                "ack_profile": "count",
            }
            for terminal in TERMINALS
        ],
        "policies": [
            {"id": name, "tenant": plan.tenant, "groups": [name], "settings": rules} for name, rules in POLICIES.items()
        ],
        "calendars": [
            {"id": "crew-holidays", "sites": [*SITES], "holidays": {plan.holiday.isoformat(): "Founders' day"}}
        ],
        "schedules": [
            {
                "id": name,
                "valid_from": plan.first.isoformat(),
                "free_on_holidays": True,
                "anchor": plan.first.isoformat(),
                "days": [[f"{hours.start}-{hours.end}/{hours.rest}"]] * 5 + [[], []],
            }
            for name, hours in HOURS.items()
        ],
        "paygroups": [
            {
                "id": PAY_GROUP,
                "name": "The crew, by the week",
                "tenant": plan.tenant,
                "cycle": "week",
                "anchor": plan.first.isoformat(),
            }
        ],
    }
    return _text(document)


def employees_yaml(plan: Plan) -> str:
    """The crew, for `punchstream employees apply`."""
    people = []
    for person in plan.people:
        employment: dict[str, Any] = {
            "valid_from": plan.first.isoformat(),
            "site": person.site,
            "policy_group": person.group,
            "pay_group": PAY_GROUP,
        }
        if person.schedule:
            employment["schedule"] = person.schedule
        people.append(
            {
                "employee": person.employee,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "site": person.site,
                "employment": [employment],
                "pins": [{"device": serial, "pin": person.pin} for serial in person.serials],
            }
        )
    return _text({"employees": people})


def _text(document: dict[str, Any]) -> str:
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(document, Dumper=Dumper, sort_keys=False, default_flow_style=None, width=200)

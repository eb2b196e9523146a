"""The plan on disk, in the fleet's ledger folder.

`plan.json` is all of it; who starts on the folder again goes on with it. Written for others to read: `crew.yaml` and
`employees.yaml` (what the system is told, records.py) and `cards.jsonl`, every card that the whole plan comes to,
before and after the correction.
"""

import math
import os
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from simulate.fleet.errors import FatalError
from simulate.fleet.plan.cards import expected_cards
from simulate.fleet.plan.make import new_plan
from simulate.fleet.plan.model import Plan
from simulate.fleet.plan.records import employees_yaml, registry_yaml

PLAN = "plan.json"
CARDS = "cards.jsonl"
REGISTRY = "crew.yaml"
EMPLOYEES = "employees.yaml"

_PLAN = TypeAdapter(Plan)


def open_plan(folder: Path, *, crew: int, seed: int, tenant: str, now: int) -> Plan:
    """The plan of a folder, or a new one around now (epoch seconds), written there. Raises FatalError."""
    if (plan := read_plan(folder)) is not None:
        if (len(plan.people), plan.seed, plan.tenant) != (crew, seed, tenant):
            raise FatalError(
                f"{folder / PLAN} is the plan of {len(plan.people)} people of {plan.tenant} by seed {plan.seed}: "
                f"start with these, or give a new ledger folder"
            )
        return plan
    plan = new_plan(seed, tenant, crew, now)
    write_plan(folder, plan)
    return plan


def read_plan(folder: Path) -> Plan | None:
    """None: there is none. Raises FatalError when the file cannot be read."""
    path = folder / PLAN
    try:
        return _PLAN.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise FatalError(f"{path} is no plan ({error.error_count()} errors): give a new ledger folder") from error


def write_plan(folder: Path, plan: Plan) -> None:
    """The plan goes last: once it is there, so is the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for when in (False, True):
        for (employee, date), card in expected_cards(plan, None, lambda _: math.inf, corrected=when).items():
            rows.append(orjson.dumps({"employee": employee, "date": date, "corrected": when, **card}))
    _replace(folder / CARDS, b"\n".join([*rows, b""]))
    _replace(folder / REGISTRY, registry_yaml(plan).encode())
    _replace(folder / EMPLOYEES, employees_yaml(plan).encode())
    _replace(folder / PLAN, _PLAN.dump_json(plan) + b"\n")


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    os.replace(temporary, path)

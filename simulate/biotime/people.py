"""Departments, areas, positions and employees, as plain records; references are ids."""

import random
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulate.biotime.errors import Refused, field_error, not_found
from simulate.biotime.settings import BioTimeSettings

Record = dict[str, Any]
RecordId = int | str

_FIRST = ("Aisha", "Bram", "Chen", "Dina", "Emeka", "Fatima", "Goran", "Hana", "Ivan", "José", "Kofi", "Lena")
_LAST = ("Ahmed", "Baker", "Costa", "Diallo", "Eriksen", "Farouk", "Gupta", "Haddad", "Ito", "Jansen", "Khan")

EMPLOYEE_TEXTS = (
    "first_name",
    "last_name",
    "nickname",
    "device_password",
    "card_no",
    "gender",
    "contact_tel",
    "office_tel",
    "mobile",
    "national",
    "city",
    "address",
    "postcode",
    "email",
    "enroll_sn",
    "ssn",
    "religion",
)
EMPLOYEE_FIELDS = (
    *EMPLOYEE_TEXTS,
    "department",
    "position",
    "area",
    "hire_date",
    "birthday",
    "verify_mode",
    "emp_type",
    "enable_att",
    "enable_overtime",
    "enable_holiday",
    "dev_privilege",
    "flow_role",
    "app_status",
    "app_role",
    "self_password",
)


class Tree:
    """Departments, areas or positions: a code, a name, a parent. prefix: dept, area, position."""

    def __init__(self, prefix: str, label: str, first_id: int) -> None:
        self.prefix = prefix
        self.code, self.name, self.parent = f"{prefix}_code", f"{prefix}_name", f"parent_{prefix}"
        self.label = label
        self.rows: dict[int, Record] = {}
        self.next_id = first_id

    def get(self, key: str | int) -> Record:
        """The record of an id. Raises Refused."""
        try:
            return self.rows[int(key)]
        except (KeyError, ValueError):
            raise not_found() from None

    def create(self, body: Record) -> Record:
        """Add a record. Raises Refused when a field is missing, taken, or names what is not there."""
        for field in (self.code, self.name):
            if body.get(field) in (None, ""):
                raise field_error(field, "This field is required.")
        record: Record = {"id": self.next_id, self.code: "", self.name: "", self.parent: None}
        self._fill(record, body)
        self.rows[self.next_id] = record
        self.next_id += 1
        return record

    def update(self, record: Record, body: Record) -> None:
        """Change what the body names. Raises Refused, then nothing is changed."""
        changed = dict(record)
        self._fill(changed, body)
        record.update(changed)

    def reference(self, field: str, value: Any) -> int | None:
        """An id that another record names. Raises Refused when it is not there."""
        if value is None:
            return None
        try:
            return int(self.rows[int(value)]["id"])
        except (KeyError, TypeError, ValueError):
            raise field_error(field, f'Invalid pk "{value}" - object does not exist.') from None

    def _fill(self, record: Record, body: Record) -> None:
        if self.code in body:
            code = str(body[self.code])
            if any(other[self.code] == code and other["id"] != record["id"] for other in self.rows.values()):
                raise field_error(self.code, f"{self.label} with this {self.code} already exists.")
            record[self.code] = code
        if self.name in body:
            record[self.name] = str(body[self.name])
        if self.parent in body:
            record[self.parent] = self.reference(self.parent, body[self.parent])


class People:
    """Everybody, and where they belong. Employees' ids are numbers; in the cloud they are UUIDs."""

    def __init__(self, settings: BioTimeSettings, rng: random.Random) -> None:
        self._settings = settings
        first = 300 if settings.cloud else 1
        self.departments = Tree("dept", "department", first)
        self.areas = Tree("area", "area", first)
        self.positions = Tree("position", "position", first)
        self.employees: dict[str, Record] = {}
        self.by_code: dict[str, Record] = {}
        self._next_id = 1
        for tree, root, names in (
            (self.departments, "Department", ("Sales", "Production")),
            (self.areas, "Not Authorized", ("Head office", "Plant")),
            (self.positions, "Position", ("Operator", "Manager")),
        ):
            top = tree.create({tree.code: "1", tree.name: root})["id"]
            for number, name in enumerate(names, 2):
                tree.create({tree.code: str(number), tree.name: name, tree.parent: top})
        departments, areas, positions = list(self.departments.rows), list(self.areas.rows), list(self.positions.rows)
        for number in range(1, settings.employees + 1):
            code = str(number).zfill(settings.code_width)
            self.create(
                {
                    "emp_code": code,
                    "first_name": rng.choice(_FIRST),
                    "last_name": rng.choice(_LAST),
                    "email": f"{code}@example.com",
                    "card_no": str(rng.randrange(10**6, 10**10)),
                    "device_password": str(rng.randrange(1000, 10_000)),
                    "department": rng.choice(departments),
                    "position": rng.choice(positions),
                    "area": [rng.choice(areas[1:])],
                    "hire_date": f"20{rng.randrange(10, 26)}-{rng.randrange(1, 13):02}-01",
                    "enable_overtime": rng.random() < 0.8,
                    "app_status": 1,
                    "app_role": 2 if number == 1 else 1,
                }
            )

    def get(self, key: str) -> Record:
        """The employee of an id. Raises Refused."""
        if key not in self.employees:
            raise not_found()
        return self.employees[key]

    def create(self, body: Record) -> Record:
        """Add an employee. Raises Refused when a field is missing, taken, or names what is not there."""
        for field in ("emp_code", "department", "area"):
            if body.get(field) in (None, "", []):
                raise field_error(field, "This field is required.")
        code = str(body["emp_code"])
        if code in self.by_code:
            raise field_error("emp_code", "employee with this emp_code already exists.")
        cloud_id = str(uuid5(NAMESPACE_URL, f"{self._settings.company}/{code}/{self._next_id}"))
        record: Record = {
            "id": cloud_id if self._settings.cloud else self._next_id,
            **dict.fromkeys(EMPLOYEE_FIELDS),
            "emp_code": code,
            "verify_mode": -1,
            "enable_att": True,
            "enable_overtime": False,
            "enable_holiday": True,
            "dev_privilege": 0,
            "flow_role": [],
            "app_status": 0,
            "app_role": 1,
            "resigned": False,
            "password": self._settings.staff_password,
            "templates": 2,
        }
        self._fill(record, body)
        self._next_id += 1
        self.employees[str(record["id"])] = record
        self.by_code[code] = record
        return record

    def update(self, record: Record, body: Record) -> None:
        """Change what the body names, the code excepted. Raises Refused, then nothing is changed."""
        changed = dict(record)
        self._fill(changed, body)
        record.update(changed)

    def delete(self, record: Record) -> None:
        """Delete an employee."""
        del self.employees[str(record["id"])]
        del self.by_code[record["emp_code"]]

    def tree_in_use(self, tree: Tree, record_id: int) -> bool:
        """Whether an employee or a child still belongs to it."""
        if any(other[tree.parent] == record_id for other in tree.rows.values()):
            return True
        field = {"dept": "department", "area": "area", "position": "position"}[tree.prefix]
        return any(record_id in _many(employee[field]) for employee in self.employees.values())

    def named(self, body: Record) -> list[Record]:
        """The employees that an action names in `employees`. Raises Refused."""
        keys = ids_in(body, "employees")
        missing = [key for key in keys if str(key) not in self.employees]
        if missing:
            raise field_error("employees", f'Invalid pk "{missing[0]}" - object does not exist.')
        return [self.employees[str(key)] for key in keys]

    def _fill(self, record: Record, body: Record) -> None:
        for field in EMPLOYEE_FIELDS:
            if field in body:
                record[field] = body[field]
        if "department" in body:
            record["department"] = self.departments.reference("department", body["department"])
        if "position" in body:
            record["position"] = self.positions.reference("position", body["position"])
        if "area" in body:
            if not isinstance(body["area"], list):
                raise Refused(400, {"area": ["Expected a list of items."]})
            record["area"] = [self.areas.reference("area", area) for area in body["area"]]
        if body.get("self_password"):
            record["password"] = str(body["self_password"])
        record["self_password"] = f"pbkdf2_sha256$36000$simulated${record['emp_code']}"


def ids_in(body: Record, field: str) -> list[Any]:
    """The ids of a list, or of a text parted by commas, as a public client sends them. Raises Refused for none."""
    value = body.get(field)
    keys = [key.strip() for key in value.split(",") if key.strip()] if isinstance(value, str) else value
    if not isinstance(keys, list) or not keys:
        raise field_error(field, "This field is required.")
    return keys


def _many(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else (value,)

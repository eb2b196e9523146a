"""Every endpoint of the three documents, once: where it is printed, what it does, what uses it.

docs/connectors.md is generated from it. Paths are ours (errata B1); what a document prints otherwise is in `also`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote


class Dialect(StrEnum):
    """A member of the family, named as in the settings; the document that describes it."""

    BIOTIME = "biotime"  # biotime-device-api: the on-premises server, devices only
    UTIMEMASTER = "utimemaster"  # utimemaster-api
    BIOTIMECLOUD = "biotimecloud"  # biotimecloud-api


class Kind(StrEnum):
    LOGIN = "login"
    READ = "read"
    WRITE = "write"
    DANGEROUS = "dangerous"  # a write that destroys something, stops a device, or touches a password


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`chapter`: document to chapter, empty for an endpoint known from the field only (spec/connectors.md A3).

    `name` is the client's name for it, `client_method` that of its method. `paged`: the answer is a list in pages;
    `also`: other spellings that the documents print; `tried`: those of them that are asked when `path` is not there.
    """

    name: str
    method: str
    path: str
    kind: Kind
    used_by: str
    chapter: Mapping[Dialect, str] = field(default_factory=dict)
    errata: str = ""
    paged: bool = False
    also: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    method_name: str = ""

    @property
    def client_method(self) -> str:
        return self.method_name or (f"{self.name}_page" if self.paged else self.name)

    @property
    def dialects(self) -> frozenset[Dialect]:
        """The documents that have it."""
        return frozenset(self.chapter)

    def url(self, **ids: str | int) -> str:
        """The path with its `{...}` filled in, percent-encoded. Raises KeyError for one that is not given."""
        return fill(self.path, **ids)


def fill(path: str, **ids: str | int) -> str:
    return path.format_map({name: quote(str(value), safe="") for name, value in ids.items()})


_CLIENT_ONLY: Final = "client only"


def _chapters(biotime: str = "", utimemaster: str = "", biotimecloud: str = "") -> dict[Dialect, str]:
    found = zip(Dialect, (biotime, utimemaster, biotimecloud), strict=True)
    return {dialect: chapter for dialect, chapter in found if chapter}


def _login(name: str, path: str, chapter: dict[Dialect, str], client_method: str = "login") -> Endpoint:
    return Endpoint(name, "POST", path, Kind.LOGIN, "login", chapter, method_name=client_method)


def _device_call(name: str, title: str, kind: Kind, errata: str = "") -> Endpoint:
    path = f"/iclock/api/terminals/{name}/"
    return Endpoint(name, "POST", path, kind, f"command biotime.terminal.{name}", _chapters(title), errata)


def _personnel(singular: str, plural: str, reader: str, utimemaster: int, cloud: int) -> tuple[Endpoint, ...]:
    """List, read, create, update, delete: the same five chapters, 1 to 5, for each of the four objects."""
    path = f"/personnel/api/{plural}/"
    one = path + "{id}/"
    misprint = ("/personnel/api/employee/",) if singular == "employee" else ()
    command = f"command biotime.{singular}."

    def chapter(number: int) -> dict[Dialect, str]:
        return _chapters("", f"{utimemaster}.{number}", f"{cloud}.{number}")

    return (
        Endpoint(plural, "GET", path, Kind.READ, reader, chapter(1), "B1", paged=True, also=misprint),
        Endpoint(singular, "GET", one, Kind.READ, "read back of commands", chapter(2)),
        Endpoint(f"create_{singular}", "POST", path, Kind.WRITE, command + "create", chapter(3)),
        Endpoint(f"update_{singular}", "PATCH", one, Kind.WRITE, command + "update", chapter(4), "B2"),
        Endpoint(f"delete_{singular}", "DELETE", one, Kind.DANGEROUS, command + "delete", chapter(5)),
    )


def _employee_action(name: str, kind: Kind = Kind.WRITE) -> Endpoint:
    return Endpoint(name, "POST", f"/personnel/api/employees/{name}/", kind, f"command biotime.employee.{name}")


def _mobile(
    name: str, method: str, path: str, chapter: str, *, kind: Kind = Kind.READ, used_by: str = _CLIENT_ONLY,
    errata: str = "", paged: bool = False, also: tuple[str, ...] = (), tried: tuple[str, ...] = (),
) -> Endpoint:  # fmt: skip
    path = "/mobile/api/v1.0/" + path
    return Endpoint(name, method, path, kind, used_by, _chapters("", "", chapter), errata, paged, also, tried)


_SUMMARY: Final = ("/mobile/api/v1.0/employees/{emp_id}/{summary_type}/",)
_APP_SETTINGS: Final = ("/mobile/api/v1.0/app_settings/",)

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    _login("jwt_login", "/jwt-api-token-auth/", _chapters("", "2.1", "1.1")),
    _login("token_login", "/api-token-auth/", _chapters("", "2.2", "1.2")),
    _login("staff_jwt_login", "/staff-jwt-api-token-auth/", _chapters("", "3.1", "2.1")),
    _login("staff_token_login", "/staff-api-token-auth/", _chapters("", "3.2", "2.2")),
    _login("mobile_login", "/mobile/api/v1.0/auth_token/", _chapters("", "", "6.1"), "mobile_login"),
    # Devices
    Endpoint(
        "terminals", "GET", "/iclock/api/terminals/", Kind.READ, "reader terminals",
        _chapters("List", "5.1", "4.1"), "B1", paged=True,
    ),
    Endpoint(
        "terminal", "GET", "/iclock/api/terminals/{id}/", Kind.READ, "update_terminal; read back of commands",
        _chapters("Read", "5.2", "4.2"),
    ),
    Endpoint(
        "create_terminal", "POST", "/iclock/api/terminals/", Kind.WRITE, "command biotime.terminal.create",
        _chapters("Create"),
    ),
    Endpoint(
        "update_terminal", "PUT", "/iclock/api/terminals/{id}/", Kind.WRITE, "command biotime.terminal.update",
        _chapters("Update"), "B2",
    ),
    Endpoint(
        "delete_terminal", "DELETE", "/iclock/api/terminals/{id}/", Kind.DANGEROUS, "command biotime.terminal.delete",
        _chapters("Delete"),
    ),
    _device_call("clear_command", "Clear command", Kind.DANGEROUS, "B1"),
    _device_call("clear_capture", "Clear capture", Kind.DANGEROUS),
    _device_call("clear_all", "Clear all", Kind.DANGEROUS),
    _device_call("upload_all", "Upload all", Kind.WRITE),
    _device_call("upload_transaction", "Upload transaction", Kind.WRITE),
    _device_call("reboot", "Reboot", Kind.DANGEROUS),
    # People and what they belong to
    *_personnel("employee", "employees", "reader people", 6, 5),
    *_personnel("department", "departments", "reader departments", 7, 6),
    *_personnel("area", "areas", "reader areas", 8, 7),
    *_personnel("position", "positions", "reader positions", 9, 8),
    _employee_action("adjust_area"),
    _employee_action("adjust_department"),
    _employee_action("adjust_position"),
    _employee_action("adjust_resign"),
    _employee_action("resync_to_device"),
    _employee_action("del_bio_template", Kind.DANGEROUS),
    # Punches and reports
    Endpoint(
        "transactions", "GET", "/iclock/api/transactions/", Kind.READ, "reader transactions",
        _chapters("", "10.1", "9.1"), "B1, B4", paged=True, also=("/iclock/api/transctions/",),
    ),
    Endpoint(
        "total_time_card_report", "GET", "/att/api/totalTimeCardReport/", Kind.READ, "reader timecards",
        _chapters("", "", "5 Att"), "B5", paged=True,
    ),
    Endpoint(
        "total_time_card_report_v2", "GET", "/att/api/totalTimeCardReportV2/", Kind.READ, "reader timecards",
        errata="B5", paged=True,
    ),
    # Mobile
    _mobile(
        "app_settings", "GET", "configurations/app_settings/", "6.2", used_by="reader mobile", errata="B3",
        also=_APP_SETTINGS, tried=_APP_SETTINGS,
    ),
    _mobile("mobile_employees", "GET", "employees/", "6.3", errata="B1", paged=True),
    _mobile("mobile_employee", "GET", "employees/{id}/", "6.3"),
    _mobile("clock_in", "POST", "transactions/", "6.4", kind=Kind.WRITE, used_by="command biotime.mobile.clock_in"),
    _mobile("mobile_transactions", "GET", "transactions/", "6.4", used_by="reader mobile", errata="B1, B4", paged=True),
    _mobile(
        "create_manual_log", "POST", "employees/{id}/manual_logs/", "6.5", kind=Kind.WRITE,
        used_by="command biotime.mobile.manual_log",
    ),
    _mobile("weekly_summary", "GET", "employees/{id}/weekly_summary/", "6.6", also=_SUMMARY),
    _mobile("monthly_summary", "GET", "employees/{id}/monthly_summary/", "6.6", also=_SUMMARY),
    _mobile(
        "total_time_cards", "GET", "total_time_cards/page_data/", "6.7", used_by="reader timecards", errata="B5",
        paged=True,
    ),
    _mobile("manual_logs", "GET", "manual_logs/", "6.8", used_by="reader manual_logs", errata="B4", paged=True),
    _mobile(
        "reset_password", "POST", "reset_password/", "6.9", kind=Kind.DANGEROUS,
        used_by="command biotime.mobile.reset_password", errata="B3",
    ),
    _mobile(
        "forgot_password_create_otp", "POST", "forgot_password_create_otp/", "6.9 appendix", kind=Kind.DANGEROUS,
        used_by="command biotime.mobile.forgot_password_create_otp", errata="B3",
    ),
    _mobile(
        "create_password", "POST", "create_password/", "6.9 appendix", kind=Kind.DANGEROUS,
        used_by="command biotime.mobile.create_password", errata="B3",
    ),
    _mobile(
        "exception_summary", "GET", "employees/{id}/exception_summary/", "6.9 appendix", used_by="reader mobile",
        errata="B3",
    ),
    _mobile(
        "reset_employee_password", "POST", "employees/{id}/reset_password/", "6.9 appendix", kind=Kind.DANGEROUS,
        used_by="command biotime.mobile.reset_employee_password", errata="B3",
    ),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Endpoint]] = {endpoint.name: endpoint for endpoint in ENDPOINTS}

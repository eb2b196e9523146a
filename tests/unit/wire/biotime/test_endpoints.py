"""The catalogue has every path that a document prints, and says of each what it is."""

import re

import pytest

from wire.biotime.endpoints import BY_NAME, ENDPOINTS, Dialect, Kind

# Taken out of the three documents by the expression
#   (/(iclock|personnel|att|mobile)/[A-Za-z0-9_./{}<>-]+|/(staff-)?(jwt-)?api-token-auth)( ?<id>/)?
# then ids of the samples written as {id}, the words `device id`, `employee ID` of 5.2, 6.2 as well; `api-token-auth` is
# printed after a `#` only.
PRINTED = {
    Dialect.BIOTIME: """
        /iclock/api/terminals/ /iclock/api/terminals/{id}/ /iclock/api/terminals/clear_all/
        /iclock/api/terminals/clear_capture/ /iclock/api/terminals/clear_command/ /iclock/api/terminals/reboot/
        /iclock/api/terminals/upload_all/ /iclock/api/terminals/upload_transaction/
    """,
    Dialect.UTIMEMASTER: """
        /jwt-api-token-auth/ /api-token-auth/ /staff-jwt-api-token-auth/ /staff-api-token-auth/
        /iclock/api/terminals/ /iclock/api/terminals/{id}/ /iclock/api/transactions/ /iclock/api/transctions/
        /personnel/api/areas/ /personnel/api/areas/{id}/ /personnel/api/departments/ /personnel/api/departments/{id}/
        /personnel/api/employee/ /personnel/api/employees/ /personnel/api/employees/{id}/
        /personnel/api/positions/ /personnel/api/positions/{id}/
    """,
    Dialect.BIOTIMECLOUD: """
        /jwt-api-token-auth/ /api-token-auth/ /staff-jwt-api-token-auth/ /staff-api-token-auth/
        /att/api/totalTimeCardReport/ /iclock/api/terminals/ /iclock/api/terminals/{id}/ /iclock/api/transactions/
        /mobile/api/v1.0/app_settings/ /mobile/api/v1.0/auth_token/ /mobile/api/v1.0/configurations/app_settings/
        /mobile/api/v1.0/create_password/ /mobile/api/v1.0/employees/ /mobile/api/v1.0/employees/{id}/
        /mobile/api/v1.0/employees/{id}/manual_logs/ /mobile/api/v1.0/employees/{id}/weekly_summary/
        /mobile/api/v1.0/employees/{id}/exception_summary/ /mobile/api/v1.0/employees/{id}/reset_password/
        /mobile/api/v1.0/employees/{emp_id}/{summary_type}/ /mobile/api/v1.0/forgot_password_create_otp/
        /mobile/api/v1.0/manual_logs/ /mobile/api/v1.0/reset_password/
        /mobile/api/v1.0/total_time_cards/page_data/ /mobile/api/v1.0/transactions/
        /personnel/api/areas/ /personnel/api/areas/{id}/ /personnel/api/departments/ /personnel/api/departments/{id}/
        /personnel/api/employee/ /personnel/api/employees/ /personnel/api/employees/{id}/
        /personnel/api/positions/ /personnel/api/positions/{id}/
    """,
}
# Chapters that describe a call, with the method that they print.
CHAPTERS = {
    Dialect.BIOTIME: {
        "List": "GET", "Read": "GET", "Create": "POST", "Update": "PUT", "Delete": "DELETE", "Clear command": "POST",
        "Clear capture": "POST", "Clear all": "POST", "Upload all": "POST", "Upload transaction": "POST",
        "Reboot": "POST",
    },
    Dialect.UTIMEMASTER: {
        "2.1": "POST", "2.2": "POST", "3.1": "POST", "3.2": "POST", "5.1": "GET", "5.2": "GET", "10.1": "GET",
        **{f"{chapter}.{n}": method for chapter in (6, 7, 8, 9)
           for n, method in enumerate(("GET", "GET", "POST", "PATCH", "DELETE"), 1)},
    },
    Dialect.BIOTIMECLOUD: {
        "1.1": "POST", "1.2": "POST", "2.1": "POST", "2.2": "POST", "4.1": "GET", "4.2": "GET", "9.1": "GET",
        "5 Att": "GET", "6.1": "POST", "6.2": "GET", "6.3": "GET", "6.4": "POST&GET", "6.5": "POST", "6.6": "GET",
        "6.7": "GET", "6.8": "GET", "6.9": "POST", "6.9 appendix": "POST&GET",
        **{f"{chapter}.{n}": method for chapter in (5, 6, 7, 8)
           for n, method in enumerate(("GET", "GET", "POST", "PATCH", "DELETE"), 1) if chapter != 6},
    },
}  # fmt: skip
DEPARTMENTS_OF_THE_CLOUD = {f"6.{number}" for number in range(1, 6)}  # numbered like the mobile API


def spellings(dialect: Dialect) -> set[str]:
    return {path for e in ENDPOINTS if dialect in e.dialects for path in (e.path, *e.also)}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_printed_path_is_in_the_catalogue(dialect: Dialect) -> None:
    assert set(PRINTED[dialect].split()) - spellings(dialect) == set()


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_chapter_has_its_calls_and_no_call_has_another(dialect: Dialect) -> None:
    found: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS:
        if chapter := endpoint.chapter.get(dialect):
            found.setdefault(chapter, set()).add(endpoint.method)
    for chapter, methods in CHAPTERS[dialect].items():
        expected = set(methods.split("&"))
        assert expected <= found[chapter], chapter
        if chapter not in DEPARTMENTS_OF_THE_CLOUD:
            assert expected == found[chapter], chapter
    assert set(found) == set(CHAPTERS[dialect])


def test_names_are_unique_and_plain() -> None:
    assert len(BY_NAME) == len(ENDPOINTS)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", endpoint.name) for endpoint in ENDPOINTS)
    assert len({(e.method, e.path) for e in ENDPOINTS}) == len(ENDPOINTS)


def test_paths_are_relative_to_the_server_and_end_as_django_wants() -> None:
    assert all(re.fullmatch(r"(/[A-Za-z0-9_.{}-]+)+/", e.path) for e in ENDPOINTS)


def test_reads_are_gets_and_what_destroys_is_dangerous() -> None:
    for endpoint in ENDPOINTS:
        assert (endpoint.kind is Kind.READ) == (endpoint.method == "GET"), endpoint.name
        if endpoint.method == "DELETE" or "password" in endpoint.name:
            assert endpoint.kind is Kind.DANGEROUS, endpoint.name
    for name in ("clear_all", "clear_command", "clear_capture", "reboot", "del_bio_template"):
        assert BY_NAME[name].kind is Kind.DANGEROUS


def test_b2_a_terminal_is_put_and_people_are_patched() -> None:
    assert BY_NAME["update_terminal"].method == "PUT"
    assert "B2" in BY_NAME["update_terminal"].errata
    assert BY_NAME["update_employee"].method == "PATCH"


def test_ids_are_encoded() -> None:
    assert BY_NAME["employee"].url(id="9661d55c-3b41") == "/personnel/api/employees/9661d55c-3b41/"
    assert BY_NAME["employee"].url(id="../x?a=1") == "/personnel/api/employees/..%2Fx%3Fa%3D1/"
    with pytest.raises(KeyError):
        BY_NAME["employee"].url()

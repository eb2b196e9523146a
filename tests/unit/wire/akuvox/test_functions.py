import pytest

from wire.akuvox.errors import CallInvalid
from wire.akuvox.functions import FUNCTIONS, Kind, find_function

# The table "HTTP API Functions" of the document, line by line: path, methods.
TABLE = """
system/info GET/POST
system/status GET/POST
system/reboot GET/POST
firmware/status GET/POST
firmware/prepare GET/POST
firmware/upload POST
firmware/upgrade GET/POST
config/get GET/POST
config/set POST
config/export GET/POST
config/import POST
config/reset_factory GET/POST
relay/get GET/POST
relay/set POST
relay/status GET/POST
relay/trig GET/POST
input/get GET/POST
input/set POST
input/status GET/POST
publiccode/get GET/POST
publiccode/set POST
privatekey/get GET/POST
privatekey/add POST
privatekey/set POST
privatekey/del POST
privatekey/clear GET/POST
privatekey/export GET/POST
privatekey/import POST
rfkey/get GET/POST
rfkey/add POST
rfkey/set POST
rfkey/del POST
rfkey/clear GET/POST
rfkey/export GET/POST
rfkey/import POST
contact/get GET/POST
contact/add POST
contact/set POST
contact/del POST
contact/clear GET/POST
contact/export GET/POST
contact/import POST
group/get GET/POST
group/add POST
group/set POST
group/clear GET/POST
call/status GET/POST
call/dial GET/POST
call/hangup GET/POST
sip/get GET/POST
sip/set POST
sip/status GET/POST
dialreplace/get GET/POST
dialreplace/add POST
dialreplace/set POST
dialreplace/del POST
dialreplace/clear GET/POST
dialreplace/export GET/POST
dialreplace/import GET/POST
log/get GET/POST
log/set POST
log/export GET/POST
log/clear GET/POST
callog/get GET/POST
callog/del POST
callog/clear GET/POST
callog/export GET/POST
doorlog/get GET/POST
doorlog/del POST
doorlog/clear GET/POST
doorlog/export GET/POST
pcap/status GET/POST
pcap/start GET/POST
pcap/stop GET/POST
pcap/export GET/POST
user/info GET/POST
user/get GET/POST
user/add POST
user/set POST
user/scan POST
user/edit GET/POST
user/del POST
user/clear GET/POST
user/export GET/POST
user/import POST
"""
LINES = [line.split() for line in TABLE.strip().splitlines()]

# Calls that spec/connectors.md (e) never does by itself, and those that are audited and off by default.
NEVER_UNASKED = {
    *(f"{target}/clear" for target in ("privatekey", "rfkey", "contact", "group", "dialreplace", "user")),
    *(f"{target}/import" for target in ("privatekey", "rfkey", "contact", "dialreplace", "user", "config")),
    *("doorlog/clear", "doorlog/del", "callog/clear", "callog/del", "log/clear"),
    *(
        "firmware/prepare",
        "firmware/upload",
        "firmware/upgrade",
        "config/set",
        "config/reset_factory",
        "publiccode/set",
    ),
    *("sip/set", "relay/set", "input/set", "system/reboot", "relay/trig", "call/dial", "call/hangup"),
    *("pcap/start", "pcap/stop", "user/edit"),
}


def test_catalogue_is_the_table() -> None:
    assert [(function.path, "/".join(function.methods)) for function in FUNCTIONS] == [
        (f"/api/{name}", methods) for name, methods in LINES
    ]


def test_every_call_has_a_method_of_its_own_and_a_chapter() -> None:
    assert len({function.method for function in FUNCTIONS}) == len(FUNCTIONS) == 85
    assert find_function("doorlog/get").chapter == "Api doorlog get"
    assert all(function.used_by for function in FUNCTIONS)


def test_dangerous_calls_are_these() -> None:
    assert {function.name for function in FUNCTIONS if function.kind is Kind.DANGEROUS} == NEVER_UNASKED


def test_reads_can_be_made_with_get_and_the_rest_with_post() -> None:
    for function in FUNCTIONS:
        assert ("GET" if function.kind is Kind.READ else "POST") in function.methods, function.name


def test_calllog_is_tried_in_the_spelling_of_the_field_first() -> None:
    assert find_function("callog/get").targets == ("calllog", "callog")
    assert [function.name for function in FUNCTIONS if len(function.targets) > 1] == [
        "callog/get", "callog/del", "callog/clear", "callog/export",
    ]  # fmt: skip


def test_files_have_the_multipart_keys_of_the_document() -> None:
    uploads = {function.name: function.upload for function in FUNCTIONS if function.upload}
    assert uploads.pop("firmware/upload") == "file"
    assert set(uploads) == {name for name, _ in LINES if name.endswith("/import")}
    assert set(uploads.values()) == {"config"}
    assert {function.name for function in FUNCTIONS if function.file} == {
        name for name, _ in LINES if name.endswith("/export")
    }


def test_copied_samples_are_named_in_the_errata() -> None:
    for name in ("privatekey/set", "group/clear", "doorlog/del", "doorlog/get", "doorlog/export"):
        assert find_function(name).errata.startswith("A1"), name


def test_unknown_call() -> None:
    with pytest.raises(CallInvalid, match="no call"):
        find_function("fe/upgrade")

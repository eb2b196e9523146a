"""Pay periods through the control API, with a token of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from runtime.key_files import new_key
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from tests.integration.helpers import make_settings, until
from tests.integration.ingest.control.derive_stand_in import deriving
from tests.integration.ingest.control.test_control import controlling, put_states
from tests.integration.ingest.control.test_periods import END, RECORDS
from tests.unit.ingest.control.samples import device_state

OFFICE = "/v1/payperiods/office/2026-02-20"


@pytest.fixture
def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "default")
    return make_settings(
        stack, topic_prefix, "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}", f"control.tokens_file={tmp_path / 'tokens.toml'}", "control.port=0",
    )  # fmt: skip


async def test_a_period_through_the_api(settings: Settings) -> None:
    async with controlling(settings) as control:
        await write_changes(settings.kafka, compare_records([], RECORDS))
        await put_states(settings, device_state("A1", watermark=END))
        await until(lambda: control.operations.device_list.find("A1").status is not None, "the view has the device")
        assert (await control.ask("reader", "GET", OFFICE))[0] == 404
        status, body = await control.ask("operator", "POST", f"{OFFICE}/close", {"wait_seconds": 0})
        assert (status, body["period"]["status"], body["reported"]) == (200, "CLOSING", 0)
        async with deriving(settings):
            status, body = await control.ask("operator", "POST", f"{OFFICE}/close", {"wait_seconds": 30})
        assert (status, body["period"]["status"], body["partitions"]) == (200, "LOCKED", 2)
        content_hash = body["period"]["manifest"]["content_hash"]
        status, body = await control.ask("reader", "GET", f"{OFFICE}/manifest", tenant="default")
        assert (status, body["manifest"]["content_hash"]) == (200, content_hash)
        status, body = await control.ask(
            "operator", "POST", f"{OFFICE}/acknowledge", {"content_hash": "0" * 32, "reason": "run 7"}
        )
        assert (status, body["error"]["code"]) == (409, "hash_differs")
        status, body = await control.ask("operator", "POST", f"{OFFICE}/acknowledge", {"content_hash": content_hash})
        assert (status, body["period"]["acknowledged_by"]) == (200, "operator")
        status, body = await control.ask("reader", "GET", "/v1/payperiods", status="LOCKED")
        assert [(one["period"]["first"], one["period"]["version"]) for one in body["items"]] == [("2026-02-01", 3)]
        assert (await control.ask("reader", "GET", "/v1/payperiods", status="OPEN"))[1]["items"] == []


async def test_what_the_api_refuses(settings: Settings) -> None:
    async with controlling(settings) as control:
        for who, method, path, body, expected in (
            ("reader", "POST", f"{OFFICE}/close", {}, 403),
            ("berliner", "POST", f"{OFFICE}/close", {}, 403),
            ("operator", "POST", f"{OFFICE}/waivers", {"code": "ABSENT", "reason": "r"}, 403),
            ("operator", "POST", f"{OFFICE}/reopen", {}, 403),
            ("operator", "POST", f"{OFFICE}/retro", {"reason": "r"}, 403),
            ("admin", "POST", f"{OFFICE}/waivers", {"code": "ABSENT", "reason": ""}, 400),
            ("admin", "POST", f"{OFFICE}/waivers", {"code": "ABSENT", "work_date": "2026-03-01", "reason": "r"}, 400),
            ("admin", "POST", f"{OFFICE}/close", {"tenant": "other"}, 403),
            ("admin", "POST", f"{OFFICE}/close", {"sites": ["rome"]}, 400),
            ("admin", "POST", "/v1/payperiods/office/2200-01-01/close", {}, 409),
            ("admin", "POST", "/v1/payperiods/office/soon/close", {}, 400),
            ("admin", "POST", f"{OFFICE}/open", {}, 404),
            ("admin", "POST", f"{OFFICE}/acknowledge", {"content_hash": "x"}, 400),
        ):
            status, answer = await control.ask(who, method, path, body)
            assert status == expected, (who, path, body, answer)
        assert [event for event in await control.audit() if event.action.startswith("payperiod")] == []

"""What a station says of a call: A09, the two spellings of the call log, what a firmware does not have."""

from typing import Any

import pytest
from aiohttp import web

from connectors.errors import NotSupported, OutcomeUnknown, RequestRefused, ServerFault, WrongStation
from tests.unit.connectors.akuvox.fake_station import FakeStation, client_of, ok, text_of

UNSUPPORTED = {"retcode": -1, "action": "unknow", "message": "unsupport action"}
INFO = {"Status": {"MAC": "0C:11:05:07:8B:71", "Model": "R29S", "FirmwareVersion": "29.1"}}


def _says(retcode: int, message: str = "error", **more: Any) -> web.Response:
    return web.json_response({"retcode": retcode, "message": message} | more)


async def test_a09_one_is_success(station: FakeStation) -> None:
    station.answer(_says(1, "OK"))
    async with client_of(station) as client:
        assert (await client.add_users([{"Name": "A"}])).retcode == 1


async def test_a09_unsupported_is_remembered_and_not_asked_again(station: FakeStation) -> None:
    station.answer(web.json_response(UNSUPPORTED))
    async with client_of(station) as client:
        for _ in range(2):
            with pytest.raises(NotSupported, match="/api/doorlog/get"):
                await client.door_log(1)
        assert client.unsupported == {"/api/doorlog/get"}
    assert len(station.asked) == 1


async def test_a09_parameter_error(station: FakeStation) -> None:
    station.answer(_says(-100, "bad Code 12345678"), _says(-100))
    async with client_of(station) as client:
        with pytest.raises(RequestRefused, match="-100") as raised:
            await client.door_log(1)
        with pytest.raises(RequestRefused):
            await client.add_users([{"Name": "A"}])
    assert "12345678" not in str(raised.value)


async def test_a_failed_read_is_a_fault_and_a_failed_write_was_refused(station: FakeStation) -> None:
    station.answer(_says(-1), _says(-1, "Wrong MD5", data={"md5": "x"}))
    async with client_of(station) as client:
        with pytest.raises(ServerFault):
            await client.door_log(1)
        with pytest.raises(RequestRefused, match="Wrong MD5"):
            await client.upgrade_firmware()


async def test_what_a_firmware_lacks_is_asked_again_of_the_next(station: FakeStation) -> None:
    newer = {"Status": INFO["Status"] | {"FirmwareVersion": "30.2"}}
    station.answer(web.json_response(UNSUPPORTED), ok(INFO), ok(newer), ok({"num": 0}), ok(INFO))
    async with client_of(station) as client:
        with pytest.raises(NotSupported):
            await client.door_log(1)
        await client.system_info()
        assert client.unsupported == {"/api/doorlog/get"}  # learnt before the firmware was known
        await client.system_info()
        assert (client.firmware, client.unsupported) == ("30.2", frozenset())
        assert (await client.door_log(1)).rows == ()
        await client.system_info()
        with pytest.raises(NotSupported):
            await client.door_log(1)
    assert len(station.asked) == 5


async def test_memory_of_an_earlier_process(station: FakeStation) -> None:
    async with client_of(station) as client:
        client.remember_unsupported("", ["/api/input/status"])
        with pytest.raises(NotSupported):
            await client.input_status()
    assert station.asked == []


async def test_calllog_then_callog_then_callog_at_once(station: FakeStation) -> None:
    station.answer(web.json_response(UNSUPPORTED), ok({"num": 1, "item": [{"ID": "23"}]}), ok({"num": 0}))
    async with client_of(station) as client:
        assert (await client.call_log(1)).rows == ({"ID": "23"},)
        await client.call_log(2)
    assert [asked.path for asked in station.asked] == ["/api/calllog/get", "/api/callog/get", "/api/callog/get"]


async def test_calllog_that_is_not_found_is_no_proof(station: FakeStation) -> None:
    station.answer(text_of(404), ok({"num": 0}), text_of(404), text_of(404))
    async with client_of(station) as client:
        await client.call_log(1)
        with pytest.raises(RequestRefused, match="404"):
            await client.call_log(1)
        assert client.unsupported == frozenset()


async def test_neither_spelling(station: FakeStation) -> None:
    station.answer(web.json_response(UNSUPPORTED), web.json_response(UNSUPPORTED))
    async with client_of(station) as client:
        for _ in range(2):
            with pytest.raises(NotSupported):
                await client.call_log(1)
    assert len(station.asked) == 2


async def test_the_envelope_names_the_spelling_that_is_tried(station: FakeStation) -> None:
    station.answer(web.json_response(UNSUPPORTED), ok())
    async with client_of(station) as client:
        await client.clear_call_log()
    assert [asked.envelope["target"] for asked in station.asked] == ["calllog", "callog"]


async def test_another_station_at_the_address(station: FakeStation) -> None:
    station.answer(ok({"Status": INFO["Status"] | {"MAC": "0C:11:05:00:00:01"}}))
    async with client_of(station) as client:
        with pytest.raises(WrongStation, match="0C1105000001"):
            await client.system_info()
        assert client.firmware == ""


@pytest.mark.parametrize("body", ["", "<html>login", "[]", '{"message":"OK"}', '{"retcode":0,"data":{"item":"x"}}'])
async def test_an_error_is_never_an_empty_list(body: str, station: FakeStation) -> None:
    station.answer(text_of(200, body))
    async with client_of(station) as client:
        with pytest.raises(ServerFault):
            await client.door_log(1)


async def test_a_write_without_a_readable_answer_is_unknown(station: FakeStation) -> None:
    station.answer(text_of(200, "<html>"), text_of(200, ""))
    async with client_of(station) as client:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="read back"):
                await client.add_users([{"Name": "A", "PrivatePIN": "7777"}])
    assert len(station.asked) == 2

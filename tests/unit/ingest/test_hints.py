"""Action URLs over a real socket (spec/connectors.md A12, B-3.9)."""

from __future__ import annotations

import json

import pytest

from ingest.hints import kept_params
from runtime.hint_paths import hint_path
from tests.unit.ingest.stand_ins import HINT_KEY, NOW_MS, body_of, running_edge, status_of

MAC = "0C1105078B71"
PATH = hint_path(HINT_KEY, MAC)


async def test_an_action_url_becomes_a_hint_without_codes() -> None:
    async with running_edge() as edge:
        answer = await edge.get(
            f"{PATH}?event=face_valid&mac={MAC}&userid=5&unlocktype=Face&time=1770000000&code=4711&card_sn=99&qrcode=x"
        )
        assert (status_of(answer), body_of(answer)) == (200, b"OK")
        (sent,) = edge.producer.sent
        assert (sent.topic, sent.key, sent.partition_by) == ("hints", b"akuvox:" + MAC.encode(), sent.key)
        assert json.loads(sent.value) == {
            "v": 1,
            "station": f"akuvox:{MAC}",
            "at": NOW_MS,
            "params": {"event": "face_valid", "mac": MAC, "userid": "5", "unlocktype": "Face", "time": "1770000000"},
        }


WRONG = (f"/hints/akuvox/{MAC}", f"/hints/akuvox/{MAC}/", PATH[:-1], PATH + "0", PATH.replace(MAC, "0C1105078B72"))


@pytest.mark.parametrize("path", [*WRONG, "/hints/akuvox//", "/hints/akuvox/%00"])
async def test_who_does_not_know_the_path_is_told_nothing(path: str) -> None:
    async with running_edge() as edge:
        assert status_of(await edge.get(f"{path}?mac={MAC}")) == 404
        assert edge.producer.sent == []


async def test_a_hint_is_answered_once_kafka_has_it() -> None:
    async with running_edge() as edge:
        for mode in ("fail", "full"):
            edge.producer.mode = "fail" if mode == "fail" else "full"
            assert status_of(await edge.get(f"{PATH}?event=x")) == 503


async def test_only_get_is_served() -> None:
    async with running_edge() as edge:
        assert status_of(await edge.post(f"{PATH}?event=x", b"code=1")) == 405


def test_placeholders_and_what_is_not_named_are_left_out() -> None:
    query = "Event=input&input1status=1&relay2status=0&user_name=J%C3%B6rg&ip=$ip&$code=1&Code=2&pin=3&password=4"
    assert kept_params(query) == {"event": "input", "input1status": "1", "relay2status": "0", "user_name": "Jörg"}
    assert kept_params("&".join(f"input{n}=1" for n in range(50))) == {}
    assert len(kept_params("event=" + "x" * 900)["event"]) == 200

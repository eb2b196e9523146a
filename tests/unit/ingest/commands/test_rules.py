"""The pure rules: waves, state maps, registry records, file names, when the sweeper ends what."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.commands.effects import CommandEffects, new_key_of, with_state_map
from ingest.commands.files import is_file_of, name_of
from ingest.commands.rollout import waves
from ingest.commands.state_maps import state_map_after
from ingest.commands.sweeper import CommandSweeper
from runtime.command_log import CommandLog
from runtime.communication_keys import digest, matches
from runtime.producer import Producer
from runtime.sections import KafkaSettings
from schemas.command_state import LONGEST_LIFE_MS, RESEND_AFTER_MS, CommandStatus
from schemas.registry import DevicePeriod, DeviceRecord
from tests.unit.ingest.commands.stand_ins import AT, MemoryKafka, MemoryRegistryView, TestEdge, request
from tests.unit.ingest.stand_ins import KEYS
from wire.zkpush.commands import build


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=70))
def test_no_wave_is_larger_than_what_was_proved_before_it(commands_of: list[int]) -> None:
    places = waves(commands_of)
    assert (places[0].wave, places[0].waits_for) == (0, 0)
    for number in range(1, places[-1].wave + 1):
        members = [index for index, place in enumerate(places) if place.wave == number]
        assert len(members) <= members[0]
        assert {places[index].waits_for for index in members} == {sum(commands_of[: members[0]])}
    assert [place.wave for place in places] == sorted(place.wave for place in places)


def line(name: str, **arguments: Any) -> str:
    return build(name, arguments).text.decode()


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (line("attendance_state.map", state=1, value=15), {}, {"15": 1}),
        (line("attendance_state.map", state=1, value=16), {"15": 1, "20": 4}, {"20": 4, "16": 1}),
        (line("attendance_state.map", state=1, value=1), {"15": 1, "1": 0}, {}),
        (line("attendance_state.map", state=4, value=15), {"15": 1}, {"15": 4}),
        (line("shortcut_key.update", key=2, function=1, state=1, value=15), {}, {"15": 1}),
        (line("shortcut_key.update", key=2, function=1, state=7, value=15), {"9": 1}, {"9": 1}),
        (line("shortcut_key.update", key=2, function=1, state=1, value=0), {"0": 3, "9": 2}, {"9": 2}),
        (line("shortcut_key.update", key=2, function=2), {"9": 1}, {"9": 1}),
        (line("function_key.reset"), {"9": 1}, {}),
        (line("device.info"), {"9": 1}, {"9": 1}),
    ],
)
def test_what_a_command_makes_of_the_state_map(text: str, before: dict[str, int], after: dict[str, int]) -> None:
    assert state_map_after(text, before) == after


def test_a_new_map_holds_from_then_on_and_what_was_logged_before_keeps_its_meaning() -> None:
    periods = (
        DevicePeriod(valid_to=AT - 9, state_map={"9": 9}),
        DevicePeriod(valid_from=AT - 9, valid_to=AT + 50, tenant="acme", state_map={"20": 4}),
        DevicePeriod(valid_from=AT + 50, tenant="acme", site="moved"),
    )
    before = DeviceRecord("SN1", periods, source="connector")
    mapping = line("attendance_state.map", state=1, value=15)
    after = with_state_map(before, mapping, AT)
    assert after.source == "connector"
    assert [(p.valid_from, p.valid_to, p.state_map, p.site) for p in after.periods] == [
        (None, AT - 9, {"9": 9}, ""),
        (AT - 9, AT, {"20": 4}, ""),
        (AT, AT + 50, {"20": 4, "15": 1}, ""),
        (AT + 50, None, {"15": 1}, "moved"),
    ]
    assert with_state_map(after, mapping, AT + 9) == after  # the same answer once more


class Registry(MemoryRegistryView):
    """Takes what is written as its own."""

    async def write(self, _: Any, changes: Any) -> int:
        changed = [change.record for change in changes if change.action != "same"]
        self.records.update({record.id: record for record in changed})
        return len(changed)


async def test_a_new_key_is_taken_beside_the_old_one_and_alone_once_it_was_seen(monkeypatch: Any) -> None:
    registry = Registry()
    monkeypatch.setattr("ingest.commands.effects.write_changes", registry.write)
    effects = CommandEffects(registry=cast(Any, registry), keys=KEYS, kafka=KafkaSettings())
    old = digest(KEYS.sealer("acme"), "111111")
    registry.put("SN1", DevicePeriod(tenant="acme", key_digests=(old,)))
    registry.put("SN2", DevicePeriod(tenant="acme"))

    def good(serial: str, key: str) -> bool:
        return matches(KEYS, key, registry.records[serial].periods[0].key_digests)

    await effects.new_keys_expected({"SN1": "222222", "SN2": "222222", "SN3": "222222"}, AT)
    assert good("SN1", "111111")
    assert good("SN1", "222222")
    assert registry.records["SN2"].periods[0].key_digests == ()  # it is not asked for one yet
    for _ in range(2):
        await effects.new_key_seen("SN1", "222222", AT)
    await effects.new_key_seen("SN2", "222222", AT)
    await effects.new_key_seen("SN3", "222222", AT)
    assert not good("SN1", "111111")
    assert good("SN1", "222222")
    assert good("SN2", "222222")
    for number in range(20):
        await effects.new_keys_expected({"SN1": f"{number:06}"}, AT)
    assert len(registry.records["SN1"].periods[0].key_digests) == 4


def test_which_lines_set_a_key() -> None:
    assert new_key_of(line("option.set", item="PushComKey", value="246810")) == "246810"
    assert new_key_of(line("option.set", item="IsPushComKey", value="1")) == ""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/iclock/file?SN=X1&url=fw/main.tgz", "fw/main.tgz"),
        ("http://e:8080/iclock/file?SN=X1&url=fw/main.tgz", "fw/main.tgz"),
        ("file?SN=X1&url=main.tgz", "main.tgz"),
        ("/iclock/file?SN=X1&url=http://e/iclock/file?SN=X1%26url=main.tgz", "main.tgz"),
        ("/iclock/file/fw/X938/main.tgz", "fw/X938/main.tgz"),
        ("/iclock/ffile/fw/a%20b.jpg", "fw/a b.jpg"),
        ("/iclock/FileName=main.tgz?x=1", "main.tgz"),
        ("//iclock//file//main.tgz?SN=1", "main.tgz"),
        ("/iclock/getrequest?SN=1", ""),
        ("/iclock/file", ""),
    ],
)
def test_which_file_an_address_names(address: str, name: str) -> None:
    assert name_of(address) == name


def test_only_files_within_the_folder_are_files_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "fw").mkdir(parents=True)
    (folder / "fw" / "a").write_text("x")
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")
    names = ("fw/a", "fw", "../secret", str(tmp_path / "secret"), "link", "", "a\0b", "none")
    assert [is_file_of(folder, name) for name in names] == [True] + [False] * 7


def sweeper(edge: TestEdge, at: int) -> CommandSweeper:
    log = CommandLog(cast(Producer, edge.kafka))
    edge.view.read_all()
    return CommandSweeper(view=edge.view, log=log, by="edge:a", random=Random(1), clock=lambda: at / 1000)


async def test_the_sweeper_ends_what_is_over_and_nothing_else() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", max_sends=1)
    request(edge.kafka, "2", expires_at=AT + 50)
    request(edge.kafka, "3", serial="SN2")
    await edge.poll()

    assert await sweeper(edge, AT + 10).sweep() == 0
    assert await sweeper(edge, AT + 60).sweep() == 1
    assert await sweeper(edge, AT + RESEND_AFTER_MS).sweep() == 1
    assert await sweeper(edge, AT + RESEND_AFTER_MS).sweep() == 0
    assert [edge.state(one).status for one in ("1", "2")] == [CommandStatus.EXPIRED] * 2
    assert edge.state("1").end_reason == "handed out 1 times, never answered"
    assert edge.view.has_open("SN2")


async def test_the_sweeper_stops_waiting_for_devices_that_never_came_back() -> None:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "1", confirm=True)
    await edge.poll()
    await edge.result(b"ID=1&Return=0&CMD=INFO\n")
    await sweeper(edge, AT + LONGEST_LIFE_MS).sweep()
    assert edge.view.has_open("SN1")
    await sweeper(edge, AT + LONGEST_LIFE_MS + 1).sweep()
    assert not edge.view.has_open("SN1")

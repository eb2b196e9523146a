"""Lines of an answer and how many fit (document 2.4.5, VI 6; errata Z1; zk-push.md D6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.zkpush.commands import CATALOGUE, MAX_BYTES, MAX_BYTES_GPRS, MAX_COUNT, frame, pack
from wire.zkpush.errors import CommandInvalid

Command = tuple[str, str, bytes]


def command(number: int, name: str = "user.update", size: int = 20) -> Command:
    return (str(number), name, b"x" * size)


def names(chosen: list[Command]) -> list[str]:
    return [name for _, name, _ in chosen]


def test_a_line() -> None:
    assert frame("223", b"INFO") == b"C:223:INFO\n"
    assert frame("999999999", b"DATA QUERY USERINFO PIN=1") == b"C:999999999:DATA QUERY USERINFO PIN=1\n"


@pytest.mark.parametrize("bad", ["", "0", "012", "a1", "1234567890", "-1", "1 ", "1\n", "\u0661", "1:REBOOT\nC:2"])
def test_z1_ids_are_one_to_nine_digits(bad: str) -> None:
    with pytest.raises(CommandInvalid, match="must be 1 to 9 digits"):
        frame(bad, b"INFO")


@pytest.mark.parametrize("bad", [b"", b"INFO\nC:2:REBOOT", b"INFO\r", b"IN\0FO"])
def test_one_line_only(bad: bytes) -> None:
    with pytest.raises(CommandInvalid, match="must be one line"):
        frame("1", bad)


def test_nothing_to_do() -> None:
    assert pack([]) == []


def test_at_most_200_commands() -> None:
    commands = [command(number) for number in range(1, 301)]
    assert pack(commands) == commands[:MAX_COUNT]
    assert pack(commands, max_count=3) == commands[:3]


@pytest.mark.parametrize("limit", [MAX_BYTES, MAX_BYTES_GPRS])
def test_at_most_so_many_bytes(limit: int) -> None:
    commands = [command(number, size=1017) for number in range(100, 199)]  # 1024 bytes each with C:100: and line end
    assert len(pack(commands, max_bytes=limit)) == limit // 1024
    assert len(pack(commands, max_bytes=limit - 1)) == limit // 1024 - 1


def test_a_command_larger_than_all_goes_alone() -> None:
    large = command(1, "biophoto.update", size=MAX_BYTES)
    assert pack([large, command(2)]) == [large]
    assert pack([command(2), large]) == [command(2)]


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if entry.last])
def test_what_must_be_last_ends_the_answer(name: str) -> None:
    commands = [command(1), command(2, name), command(3), command(4, name)]
    assert pack(commands) == commands[:2]
    assert pack(commands[2:]) == commands[2:]


def test_users_queued_behind_a_clear_are_not_cleared() -> None:
    commands = [command(1, "data.clear"), command(2)]
    assert names(pack(commands)) == ["data.clear"]


def test_an_unknown_command_is_not_sent() -> None:
    with pytest.raises(CommandInvalid, match="is no command"):
        pack([command(1, "user.fly")])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(CATALOGUE)), st.integers(1, 3000)), max_size=40),
    st.integers(1, 30),
    st.integers(1, 8000),
)
def test_an_answer_is_a_prefix_within_its_limits(queue: list[tuple[str, int]], max_count: int, max_bytes: int) -> None:
    commands = [command(number, name, size) for number, (name, size) in enumerate(queue, 1)]
    chosen = pack(commands, max_count, max_bytes)
    assert chosen == commands[: len(chosen)]
    assert bool(chosen) == bool(commands)
    assert len(chosen) <= max_count
    assert len(chosen) < 2 or sum(len(frame(one, text)) for one, _, text in chosen) <= max_bytes
    assert not any(CATALOGUE[name].last for name in names(chosen)[:-1])

"""No value can add a line, a command or a parameter, whatever text comes in (zk-push.md D5)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.wire.commands.examples import EXAMPLES, Example
from wire.zkpush.commands import CATALOGUE, build, frame
from wire.zkpush.errors import CommandInvalid

HOSTILE = ("\n", "\r", "\0", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800")
PLACES = [
    (example, argument)
    for example in EXAMPLES
    for argument, value in example.arguments.items()
    if argument != "all_records" and example.name != "raw"
]


def place_id(place: tuple[Example, str]) -> str:
    return f"{place[0].name}-{place[1]}"


@pytest.mark.parametrize("place", PLACES, ids=place_id)
def test_no_control_character_anywhere(place: tuple[Example, str]) -> None:
    example, argument = place
    for hostile in HOSTILE:
        for value in (hostile, f"{example.arguments[argument]}{hostile}", f"1{hostile}Pri=14"):
            with pytest.raises(CommandInvalid):
                build(example.name, {**example.arguments, argument: value})


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(PLACES),
    st.text(max_size=12),
    st.sampled_from(("", *HOSTILE, "Pri=14", "pri=14", ",x=1", "=", "\\t", " ", "*")),
    st.text(max_size=12),
    st.sampled_from(("utf-8", "gb18030")),
)
def test_a_value_stays_a_value(place: tuple[Example, str], before: str, hostile: str, after: str, charset: str) -> None:
    """Either it is refused, or the line has the same words, tabs and keys as with an honest value."""
    example, argument = place
    try:
        built = build(example.name, {**example.arguments, argument: before + hostile + after}, charset)
    except CommandInvalid:
        return
    entry = CATALOGUE[example.name]
    assert frame("1", built.text).count(b"\n") == 1
    text = built.text.decode(charset)
    assert text.startswith(entry.words)
    assert [one for one in text if ord(one) < 32 and one != "\t"] == []
    keys = [parameter.key for parameter in entry.parameters if parameter.key]
    if entry.separator == "\t" and keys:
        pieces = text.removeprefix(f"{entry.words} ").split("\t")
        assert [key for key in keys if any(piece.startswith(f"{key}=") for piece in pieces)] == [
            piece.partition("=")[0] for piece in pieces if "=" in piece and piece.partition("=")[0] in keys
        ]
        assert len(pieces) <= len(entry.parameters)


@pytest.mark.parametrize("value", ["Ann Pri=14", "Ann pri=14", "AnnPRI=14", "Passwd=", "x VerifyMode=1"])
def test_a_name_that_looks_like_another_parameter(value: str) -> None:
    """Old firmware searches the line for the key, wherever it stands."""
    with pytest.raises(CommandInvalid, match="which the device would read as that parameter"):
        build("user.update", {"pin": "1", "name": value})


def test_an_equals_sign_that_is_no_key_is_kept() -> None:
    assert build("user.update", {"pin": "1", "name": "a=b"}).text == b"DATA UPDATE USERINFO PIN=1\tName=a=b"


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40))
def test_a_raw_line_is_one_line(line: str) -> None:
    try:
        built = build("raw", {"line": line})
    except CommandInvalid:
        return
    assert built.text == line.encode()
    assert frame("1", built.text).count(b"\n") == 1

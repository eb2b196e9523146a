"""The `key=value` line grammar and its writer (spec/zk-push.md O3, O4, O8)."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.pairs import FieldUnsendable, decode_base64, parse_pairs, read_integer, serialise_pairs


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b"PIN=17\tName=Ann, Mary Lee\tTZ=", {"pin": "17", "name": "Ann, Mary Lee", "tz": ""}),
        (b"PIN=17\tTMP=AQIDBA==\t", {"pin": "17", "tmp": "AQIDBA=="}),
        (b"Pin=17\tSIZE=8\tValid=1", {"pin": "17", "size": "8", "valid": "1"}),
        (b" PIN = 17\tName= Ann ", {"pin": " 17", "name": " Ann "}),
        (b"a=1\t\t\tb=2\t \t", {"a": "1", "b": "2"}),
        (b"PIN=982 Name=Richard Lee Passwd=9822 Card=13375590 Grp=1 TZ=", {
            "pin": "982", "name": "Richard Lee", "passwd": "9822", "card": "13375590", "grp": "1", "tz": ""}),
        (b"PIN=982   Name=Richard  Lee  ", {"pin": "982", "name": "Richard  Lee  "}),
        (b"PIN=982 Name=Ann Card=1\tGrp=1", {"pin": "982 Name=Ann Card=1", "grp": "1"}),  # one tab: blanks mean blanks
        (b"Colour=dark red, or so", {"colour": "dark red, or so"}),
        (b"Note=my name is Ann", {"note": "my name is Ann"}),
        (b"", {}),
    ],
)  # fmt: skip
def test_fields(line: bytes, fields: dict[str, str]) -> None:
    pairs = parse_pairs(line)
    assert (pairs.fields, pairs.loose, pairs.repeated) == (fields, (), ())


def test_the_first_of_a_key_counts_and_the_repeated_one_is_named() -> None:
    pairs = parse_pairs(b"PIN=1\tpin=2\tName=a\tPIN=3")
    assert (pairs.fields, pairs.repeated) == ({"pin": "1", "name": "a"}, ("pin", "pin"))


def test_names_are_kept_as_sent_and_pieces_without_a_key_are_not_lost() -> None:
    pairs = parse_pairs(b"PIN=1\tStartDatetime=0\tLee\t=x\t~Odd=1")
    assert pairs.names == {"pin": "PIN", "startdatetime": "StartDatetime", "~odd": "~Odd"}
    assert pairs.loose == ("Lee", "=x")


def test_blobs_are_views_on_the_body() -> None:
    body = b"USERPIC PIN=1\tContent=AAAA\tcontent=BBBB\tSize=4"
    pairs = parse_pairs(body, 8, None, frozenset((b"content",)))
    assert pairs.fields == {"pin": "1", "size": "4"}
    assert bytes(pairs.blobs["content"]) == b"AAAA"
    assert pairs.blobs["content"].obj is body
    assert pairs.repeated == ("content",)


def test_blobs_are_found_where_blanks_stand_for_tabs() -> None:
    pairs = parse_pairs(b"PIN=982 FID=1 TMP=AQ==", blob_keys=frozenset((b"tmp",)))
    assert (pairs.fields, bytes(pairs.blobs["tmp"])) == ({"pin": "982", "fid": "1"}, b"AQ==")


@pytest.mark.parametrize(
    ("name", "raw", "charset"),
    [("Zoë", "Zoë".encode(), "utf-8"), ("张三", "张三".encode("gb18030"), "gb18030"), ("ÿ", b"\xff", "latin-1")],
)
@pytest.mark.parametrize("blob_keys", [frozenset[bytes](), frozenset((b"tmp",))])
def test_the_charset_is_that_of_the_line(name: str, raw: bytes, charset: str, blob_keys: frozenset[bytes]) -> None:
    pairs = parse_pairs(b"PIN=1\tName=" + raw + b"\tGrp=1", blob_keys=blob_keys)
    assert (pairs.fields, pairs.charset) == ({"pin": "1", "name": name, "grp": "1"}, charset)


@given(st.binary(max_size=200), st.booleans())
def test_nothing_raises_and_every_piece_is_somewhere(body: bytes, as_blob: bool) -> None:
    pairs = parse_pairs(body, blob_keys=frozenset((b"tmp", b"a")) if as_blob else frozenset())
    if b"\t" in body:
        found = len(pairs.fields) + len(pairs.blobs) + len(pairs.loose) + len(pairs.repeated)
        pieces = [piece for piece in body.split(b"\t") if piece.strip(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")]
        assert found <= len(body.split(b"\t"))
        if body.isascii():
            assert found >= len(pieces)


KEY = st.from_regex(r"[A-Za-z~][A-Za-z0-9_]{0,8}", fullmatch=True)
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\r\n\0"), max_size=12)


@given(st.dictionaries(KEY, TEXT, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_key_order_and_key_case_do_not_matter(pairs: dict[str, str], shuffler: random.Random) -> None:
    folded = {key.casefold(): value for key, value in reversed(pairs.items())}
    items = list(pairs.items())
    line = serialise_pairs(items)
    assert parse_pairs(line).fields == folded
    unique = list({key.casefold(): (key, value) for key, value in items}.values())
    shuffler.shuffle(unique)
    swapped = serialise_pairs((key.swapcase(), value) for key, value in unique)
    assert parse_pairs(swapped).fields == {key.casefold(): value for key, value in unique}


@pytest.mark.parametrize("value", ["a\tb", "a\nDATA DELETE USERINFO", "a\rb", "a\0", b"AQ\n=="])
def test_a_value_cannot_break_out_of_its_line(value: str | bytes) -> None:
    with pytest.raises(FieldUnsendable, match="'Name'") as caught:
        serialise_pairs([("Name", value)])
    assert "DATA DELETE" not in str(caught.value)


def test_a_charset_that_cannot_write_a_name_is_named() -> None:
    assert serialise_pairs([("Name", "张")], "gb18030") == b"Name=" + "张".encode("gb18030")
    with pytest.raises(FieldUnsendable, match="latin-1 cannot write"):
        serialise_pairs([("Name", "张")], "latin-1")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("255", 255), ("1648", 1648), (" 7 ", 7), ("-1", -1), ("007", 7), ("", None), ("x", None), ("1_0", None),
     ("9" * 10, None), ("\u0663", None), ("1.0", None)],
)  # fmt: skip
def test_integers(text: str, number: int | None) -> None:
    assert read_integer(text) == number


@given(st.binary(max_size=40), st.booleans())
def test_base64_with_and_without_padding(data: bytes, padded: bool) -> None:
    text = base64.b64encode(data)
    assert decode_base64(text if padded else text.rstrip(b"=")) == data


@pytest.mark.parametrize("text", [b"AQIDBA=", b"A", b"AQ ID", b"....", b"\xff\xff\xff\xff"])
def test_what_is_no_base64(text: bytes) -> None:
    assert decode_base64(text) is None

import json
from typing import Any

import pytest

from wire.akuvox.envelope import parse_answer
from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.rows import LogPage, log_page, write_result


def _page(data: Any) -> LogPage:
    return log_page(parse_answer(json.dumps({"retcode": 0, "data": data}).encode()))


@pytest.mark.parametrize(
    ("data", "ids", "num"),
    [
        ({"num": 2, "item": [{"ID": "2"}, {"ID": "1"}]}, ["2", "1"], 2),
        ({"num": "1", "Item": [{"ID": "9"}]}, ["9"], 1),
        ({"num": 1, "item": {"ID": "5"}, "curPageNum": 3}, ["5"], 1),  # one object instead of a list
        ({"num": 0}, [], 0),
        ({"num": 43, "item": []}, [], 43),
        ({"item": None}, [], None),
        ({}, [], None),
        (None, [], None),
        ("", [], None),
        ([{"ID": "1"}], ["1"], None),
    ],
)
def test_lists_in_every_shape(data: Any, ids: list[str], num: int | None) -> None:
    page = _page(data)
    assert ([row["ID"] for row in page.rows], page.num) == (ids, num)


@pytest.mark.parametrize("data", ["nothing", 7, {"item": "none"}, {"item": [{"ID": "1"}, None]}, {"item": 3}, [[]]])
def test_a_list_that_cannot_be_read_whole_is_not_taken(data: Any) -> None:
    with pytest.raises(AnswerUnreadable):
        _page(data)


def test_a_page_shows_no_rows() -> None:
    assert "1234" not in repr(_page({"item": [{"Code": "1234"}]}))


def test_results_of_items() -> None:
    body = {
        "retcode": 0, "message": "OK",
        "data": {"num": 3, "item": [
            {"Ret": 1, "ID": "1", "Code": "00B4161D"}, {"Ret": 0, "ID": 2}, {"Ret": -1, "ID": "5", "Name": "Lucy"},
        ]},
    }  # fmt: skip
    result = write_result(parse_answer(json.dumps(body).encode()))
    assert [(item.ret, item.ok, item.id) for item in result.items] == [(1, True, "1"), (0, True, "2"), (-1, False, "5")]
    assert result.failed == 1
    assert "00B4161D" not in repr(result)
    assert "Lucy" not in repr(result)


def test_a_write_without_a_list() -> None:
    result = write_result(parse_answer(b'{"retcode":1,"action":"add","message":"OK"}'))
    assert (result.retcode, result.items, result.failed, result.details) == (1, (), 0, {})
    started = b'{"retcode":0,"message":"OK","data":{"type":"auto","time":"180","Password":"x"}}'
    assert write_result(parse_answer(started)).details == {"type": "auto", "time": "180"}

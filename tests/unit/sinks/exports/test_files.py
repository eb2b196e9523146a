"""Files of a period: what the maps make of it, and that nothing gets lost on the way."""

from dataclasses import replace

import pytest

from sinks.errors import ExportRefused
from sinks.exports.files import make_files
from sinks.exports.maps import ColumnMap, parse_map, read_map
from tests.unit.sinks.exports.periods import adjustment, card, period

WEEK = (
    card("7", 0, reg=480, ot1=60, night=30, payroll_number="42"),
    card("7", 1, reg=480, ot2=90, hol=30, wkd=15, payroll_number="42"),
    card("8", 0, reg=440),
)


def _lines(column_map: ColumnMap | str, *cards: object, **facts: object) -> list[str]:
    wanted = read_map(column_map) if isinstance(column_map, str) else column_map
    (file,) = make_files(period(*cards, **facts), wanted)  # type: ignore[arg-type]  # of the tests' own making
    return file.content.decode().split("\r\n")


def test_the_neutral_file() -> None:
    (file,) = make_files(period(*WEEK), read_map("neutral"))
    assert file.name == "hours-g-2026-03-02-2026-03-15.csv"
    lines = file.content.decode().split("\r\n")
    assert lines[0] == (
        "employee,payroll_number,employer,period,week_start,work_date,site,work_code,bucket,minutes,hours,version,"
        "adjustment_id"
    )
    assert lines[1] == "7,42,,2026-03-02/2026-03-15,2026-03-02,2026-03-02,s1,,reg,480,8.00,1,"
    assert file.totals.minutes == {"hol": 30, "night": 30, "ot1": 60, "ot2": 90, "reg": 1400, "wkd": 15}
    assert (file.totals.rows, file.totals.employees) == (8, 2)


def test_adp_like_several_rows_when_there_are_more_codes_than_slots() -> None:
    assert _lines("adp", *WEEK) == [
        "Co Code,Batch ID,File #,Temp Dept,Reg Hours,O/T Hours,Hours 3 Code,Hours 3 Amount,Hours 4 Code,"
        "Hours 4 Amount,FLSA Workweek",
        "ABC,260315,000042,,16.00,1.00,H,0.50,D,1.50,03/02/2026",
        "ABC,260315,000042,,,,W,0.25,,,03/02/2026",
        "ABC,260315,000008,,7.33,,,,,,03/02/2026",
        "",
    ]


def test_long_layouts_have_a_row_for_each_code_and_adjustments_name_their_week() -> None:
    assert _lines("paychex", card("8", reg=440), adjustments=(adjustment("8", worked=-30, reg=-30),)) == [
        "Client ID,Worker ID,Pay Component,Hours,Line Date",
        "ABC,8,Regular,7.33,03/08/2026",
        "ABC,8,Regular,-0.50,02/22/2026",
        "",
    ]
    assert _lines("quickbooks", card("8", ot1=60))[1] == "03/08/2026,8,Hourly OT,1.00,"


def test_the_same_bytes_whatever_the_order() -> None:
    once, again = period(*WEEK), period(*reversed(WEEK))
    for name in ("neutral", "adp", "paychex", "quickbooks"):
        assert make_files(once, read_map(name))[0].content == make_files(again, read_map(name))[0].content


def test_what_a_map_has_no_place_for_is_refused_not_lost() -> None:
    mine = parse_map(
        'title = "mine"\nfile_name = "a.csv"\nlayout = "wide"\n[[columns]]\nname = "R"\nhours = ["reg"]\n', "mine"
    )
    with pytest.raises(ExportRefused, match="no column and no code for hol, night, ot1, ot2, wkd"):
        make_files(period(*WEEK), mine)
    assert _lines(mine, card("8", reg=440)) == ["R", "7.33", ""]
    ignoring = mine.model_copy(update={"ignore": ("night",)})
    (file,) = make_files(period(card("8", reg=440, night=5)), ignoring)
    assert (file.totals.minutes, file.totals.ignored) == ({"reg": 440}, {"night": 5})


def test_a_code_without_a_slot_is_refused() -> None:
    mine = parse_map(
        'title = "m"\nfile_name = "a.csv"\nlayout = "wide"\n[codes]\not1 = "O"\n'
        '[[columns]]\nname = "R"\nhours = ["reg"]',
        "mine",
    )
    with pytest.raises(ExportRefused, match="no column with a slot"):
        make_files(period(card(reg=1, ot1=1)), mine)


@pytest.mark.parametrize("change", [{"version": 2}, {"content_hash": "b" * 32}, {"employee": "9"}])
def test_cards_that_are_not_those_of_the_manifest_are_refused(change: dict[str, object]) -> None:
    locked = period(*WEEK)
    other = replace(locked, cards=(*WEEK[:2], replace(WEEK[2], **change)))  # type: ignore[arg-type]  # any field
    with pytest.raises(ExportRefused, match="the manifest says 3"):
        make_files(other, read_map("neutral"))
    with pytest.raises(ExportRefused, match="the store has 2"):
        make_files(replace(locked, cards=WEEK[:2]), read_map("neutral"))


def test_each_employer_has_a_file_of_its_own() -> None:
    both = period(card("7", reg=60, employer="north", payroll_number="1"), card("7", 1, reg=30, employer="south"))
    files = make_files(both, read_map("adp"))
    assert [(file.name, file.totals.minutes) for file in files] == [
        ("PRABCnorthEPI.csv", {"reg": 60}),
        ("PRABCsouthEPI.csv", {"reg": 30}),
    ]
    with pytest.raises(ExportRefused, match=r"must name \{employer\}"):
        make_files(both, read_map("neutral"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('title = "m"', "file_name"),
        ('title = "m"\nfile_name = "../a"\nlayout = "neutral"', "without folders"),
        ('title = "m"\nfile_name = "{first.__class__}"\nlayout = "neutral"', "is none of"),
        ('title = "m"\nfile_name = "{first:%Y{last}}"\nlayout = "neutral"', "is none of"),
        ('title = "m"\nfile_name = "a"\nlayout = "long"', "no columns"),
        ('title = "m"\nfile_name = "a"\nlayout = "long"\n[[columns]]\nname = "x"\nhours = ["reg"]', "columns of text"),
        ('title = "m"\nfile_name = "a"\nlayout = "wide"\n[[columns]]\nname = "x"\nhours = ["rge"]', "'rge' is none of"),
        ('title = "m"\nfile_name = "a"\nlayout = "wide"\n[[columns]]\nname = "x"\nslot = 1', "belong together"),
        ('title = "m"\nfile_name = "a"\nlayout = "wide"\n[[columns]]\nname = "x"', "one of text"),
        ("title = ", "not TOML"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ExportRefused, match=why):
        parse_map(text, "mine")


def test_a_file_that_is_no_map(tmp_path: object) -> None:
    with pytest.raises(ExportRefused, match="give a file, or one of neutral"):
        read_map(f"{tmp_path}/none.toml")

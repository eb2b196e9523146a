"""The columns and their indexes, against lists."""

import random
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.biotime.query import Filters, Queries
from simulate.biotime.store import Store, Transaction

_ROWS = st.tuples(st.sampled_from("123"), st.sampled_from(["A", "B", ""]), st.integers(0, 20), st.integers(0, 20))
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "show", "show", "edit", "delete", "cut"]), st.integers(0, 99), _ROWS
    ),
    min_size=15,
    max_size=40,
)
"""What is done, to which of the rows that it can be done to, and the row that is added or edited to."""


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_every_view_is_what_a_list_would_give(steps: list[tuple[str, int, tuple[str, str, int, int]]]) -> None:
    store, seen, hidden = Store(), dict[int, Transaction](), dict[int, Transaction]()
    queries = Queries(store)
    for kind, number, (code, serial, punch, upload) in steps:
        rows = hidden if kind == "show" else seen
        chosen = sorted(rows)[number % len(rows)] if rows else 0
        if kind == "add":
            chosen = store.max_id + 1 + number % 2
            hidden[chosen] = Transaction(code, serial, punch, upload)
            store.append(chosen, hidden[chosen])
        elif kind == "cut" and 60 < number < 80:
            number = store.max_id * (number - 60) // 20
            store.cut(number)
            seen = {row_id: row for row_id, row in seen.items() if row_id <= number}
            hidden = {row_id: row for row_id, row in hidden.items() if row_id <= number}
        elif kind == "show" and chosen:
            seen[chosen] = hidden.pop(chosen)
            store.show(store.place_of(chosen))
        elif kind in ("delete", "edit") and chosen:
            slot = store.slot_of(chosen)
            assert slot is not None
            if kind == "delete":
                store.hide(slot)
                del seen[chosen]
            else:
                store.edit(slot, state=number, punch=punch)
                seen[chosen] = replace(seen[chosen], state=number, punch=punch)
        assert {store.ids[slot]: store.at(slot) for slot in store.by_id} == seen
        _compare(store, queries, seen)


def _compare(store: Store, queries: Queries, model: dict[int, Transaction]) -> None:
    keys: dict[str, Callable[[int], tuple[int, int]]] = {
        "": lambda row_id: (row_id, 0),
        "punch_time": lambda row_id: (model[row_id].punch, row_id),
        "upload_time": lambda row_id: (model[row_id].upload, row_id),
    }
    for filters in (
        Filters(),
        Filters(start=5, end=12),
        Filters(emp_code="1"),
        Filters(serials=("A", "B"), start=3),
        Filters(emp_code="2", serials=("B",), end=15),
        Filters(emp_code="9"),
    ):
        wanted = [
            row_id
            for row_id, row in model.items()
            if filters.emp_code in (None, row.emp_code)
            and (filters.serials is None or row.serial in filters.serials)
            and (filters.start is None or row.punch >= filters.start)
            and (filters.end is None or row.punch <= filters.end)
        ]
        for ordering in ("", "punch_time", "-punch_time", "upload_time", "-upload_time", "-id"):
            field = ordering.lstrip("-") if ordering != "-id" else ""
            expected = sorted(wanted, key=keys[field], reverse=ordering.startswith("-") and field != "")
            view = queries.view(filters, ordering)
            assert view.count == len(expected)
            pages = [store.ids[slot] for first in range(0, view.count, 3) for slot in view.slots(first, first + 3)]
            assert pages == expected


def test_the_same_punch_is_found() -> None:
    store, rng = Store(), random.Random(1)
    rows = [Transaction(str(rng.randrange(5)), "A", rng.randrange(50), 0) for _ in range(200)]
    first: dict[tuple[str, int], int] = {}
    for number, row in enumerate(rows, 1):
        store.append(number, row)
        store.show(number - 1)
        first.setdefault((row.emp_code, row.punch), number)
    for row in rows:
        assert store.find(row) == first[row.emp_code, row.punch]
    assert store.find(Transaction("1", "B", rows[0].punch, 0)) is None


def test_what_few_rows_have_goes_with_them() -> None:
    store = Store()
    store.append(1, Transaction("1", "App", 5, 5, extra={"gps_location": "Dubai"}))
    store.show(0)
    assert store.at(0).extra == {"gps_location": "Dubai"}
    store.cut(0)
    store.append(1, Transaction("1", "A", 5, 5))
    store.show(0)
    assert store.at(0).extra is None

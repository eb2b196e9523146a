"""JSON of any shape, for the properties."""

from typing import Any

from hypothesis import strategies as st

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["0", "255", "2026-03-02 08:00:05", "01-07-2023", "09:00", "-1:30", "1e400", "٣", "App", "Yes"])
)
FIELDS = [
    "id", "uuid", "emp_code", "punch_time", "upload_time", "punch_state",
    "verify_type", "source", "temperature", "is_mask", "mask_flag", "terminal_sn",
    "is_attendance", "sn", "terminal_tz", "area", "last_activity", "push_time",
    "company", "department", "position", "attemployee", "enable_att", "att_date",
    "weekday", "duration", "paycode_1", "audit_status", "employee", "revoke_reason",
    "parent_dept", "password", "count", "next", "data", "results",
    "code", "status_code", "msg", "detail",
]  # fmt: skip


def json_values() -> st.SearchStrategy[Any]:
    names = st.sampled_from(FIELDS) | st.text(max_size=8)
    return st.recursive(
        _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=8), max_leaves=12
    )


def json_objects() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), json_values(), max_size=8)

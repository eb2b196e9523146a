"""The stack's folder is its own: nothing else is used or wiped. Starting is tested with the real servers."""

from pathlib import Path

import pytest

from deploy.local.errors import NotOurs, ToolMissing
from deploy.local.stack import LocalStack


def silent(_line: str) -> None:
    """For lines that a test does not look at."""


def test_a_folder_with_other_things_is_neither_used_nor_wiped(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    stack = LocalStack(tmp_path)
    for use in (stack.up, stack.ensure, stack.down, stack.wipe):
        with pytest.raises(NotOurs, match="no local stack"):
            use(silent)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_where_nothing_is_there_is_nothing_to_stop_or_wipe(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path / "none")
    assert not stack.down(silent)
    assert not stack.wipe(silent)
    status = stack.status()
    assert [(s.state, s.pid) for s in status.servers] == [("down", None), ("down", None)]
    assert status.data_bytes == 0
    assert not stack.data_dir.exists()


def test_all_missing_programs_are_named_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    stack = LocalStack(tmp_path / "data", tmp_path / "cache")
    with pytest.raises(ToolMissing, match=r"java 17\+, mvn, npm"):
        stack.up(silent)
    assert not (tmp_path / "cache").exists()
    assert stack.wipe(silent)


def test_addresses(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, kafka_port=1111, clickhouse_http_port=2222)
    assert (stack.bootstrap, stack.clickhouse_url) == ("127.0.0.1:1111", "http://127.0.0.1:2222")

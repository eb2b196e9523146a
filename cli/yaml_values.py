"""Nodes of a YAML file as plain values, with the line of whatever is wrong. Pure.

Only what is sure to be meant becomes a number or a truth value: `22:00` stays a text (YAML 1.1 makes it 1320), `0012`
and `no` too; what is quoted is a text anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

NULL: Final = "tag:yaml.org,2002:null"
_MAX_DEPTH: Final = 10
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_TRUTH: Final = {"true": True, "false": False}


class ValueWrong(ValueError):
    """line: of the file, 1-based."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.line = line_of(node)


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def not_yaml(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Line, and what is wrong with it, of a text that cannot be composed."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return mark.line + 1 if mark else 1, f"not YAML: {error.problem}"
    assert isinstance(error, yaml.reader.ReaderError)
    return text.count("\n", 0, error.position) + 1, f"not YAML: {error.reason}"


def plain_value(node: yaml.Node, depth: int = 0) -> Any:
    """Texts, whole numbers, true, false, None, lists, and dicts with texts as keys. Raises ValueWrong."""
    if depth > _MAX_DEPTH:
        raise ValueWrong(node, f"more than {_MAX_DEPTH} levels of lists and mappings")
    if isinstance(node, yaml.SequenceNode):
        return [plain_value(one, depth + 1) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return {key: plain_value(value, depth + 1) for key, value in pairs(node, "a mapping")}
    assert isinstance(node, yaml.ScalarNode)
    text = str(node.value)
    if node.style in ("'", '"'):
        return text
    if node.tag == NULL:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return _TRUTH.get(text, text)


def pairs(node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
    """Keys as texts, and the nodes of their values. Raises ValueWrong: `what` is no mapping, or names a key twice."""
    if not isinstance(node, yaml.MappingNode):
        raise ValueWrong(node, f"{what} is no mapping")
    seen = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ValueWrong(key, f"a key of {what} is no text")
        if key.value in seen:
            raise ValueWrong(key, f"key {str(key.value)[:80]!r} stands twice in {what}")
        seen.add(key.value)
        yield str(key.value), value


def items(node: yaml.Node, what: str) -> list[yaml.Node]:
    """Raises ValueWrong: `what` is no list."""
    if not isinstance(node, yaml.SequenceNode):
        raise ValueWrong(node, f"{what} is no list")
    return list(node.value)


def text_of(node: yaml.Node, what: str) -> str:
    """The text that stands there. Raises ValueWrong: a list, a mapping or nothing."""
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        raise ValueWrong(node, f"{what} is no text")
    return str(node.value).strip()


def words_of(node: yaml.Node | None, what: str) -> tuple[str, ...]:
    """A list of texts, none of them twice. Raises ValueWrong."""
    words: list[str] = []
    for item in items(node, what) if node is not None else ():
        word = text_of(item, f"an entry of {what}")
        if word in words:
            raise ValueWrong(item, f"{word[:80]!r} stands twice in {what}")
        words.append(word)
    return tuple(words)

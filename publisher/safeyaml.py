"""YAML as authors write it, read without harm. The only one that knows PyYAML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from publisher.errors import SourceError
from publisher.model import Problem

MAX_DEPTH = 50
MAX_VALUES = 20_000  # of a page's front matter
MAX_DATA = 1_000_000  # of a data file

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Keys:
    """The keys of a YAML mapping, the line of each in the file, and what was wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class _Values(_Loader):  # type: ignore[misc]
    """YAML's safe types; a date that no calendar has stays a text."""

    def timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except (ValueError, AttributeError):
            return node.value


_Values.add_constructor("tag:yaml.org,2002:timestamp", _Values.timestamp)
_Values.add_constructor("tag:yaml.org,2002:value", _Values.construct_yaml_str)  # a lone `=`


def keys(source: str, path: str, first_line: int = 2, what: str = "the front matter") -> Keys:
    """Read a YAML mapping whose first line is `first_line` of the file.

    `SourceError` with the line if it is not YAML, or no mapping. Prose between two rules at the
    head of a page is an empty one.
    """
    with _loaded(source, path, first_line, what, MAX_VALUES) as (loader, node):
        if node is None:
            return Keys()
        if not isinstance(node, yaml.MappingNode):
            if first_line == 2 and isinstance(node, yaml.ScalarNode):
                return Keys()
            raise SourceError(f"{what} is not a list of keys", path=path, line=first_line)
        lines, problems = _lines(node, path, first_line)
        values = loader.construct_document(node)
    return Keys({str(k): v for k, v in values.items()}, lines, tuple(problems))


def value(source: str, path: str) -> Any:
    """Read a data file: any YAML value, None for an empty one. `SourceError` with the line."""
    with _loaded(source, path, 1, "the file", MAX_DATA) as (loader, node):
        return None if node is None else loader.construct_document(node)


# What PyYAML raises for `!!bool x`, `!!timestamp x`, `!!int x` and the like.
_UNCONSTRUCTIBLE = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError)


@contextmanager
def _loaded(
    source: str, path: str, first_line: int, what: str, most: int
) -> Iterator[tuple[Any, yaml.Node | None]]:
    """A loader and the root node of a text that is small and shallow enough to be built."""
    loader = None
    try:
        _limit_depth(source)
        loader = _Values(source)
        node = loader.get_single_node()
        if node is not None:
            _limit_size(node, {}, most)
        yield loader, node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SourceError(
            f"{what} is not valid YAML: {error.problem or error.context}",
            path=path,
            line=mark.line + first_line if mark else first_line,
            hint="quote values that hold a colon, a # or quotes",
        ) from error
    except yaml.reader.ReaderError as error:
        at = source.find(str(chr(error.character)))
        raise SourceError(
            f"{what} is not valid YAML: the character {error.character:#06x} is not allowed",
            path=path,
            line=first_line + source.count("\n", 0, max(at, 0)),
        ) from error
    except _UNCONSTRUCTIBLE as error:
        raise SourceError(
            f"{what} is not valid YAML: a value cannot be read ({error})",
            path=path,
            line=first_line,
        ) from error
    finally:
        if loader is not None:
            loader.dispose()


def _limit_depth(source: str) -> None:
    """Refuse YAML so deep that building it would overflow the stack of the C parser."""
    depth = 0
    for event in yaml.parse(source, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem="too deep", problem_mark=mark)


def _limit_size(node: yaml.Node, known: dict[int, tuple[int, int]], most: int) -> tuple[int, int]:
    """How many values and levels a node has with its aliases replaced; refuse too many."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = (most + 1, 0)  # until it is counted: a node that holds itself
    parts = node.value if isinstance(node, yaml.CollectionNode) else []
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in parts for part in pair]
    sizes = [_limit_size(part, known, most) for part in parts]
    size = 1 + sum(size for size, _ in sizes)
    depth = 1 + max((depth for _, depth in sizes), default=0)
    if size > most or depth > MAX_DEPTH:
        raise yaml.MarkedYAMLError(
            problem="its aliases (`*name`) stand for too much", problem_mark=node.start_mark
        )
    known[id(node)] = (size, depth)
    return size, depth


def _lines(
    node: yaml.MappingNode, path: str, first_line: int
) -> tuple[dict[str, int], list[Problem]]:
    lines: dict[str, int] = {}
    problems = []
    for key, _ in node.value:
        name, line = str(key.value), key.start_mark.line + first_line
        if name in lines:
            problems.append(
                Problem(
                    f"`{name}` is set twice, first on line {lines[name]}; the last one counts",
                    path,
                    line,
                )
            )
        lines[name] = line
    return lines, problems


def text(value: dict[str, Any]) -> str:
    """A mapping of plain values as YAML, its keys in their order."""
    written: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return written

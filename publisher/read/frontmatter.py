"""YAML at the head of a page, and what its keys mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

import yaml

from publisher.errors import SourceError
from publisher.model import Metadata, Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class FrontMatter:
    """The keys of a page's front matter, the line of each in the file, and what was wrong."""

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


def split(text: str) -> tuple[str, str, int]:
    """The YAML at the head of a text, what follows, and the number of lines before that."""
    if not text.startswith("---"):
        return "", text, 0
    match = re.match(
        r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", text, re.DOTALL | re.MULTILINE
    )
    if match is None:
        return "", text, 0
    return match[1], text[match.end() :], text.count("\n", 0, match.end())


def parse(source: str, path: str, first_line: int = 2) -> FrontMatter:
    """Read YAML whose first line is `first_line` of the file. `SourceError` if it is none."""
    loader = None
    try:
        _limit_depth(source)
        loader = _Values(source)
        node = loader.get_single_node()
        if node is None:
            return FrontMatter()
        if not isinstance(node, yaml.MappingNode):
            if first_line == 2 and isinstance(node, yaml.ScalarNode):
                return FrontMatter()  # prose between two rules
            raise SourceError("the front matter is not a list of keys", path=path, line=first_line)
        _limit_size(node, {})
        lines, problems = _keys(node, path, first_line)
        values = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SourceError(
            f"the front matter is not valid YAML: {error.problem or error.context}",
            path=path,
            line=mark.line + first_line if mark else first_line,
            hint="quote values that hold a colon, a # or quotes",
        ) from error
    except yaml.reader.ReaderError as error:
        at = source.find(str(chr(error.character)))
        raise SourceError(
            f"the front matter is not valid YAML: the character {error.character:#06x} is not "
            "allowed",
            path=path,
            line=first_line + source.count("\n", 0, max(at, 0)),
        ) from error
    except _UNCONSTRUCTIBLE as error:
        raise SourceError(
            f"the front matter is not valid YAML: a value cannot be read ({error})",
            path=path,
            line=first_line,
        ) from error
    finally:
        if loader is not None:
            loader.dispose()
    return FrontMatter({str(k): v for k, v in values.items()}, lines, tuple(problems))


# What PyYAML raises for `!!bool x`, `!!timestamp x`, `!!int x` and the like.
_UNCONSTRUCTIBLE = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError)
MAX_DEPTH = 50
MAX_VALUES = 20_000


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


def _limit_size(node: yaml.Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many values and levels a node has with its aliases replaced; refuse too many."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = (MAX_VALUES + 1, 0)  # until it is counted: a node that holds itself
    parts = node.value if isinstance(node, yaml.CollectionNode) else []
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in parts for part in pair]
    sizes = [_limit_size(part, known) for part in parts]
    size = 1 + sum(size for size, _ in sizes)
    depth = 1 + max((depth for _, depth in sizes), default=0)
    if size > MAX_VALUES or depth > MAX_DEPTH:
        raise yaml.MarkedYAMLError(
            problem="its aliases (`*name`) stand for too much", problem_mark=node.start_mark
        )
    known[id(node)] = (size, depth)
    return size, depth


def _keys(
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


def metadata(front: FrontMatter, path: str) -> tuple[Metadata, tuple[Problem, ...]]:
    """What the keys mean. A value of the wrong type is left out with a warning."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    problems: list[Problem] = []
    given = {_meant(key): (key, value) for key, value in front.values.items()}
    if given.pop("published", ("", None))[1] is False:  # Jekyll's word for a draft
        given["draft"] = ("published", True)
    execute = given.get("execute", ("", None))[1]
    if isinstance(execute, dict):  # `execute: {timeout: 60}`
        for key, value in execute.items():
            name = "execute" if key == "enabled" else str(key)
            if name in ("execute", "timeout", "startup_timeout", "on_error"):
                given[name] = ("execute", value)
        if "enabled" not in execute:
            given.pop("execute")
    for name, (key, value) in given.items():
        reader = _READERS.get(name)
        if reader is None:
            extra[key] = _plain(value)
            near = difflib.get_close_matches(name, _READERS, n=1, cutoff=0.85)
            if near:
                problems.append(
                    Problem(
                        f"`{key}` has no meaning here",
                        path,
                        front.lines.get(key),
                        hint=f"did you mean `{near[0]}`?",
                    )
                )
        elif value is not None and (name, value) != ("permalink", ""):
            try:
                values[name] = reader(value)
            except (ValueError, TypeError) as error:
                hint = "the key is left out"
                if name == "draft":  # nothing may be published by a typing error
                    values[name], hint = True, "the page is taken for a draft"
                problems.append(Problem(f"`{key}`: {error}", path, front.lines.get(key), hint=hint))
    return Metadata(**values, extra=extra), tuple(problems)


def _meant(key: str) -> str:
    """The key that is meant, in whatever case it is written."""
    name = _ALIASES.get(key.lower(), key.lower())
    return name if name in _READERS or name == "published" else key


def _plain(value: Any) -> Any:
    """A value that JSON can hold."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError(f"want a text, not {_shown(value)}")
    return " ".join(str(value).split())


def _person(value: Any) -> str:
    people = value if isinstance(value, list) else [value]
    return ", ".join(
        _text(person.get("name", "")) if isinstance(person, dict) else _text(person)
        for person in people
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"want true or false, not {_shown(value)}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e15 < value < 1e15:
        raise ValueError(f"want a number, not {_shown(value)}")
    return float(value)


def _positive(value: Any) -> float:
    if _number(value) <= 0:
        raise ValueError(f"want a number of seconds above 0, not {_shown(value)}")
    return float(value)


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = value.split(",") if "," in value else value.split()
        return tuple(part.strip() for part in parts if part.strip())
    if not isinstance(value, list):
        raise ValueError(f"want a list, not {_shown(value)}")
    return tuple(_text(item) for item in value if item is not None)


def _addresses(value: Any) -> tuple[str, ...]:
    return tuple(map(_permalink, [value] if isinstance(value, str) else _names(value)))


def _permalink(value: Any) -> str:
    """An address inside the site; Jekyll's placeholders (`/:title/`) are not filled."""
    text = _text(value)
    if re.search(r"[\x00-\x1f\x7f\\?#]|://|(?:^|/):\w", text) or any(
        len(part.encode()) > 200 for part in text.split("/")
    ):
        raise ValueError(f"want a path of the site like /about/, not {_shown(value)}")
    return text


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})\b", str(value).strip())
    if match is None:
        raise ValueError(f"want a date like 2026-01-31, not {_shown(value)}")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(f"{_shown(value)} is no date of the calendar") from None


def _on_error(value: Any) -> str:
    if value not in ("stop", "keep"):
        raise ValueError(f"want `stop` or `keep`, not {_shown(value)}")
    return str(value)


def _image(value: Any) -> str:
    return _text(value.get("path", "") if isinstance(value, dict) else value)


def _shown(value: Any) -> str:
    text = str(value)
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"


_ALIASES = {
    "authors": "author",
    "last_modified_at": "updated",
    "modified": "updated",
    "lang": "language",
    "cell_timeout": "timeout",
    "keywords": "tags",
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "date": _date,
    "updated": _date,
    "description": _text,
    "tags": _names,
    "categories": _names,
    "author": _person,
    "image": _image,
    "draft": _flag,
    "permalink": _permalink,
    "redirect_from": _addresses,
    "layout": _text,
    "order": _number,
    "language": _text,
    "toc": _flag,
    "execute": _flag,
    "timeout": _positive,
    "startup_timeout": _positive,
    "on_error": _on_error,
}
assert set(_READERS) == {f.name for f in fields(Metadata)} - {"extra"}

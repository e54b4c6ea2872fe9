"""The head of a page: where its YAML ends, and what its keys mean."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from publisher.errors import SourceError
from publisher.model import Metadata, Problem
from publisher.safeyaml import Keys

MAX_TAGS = 200  # of a page: each has a page that lists it with all of them


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


def in_toml(text: str, path: str) -> tuple[Keys, str, int] | None:
    """Front matter in TOML between two lines of `+++`, as Hugo has it; None if there is none.

    Also what follows it, and the number of lines before that. `SourceError` if it is not TOML.
    """
    match = re.match(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if match is None or not re.match(r"\s*(?:#.*\n\s*)*[\w\"'.-]+\s*=|\s*\[", match[1]):
        return None  # MyST breaks blocks by the same mark
    try:
        values = tomllib.loads(match[1])
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise SourceError(
            f"the front matter is not valid TOML: {str(error).split(' (at')[0]}",
            path=path,
            line=1 + int(found[1]) if found else 1,
        ) from error
    lines: dict[str, int] = {}
    for number, line in enumerate(match[1].split("\n"), start=2):
        key = re.match(r"""["']?([\w-]+)["']?\s*=|\[([\w-]+)""", line)
        if key is not None:
            lines.setdefault(key[1] or key[2], number)
    rest = text[match.end() :]
    body = rest.lstrip("\n")
    return Keys(values, lines), body, text.count("\n", 0, len(text) - len(body))


def metadata(
    front: Keys, path: str, *, foreign: bool = False
) -> tuple[Metadata, tuple[Problem, ...]]:
    """What the keys mean. A value of the wrong type is left out with a warning.

    `foreign` front matter was written for another program, so keys that look like typing errors
    are not asked about.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    given = {_meant(key): (key, value) for key, value in front.values.items()}
    if given.pop("published", ("", None))[1] is False:  # Jekyll's word for a draft
        given["draft"] = ("published", True)
    for name in ("dialect", "liquid", "redirect_to"):  # read where they are heeded
        given.pop(name, None)
    execute = given.get("execute", ("", None))[1]
    if isinstance(execute, dict):  # `execute: {timeout: 60}`
        for key, value in execute.items():
            name = "execute" if key == "enabled" else str(key)
            if name in _EXECUTION:
                given[name] = (f"execute.{key}", value)
            elif near := difflib.get_close_matches(name, _EXECUTION, n=1):
                message, hint = f"`execute.{key}` has no meaning", f"did you mean `{near[0]}`?"
                problems.append(Problem(message, path, front.lines.get("execute"), hint=hint))
        if "enabled" not in execute:
            given.pop("execute")
    for name, (key, value) in given.items():
        reader = _READERS.get(name)
        if reader is None:
            near = difflib.get_close_matches(name, _READERS, n=1, cutoff=0.85)
            if near and not foreign:
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
                line = front.lines.get(key.partition(".")[0])
                problems.append(Problem(f"`{key}`: {error}", path, line, hint=hint))
    return Metadata(**values), tuple(problems)


def _meant(key: str) -> str:
    """The key that is meant, in whatever case it is written."""
    name = _ALIASES.get(key.lower(), key.lower())
    return name if name in _READERS or name == "published" else key


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


def _days(value: Any) -> float:
    if _number(value) < 0:
        raise ValueError(f"want a number of days, not {_shown(value)}")
    return float(value)


def _patterns(value: Any) -> tuple[str, ...]:
    return (_text(value),) if isinstance(value, str) else _names(value)


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = value.split(",") if "," in value else value.split()
        return tuple(part.strip() for part in parts if part.strip())
    if not isinstance(value, list):
        raise ValueError(f"want a list, not {_shown(value)}")
    return tuple(_text(item) for item in value if item is not None)


def _tags(value: Any) -> tuple[str, ...]:
    found = _names(value)
    if len(found) > MAX_TAGS:
        raise ValueError(f"want at most {MAX_TAGS}, not {len(found):,}")
    return found


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
    "lastmod": "updated",
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
    "tags": _tags,
    "categories": _tags,
    "author": _person,
    "image": _image,
    "draft": _flag,
    "permalink": _permalink,
    "redirect_from": _addresses,
    "layout": _text,
    "order": _number,
    "language": _text,
    "toc": _flag,
    "timeline": _flag,
    "execute": _flag,
    "timeout": _positive,
    "startup_timeout": _positive,
    "on_error": _on_error,
    "freeze": _flag,
    "max_age": _days,
    "inputs": _patterns,
    "ignored_inputs": _patterns,
}
_EXECUTION = (
    "execute", "timeout", "startup_timeout", "on_error",
    "freeze", "max_age", "inputs", "ignored_inputs",
)  # fmt: skip
assert set(_READERS) == {f.name for f in fields(Metadata)}

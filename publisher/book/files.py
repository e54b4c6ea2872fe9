"""The files of books, and reading values from them whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher import safeyaml
from publisher.errors import ConfigError, SourceError


@dataclass(frozen=True)
class Said:
    """What a file says: its name, its text, and the value in it if it is YAML."""

    name: str
    text: str
    value: Any


def read(file: Path) -> Said:
    """Read a file. `ConfigError` with the line if that cannot be done."""
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        yaml = file.suffix in (".yml", ".yaml")
        return Said(file.name, text, safeyaml.value(text, file.name) if yaml else None)
    except SourceError as error:
        raise ConfigError(
            error.message, path=error.path, line=error.line, hint=error.hint
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError("the file is not UTF-8", path=file.name, line=line) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=file.name) from error


def inside(value: Any, *keys: str) -> Any:
    """The value below some keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any) -> str:
    """A plain value as text on one line; anything else is the empty text."""
    return " ".join(str(value).split()) if isinstance(value, (str, int, float)) else ""


def texts(value: Any) -> tuple[str, ...]:
    """A list of plain values, or one, as texts."""
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return tuple(found for item in values if (found := text(item)))


def table(value: Any) -> dict[str, Any]:
    """A mapping with texts as keys; anything else is empty."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def path(value: Any) -> str:
    """A path of the book, as it counts from its folder."""
    return text(value).removeprefix("./").strip("/")

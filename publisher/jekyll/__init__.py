"""Jekyll's conventions: its configuration, and where its files lie, are named and appear.

Source for all of it: the documentation of Jekyll 4, and what Jekyll 4.3 does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from publisher import safeyaml
from publisher.errors import ConfigError, SourceError
from publisher.model import Problem

__all__ = ["Jekyll", "find"]

CONFIGS = ("_config.yml", "_config.yaml")
MARKDOWN = (".markdown", ".mkdown", ".mkdn", ".mkd", ".md")
HTML = (".html", ".htm", ".xhtml")
SASS = (".scss", ".sass", ".coffee")
PLAIN = (".textile", ".txt", ".xml", ".adoc", ".asciidoc", ".org", ".rst")
_BOOK = frozenset(("sphinx", "launch_buttons", "bibtex_bibfiles", "parse", "execute", "latex"))


@dataclass(frozen=True)
class Jekyll:
    """A Jekyll site: its folder, and the keys of its `_config.yml` as they were written.

    `problems` are values of a wrong type; Jekyll's defaults stand for them.
    """

    root: Path
    file: Path | None
    values: dict[str, Any]
    lines: dict[str, int]
    problems: tuple[Problem, ...] = ()

    def text(self, key: str, default: str = "") -> str:
        """A key whose value is a plain one, as text."""
        value = self.values.get(key)
        return default if value is None or isinstance(value, (dict, list)) else str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A key whose value is a list, as texts; a text alone is a list of one."""
        value = self.values.get(key)
        items = value if isinstance(value, list) else [value]
        return tuple(str(item) for item in items if isinstance(item, (str, int, float)))

    def table(self, key: str) -> Mapping[str, Any]:
        """A key whose value is a table."""
        value = self.values.get(key)
        return value if isinstance(value, dict) else {}

    @cached_property
    def markdown(self) -> tuple[str, ...]:
        """The suffixes of Markdown files."""
        given = self.text("markdown_ext").replace(" ", "").lower().split(",")
        return tuple(dict.fromkeys((*MARKDOWN, *(f".{name}" for name in given if name))))

    @property
    def baseurl(self) -> str:
        """The path below which the site will be found: `/path`, or the empty string."""
        path = self.text("baseurl").strip().strip("/")
        return f"/{path}" if path and "://" not in path else ""

    @property
    def url(self) -> str:
        """The site's address without its `baseurl`, without a slash at its end."""
        return self.text("url").strip().rstrip("/")

    @cached_property
    def collections(self) -> dict[str, Mapping[str, Any]]:
        """The collections and their settings, `posts` first."""
        given = self.values.get("collections")
        if isinstance(given, list):
            given = {str(label): {} for label in given}
        tables = given.items() if isinstance(given, dict) else ()
        found = {str(k): v if isinstance(v, dict) else {} for k, v in tables}
        return {"posts": found.pop("posts", {}), **found}

    @property
    def collections_dir(self) -> str:
        """The folder of the collections' folders, with a slash at its end if there is one."""
        folder = self.text("collections_dir").strip("/")
        return f"{folder}/" if folder else ""

    def collection(self, source: str) -> str | None:
        """The collection that a source belongs to, drafts to `posts`; None for a page."""
        parts = PurePosixPath(source).parts[:-1]
        inner = source.removeprefix(self.collections_dir)
        if inner == source and self.collections_dir:
            return None
        if "_posts" in parts or "_drafts" in parts:
            return "posts"
        label = inner.partition("/")[0] if "/" in inner else ""
        return label[1:] if label[:1] == "_" and label[1:] in self.collections else None

    def written(self, source: str) -> bool:
        """Whether a source becomes a page: those of a collection without `output` do not."""
        label = self.collection(source)
        return label in (None, "posts") or bool(self.collections[label or ""].get("output"))

    @property
    def plugins(self) -> frozenset[str]:
        """The plugins that it asks for."""
        return frozenset((*self.texts("plugins"), *self.texts("gems")))

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The zone of the site's dates, UTC if none is set."""
        try:
            return ZoneInfo(self.text("timezone") or "UTC")
        except (OSError, ValueError):
            return ZoneInfo("UTC")


def find(root: Path) -> Jekyll | None:
    """The Jekyll site in a folder, or None. `ConfigError` if its `_config.yml` cannot be read.

    The `_config.yml` of a Jupyter Book makes none.
    """
    file = next((root / name for name in CONFIGS if (root / name).is_file()), None)
    if file is None:
        return None
    keys = _read(file)
    if (root / "_toc.yml").is_file() or _BOOK & keys.values.keys():
        return None
    return Jekyll(root, file, keys.values, keys.lines, (*keys.problems, *_wrong(keys, file.name)))


def _read(file: Path) -> safeyaml.Keys:
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        return safeyaml.keys(text, file.name, 1, "the configuration")
    except SourceError as error:
        raise ConfigError(
            error.message, path=error.path, line=error.line, hint=error.hint
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError("the file is not UTF-8", path=file.name, line=line) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=file.name) from error


_WANTED: dict[str, tuple[type | tuple[type, ...], str]] = {
    "title": (str, "a text"),
    "url": (str, "a text"),
    "baseurl": (str, "a text"),
    "permalink": (str, "a text"),
    "exclude": (list, "a list"),
    "include": (list, "a list"),
    "defaults": (list, "a list"),
    "collections": ((list, dict), "a list or a table"),
    "kramdown": (dict, "a table"),
}


def _wrong(keys: safeyaml.Keys, name: str) -> list[Problem]:
    """Warnings of values that have another type than Jekyll reads."""
    return [
        Problem(f"`{key}`: want {wanted}", name, keys.lines.get(key), hint="the key is left out")
        for key, (kind, wanted) in _WANTED.items()
        if keys.values.get(key) is not None
        and not isinstance(keys.values[key], kind)
        and not (kind is str and isinstance(keys.values[key], (int, float)))
    ]

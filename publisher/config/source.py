"""The file that holds the configuration: found, read as TOML, and its errors located."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from publisher import services
from publisher.config.settings import NavigationItem, Settings, table_of
from publisher.errors import ConfigError

OWN = "publisher.toml"


@dataclass(frozen=True)
class Source:
    """A configuration file (or none, then with an empty table) as it was found in `root`."""

    root: Path
    file: Path | None
    table: Any
    text: str

    def settings(self) -> Settings:
        """Its settings. `ConfigError` with file, line and the nearest key."""
        settings = _settings(self)
        _check_addresses(self, settings)
        _check_profile(self, settings)
        _check_macros(self, settings)
        return settings

    def error(self, path: tuple[str, ...], message: str, hint: str | None = None) -> ConfigError:
        """An error at the key that `path` leads to."""
        prefix = ("tool", "publisher") if self.file and self.file.name != OWN else ()
        return ConfigError(
            message,
            path=self.file.relative_to(self.root).as_posix() if self.file else None,
            line=_line(self.text, path, prefix),
            hint=hint,
        )


def source_of(root: Path) -> Source:
    """Find and read the configuration of a project. `ConfigError` if it is not TOML."""
    for name, keys in ((OWN, ()), ("pyproject.toml", ("tool", "publisher"))):
        file = root / name
        if not file.is_file():
            continue
        try:
            text = file.read_bytes().decode("utf-8-sig")
            table: Any = tomllib.loads(text)
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", path=name) from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError("the file is not UTF-8", path=name, line=line) from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+)", str(error))
            raise ConfigError(
                f"not valid TOML: {str(error).split(' (at')[0]}",
                path=name,
                line=int(found[1]) if found else text.count("\n") + 1,
            ) from error
        except (ValueError, RecursionError) as error:  # numbers too long, brackets too deep
            raise ConfigError(f"not valid TOML: {error}", path=name) from error
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if table is not None:
            return Source(root, file, table, text)
    return Source(root, None, {}, "")


def _settings(source: Source) -> Settings:
    try:
        return msgspec.convert(source.table, Settings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        path = tuple(key for key in re.split(r"[.\[\]]+", where.rstrip("`")) if key)
        links = _value(source.table, path) if path == ("author", "links") else None
        if isinstance(links, dict):  # msgspec does not say which of them
            path += (next(key for key in links if not isinstance(links[key], str)),)
        unknown = re.search(r"unknown field `(.*)`", message, re.DOTALL)
        if unknown is None:
            shown = ".".join(path) or "publisher"
            plain = _WANTED.get(shown) if isinstance(_value(source.table, path), str) else None
            message = f"`{shown}`: {plain or _plain(message)}"
            raise source.error(path, message) from error
        key = unknown[1]
        known = _keys(Settings, path)
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}"
        raise source.error(
            (*path, key),
            f"unknown key `{'.'.join((*path, key))}`",
            hint=hint if _alike(key, near) else _elsewhere(path, key) or hint,
        ) from error


def _alike(key: str, near: list[str]) -> bool:
    return bool(near) and difflib.SequenceMatcher(None, key, near[0]).ratio() > 0.8


def _elsewhere(path: tuple[str, ...], key: str) -> str | None:
    """Where a key belongs that stands in the wrong table, or what it is called here."""
    if path == ("author",) and key in _keys(Settings, ()):
        return f"`{key}` belongs above the line [author]"
    if path == ("author",) and services.find(key) is not None:
        return f"`{key}` belongs below a line [author.links]"
    return {"bio": "did you mean `tagline`?", "avatar": "did you mean `photo`?"}.get(key)


def _check_addresses(source: Source, settings: Settings) -> None:
    """`ConfigError` if an address has a host or a port that none can have."""
    given = {key: getattr(settings, key) for key in ("url", "repository", "edit")}
    if settings.binder is not None:
        given |= {f"binder.{key}": getattr(settings.binder, key) for key in ("hub", "repository")}
    for key, address in given.items():
        try:
            _ = urlsplit(address).port
        except ValueError as error:
            raise source.error(tuple(key.split(".")), f"`{key}`: {_WANTED[key]}") from error


def _check_macros(source: Source, settings: Settings) -> None:
    """`ConfigError` if a macro of formulas is none."""
    if not settings.math.macros:
        return
    from publisher.math import configured

    for name in configured(settings.math.macros)[1]:
        raise source.error(
            ("math", "macros", name),
            f"`math.macros`: {name!r} is no macro",
            hint="write a command and the TeX that it stands for: '\\R' = '\\mathbb{R}'",
        )


def _check_profile(source: Source, settings: Settings) -> None:
    """`ConfigError` if the author's photo or one of the links leads to what cannot be shown."""
    for key, value in settings.author.links.items():
        try:
            services.contact(key, value)
        except ConfigError as error:
            path = ("author", "links", key)
            raise source.error(path, f"`{'.'.join(path)}`: {error}", error.hint) from error
    photo = settings.author.photo
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", photo) and not services.is_web(photo):
        raise source.error(
            ("author", "photo"),
            "`author.photo`: want the path of an image, or its address: https://…",
        )


_WANTED = {
    "author.email": "want an address like ada@example.org",
    "style.accent": "want a colour like #7a3db8",
    "style.accent_dark": "want a colour like #c9a2ff",
    "style.text_font": "want a kind of font, names of fonts, or the path of a font file",
    "style.heading_font": "want a kind of font, names of fonts, or the path of a font file",
    "style.code_font": "want a kind of font, names of fonts, or the path of a font file",
    "style.width": "want a length like 46rem",
    "url": "want a full address like https://example.org/path",
    "repository": "want a full address like https://github.com/me/site",
    "edit": "want a full address like https://example.org/edit/{path}",
    "binder.hub": "want a full address like https://mybinder.org",
    "binder.repository": "want a full address like https://github.com/me/site",
    "binder.ref": "want the name of a branch or a tag, or a commit",
    "language": "want the code of a language, like en or pt-BR",
    "theme": "want the name of a folder, of letters, digits, - and _",
    "output": "want the name of a folder",
    "on_error": "want `stop` or `keep`",
}


def _value(table: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _plain(message: str) -> str:
    message = message[0].lower() + message[1:]
    for name, plain in (
        ("`array | null`", "a list"),
        ("`object | null`", "a table"),
        ("`str | object`", "a text or a table"),
        ("object missing required field", "misses the key"),
        ("`date`", "a date"),
        ("`str`", "a text"),
        ("`bool`", "true or false"),
        ("`int`", "a number"),
        ("`float`", "a number"),
        ("`array`", "a list"),
        ("`object`", "a table"),
    ):
        message = message.replace(name, plain)
    return message


def _keys(of: Any, path: tuple[str, ...]) -> list[str]:
    for key in path:
        if key.isdigit():
            of = NavigationItem
            continue
        of = next(f.type for f in msgspec.structs.fields(of) if f.name == key)
        of = NavigationItem if key == "navigation" else table_of(of)
    return [field.name for field in msgspec.structs.fields(of)]


_KEY = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_KEYS = re.compile(rf"\s*(?:{_KEY.pattern})(?:\s*\.\s*(?:{_KEY.pattern}))*\s*=")


def _line(text: str, path: tuple[str, ...], prefix: tuple[str, ...]) -> int | None:
    """The line of a key below `prefix`, else that of the nearest table or list that holds it."""
    names = [*prefix, *path]
    table: list[str] = []
    counts: dict[str, int] = {}
    best, depth = None, max(len(prefix) - 1, 0)
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}\s*(#.*)?$", line)
        if header:
            name = re.sub(r"[\"' ]", "", header[2])
            table = name.split(".")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table.append(str(counts[name]))
        key = _KEYS.match(line)
        here = table + ([part.strip("\"'") for part in _KEY.findall(key[0])] if key else [])
        common = _common(here, names)
        if (header or key) and common > depth:
            best, depth = number, common
    return best


def _common(first: list[str], second: list[str]) -> int:
    """How many keys two paths share from their start."""
    differ = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))

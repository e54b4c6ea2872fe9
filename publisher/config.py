"""What the user asked for: `publisher.toml`, or `[tool.publisher]` in `pyproject.toml`."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from string import capwords
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from publisher.errors import ConfigError

STORE = ".publisher"
Seconds = Annotated[float, Meta(gt=0)]


class Author(Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes the site."""

    name: Annotated[str, Meta(description="Name shown on pages and in the footer.")] = ""


class NavigationItem(Struct, frozen=True, forbid_unknown_fields=True):
    """A link at the top of every page."""

    to: Annotated[str, Meta(description="A source file, a path of the site or a full address.")]
    title: Annotated[str, Meta(description="Default: the title of the page.")] = ""


class Execution(Struct, frozen=True, forbid_unknown_fields=True):
    """How notebooks run."""

    enabled: Annotated[bool, Meta(description="Run notebooks at all.")] = True
    timeout: Annotated[Seconds, Meta(description="Longest time for one cell, seconds.")] = 600.0
    startup_timeout: Annotated[
        Seconds, Meta(description="Longest time until a kernel is ready, seconds.")
    ] = 60.0
    kernel: Annotated[
        str, Meta(description="Run every notebook with this kernel, whatever its header says.")
    ] = ""
    max_output: Annotated[
        int, Meta(ge=1_000, description="Bytes of output kept for one cell; more is cut.")
    ] = 10_000_000


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys at the top of `publisher.toml`."""

    title: Annotated[
        str, Meta(description="Name of the site. Default: the name of its folder.")
    ] = ""
    description: Annotated[str, Meta(description="One sentence, for search engines.")] = ""
    url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/]+(/\S*)?)?$",
            description="Where the site will be found (`https://…`): for canonical links, previews "
            "in other sites, and the way home from 404.html.",
        ),
    ] = ""
    language: Annotated[
        str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$", description="Language code.")
    ] = "en"
    source: Annotated[
        str,
        Meta(description="Folder of the pages. Default: `notebooks`, else the project itself."),
    ] = ""
    output: Annotated[str, Meta(pattern=r"^[^\x00]*$", description="Folder of the built site.")] = (
        "site"
    )
    theme: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_-]+$", description="A folder of `templates/`.")
    ] = "default"
    exclude: Annotated[
        tuple[str, ...], Meta(description="Patterns of sources that are no pages: `drafts/*`.")
    ] = ()
    include: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of files copied even if no page links to them: `data/*.csv`."),
    ] = ()
    footer: Annotated[str, Meta(description="Text at the foot of every page.")] = ""
    on_error: Annotated[
        Literal["stop", "keep"],
        Meta(description="`keep` publishes the rest with a failed page's last good copy."),
    ] = "stop"
    navigation: Annotated[
        tuple[str | NavigationItem, ...] | None,
        Meta(description="Links at the top: sources, or tables with `to` and `title`."),
    ] = None
    author: Annotated[Author, Meta(description="See below.")] = Author()
    execute: Annotated[Execution, Meta(description="See below.")] = Execution()


@dataclass(frozen=True)
class Config:
    """A project: its folders (absolute), its settings, and the file that these came from."""

    root: Path
    source: Path
    output: Path
    settings: Settings
    file: Path | None

    @property
    def title(self) -> str:
        """The site's name."""
        return self.settings.title or capwords(re.sub("[-_]", " ", self.root.name)) or "My Site"

    @property
    def theme(self) -> tuple[Path, str]:
        """The project's folder and the name of its theme, as `theme.folders` wants them."""
        return self.root, self.settings.theme

    @property
    def store(self) -> Path:
        """The folder of what we remember."""
        return self.root / STORE

    def shown(self, path: Path) -> str:
        """A path as messages show it: relative to the project where it lies inside."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def files(self) -> Iterator[Path]:
        """The project's own files in order: no output, hidden folder, environment or store."""
        yield from walk(self.root, without=(self.output,))

    def excluded(self, source: str) -> bool:
        """Whether the settings say that a source is no page."""
        return matches(source, self.settings.exclude)


def walk(top: Path, without: tuple[Path, ...] = ()) -> Iterator[Path]:
    """The files below `top` in order, links to folders not followed.

    Hidden files and folders, Python environments and caches, `node_modules` and built sites are
    left out.
    """
    for folder, folders, names in os.walk(top):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if not _foreign(here / name) and here / name not in without
        )
        yield from (here / name for name in sorted(names) if not name.startswith("."))


def _foreign(folder: Path) -> bool:
    return (
        folder.name.startswith(".")
        or folder.name in ("node_modules", "__pycache__", "site-packages")
        or any((folder / mark).exists() for mark in ("pyvenv.cfg", "conda-meta", MANIFEST))
    )


MANIFEST = ".publisher-manifest.json"


def matches(source: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits one of the patterns; a pattern without wildcard names a folder too."""
    return any(
        fnmatchcase(source, pattern) or source.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )


def load(root: Path, output: Path | None = None) -> Config:
    """Read the settings of the project in `root`. `output` overrides the configured folder.

    `ConfigError` says file and line.
    """
    root = root.resolve()
    if not root.is_dir():
        raise ConfigError(f"there is no folder {root}", hint="check the path given with -C")
    file, table, text = _read(root)
    settings = _settings(file, table, text, root)
    source = root / (settings.source or "notebooks")
    if not settings.source and not source.is_dir():
        source = root
    if not source.is_dir():
        raise _located(
            file, text, ("source",), f"the source folder {settings.source!r} does not exist", root
        )
    source = source.resolve()
    if not source.is_relative_to(root):
        raise _located(file, text, ("source",), "the source folder lies outside the project", root)
    target = Path(os.path.abspath(output if output is not None else root / settings.output))
    if root.is_relative_to(target) or target == source or source.is_relative_to(target):
        raise _located(
            file, text, ("output",), f"the output folder {target} would hold the sources", root
        )
    if target.is_relative_to(root / STORE):
        raise _located(file, text, ("output",), f"the folder {STORE} is for what we remember", root)
    return Config(root, source, target, settings, file)


def _read(root: Path) -> tuple[Path | None, dict[str, Any], str]:
    for name, keys in (("publisher.toml", ()), ("pyproject.toml", ("tool", "publisher"))):
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
            return file, table, text
    return None, {}, ""


def _settings(file: Path | None, table: dict[str, Any], text: str, root: Path) -> Settings:
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        path = tuple(key for key in re.split(r"[.\[\]]+", where.rstrip("`")) if key)
        unknown = re.search(r"unknown field `(.*)`", message, re.DOTALL)
        if unknown is None:
            shown = ".".join(path) or "publisher"
            plain = _WANTED.get(shown) if isinstance(_value(table, path), str) else None
            message = f"`{shown}`: {plain or _plain(message)}"
            raise _located(file, text, path, message, root) from error
        key = unknown[1]
        known = _keys(Settings, path)
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        raise _located(
            file,
            text,
            (*path, key),
            f"unknown key `{'.'.join((*path, key))}`",
            root,
            hint=f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}",
        ) from error


_WANTED = {
    "url": "want a full address like https://example.org/path",
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
        of = NavigationItem if key == "navigation" else _bare(of)
    return [field.name for field in msgspec.structs.fields(of)]


def _located(
    file: Path | None,
    text: str,
    path: tuple[str, ...],
    message: str,
    root: Path,
    hint: str | None = None,
) -> ConfigError:
    return ConfigError(
        message,
        path=file.relative_to(root).as_posix() if file else None,
        line=_line(
            text,
            path,
            ("tool", "publisher") if file and file.name == "pyproject.toml" else (),
        ),
        hint=hint,
    )


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
        key = re.match(r"""\s*["']?([\w-]+(?:\s*\.\s*[\w-]+)*)["']?\s*=""", line)
        here = table + (re.split(r"\s*\.\s*", key[1]) if key else [])
        common = _common(here, names)
        if (header or key) and common > depth:
            best, depth = number, common
    return best


def _common(first: list[str], second: list[str]) -> int:
    """How many keys two paths share from their start."""
    differ = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def reference() -> str:
    """The keys of the configuration as Markdown tables, made from the types that check them."""
    parts = []
    for heading, of in (
        ("Top of the file", Settings),
        ("`[author]`", Author),
        ("`[execute]`", Execution),
        ("An item of `navigation`", NavigationItem),
    ):
        hints = get_type_hints(of, include_extras=True)
        rows = [
            f"| `{field.name}` | {_shown(_bare(hints[field.name]))} | {_default(field)} "
            f"| {_description(hints[field.name])} |"
            for field in msgspec.structs.fields(of)
        ]
        parts.append(
            f"## {heading}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
            + "\n".join(rows)
        )
    return "\n\n".join(parts)


def _shown(annotation: Any) -> str:
    names: Mapping[Any, str] = {str: "text", bool: "true/false", int: "number", float: "number"}
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _shown(_bare(annotation))
    if get_origin(annotation) is tuple or get_origin(_first(annotation)) is tuple:
        return "list"
    return names.get(annotation, "table")


def _first(annotation: Any) -> Any:
    return next(iter(get_args(annotation)), None)


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default
    if value is msgspec.NODEFAULT:
        return "required"
    if value is None or value in ("", ()) or isinstance(value, Struct):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _description(annotation: Any) -> str:
    metas = [m for m in get_args(annotation)[1:] if isinstance(m, Meta) and m.description]
    return metas[-1].description or "" if metas else ""

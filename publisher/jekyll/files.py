"""Which files of a Jekyll site are pages, posts and documents, and which are copied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from publisher.errors import ConfigError
from publisher.jekyll import HTML, PLAIN, SASS, Jekyll
from publisher.jekyll.matter import POST, is_published
from publisher.jekyll.permalinks import permalink
from publisher.model import Problem

EXCLUDED = (
    ".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules",
    "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/", "publisher.toml",
)  # fmt: skip
# Files that projects have for their own sake: pages only if their front matter makes them so.
_PROJECT = frozenset(
    ("readme", "license", "licence", "copying", "code_of_conduct", "contributing", "changelog",
     "issue_template", "pull_request_template")
)  # fmt: skip
_SPECIAL = (".", "_", "#", "~")


@dataclass(frozen=True)
class Found:
    """Sources of pages, and the files to copy as (source, path in the site), all in order."""

    pages: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def found(jekyll: Jekyll, foreign: Callable[[Path], bool]) -> Found:
    """Look through a site. Folders that are `foreign` (environments, built sites) are left out."""
    filter_ = _Filter(jekyll)
    pages: list[str] = []
    files: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for source in _walk(jekyll, filter_, foreign):
        path = jekyll.root / source
        suffix = path.suffix.lower()
        label = jekyll.collection(source)
        if label is not None:
            if _is_document(path, label, jekyll):
                pages.append(source)
            elif label != "posts" and jekyll.written(source):
                target = permalink(jekyll, source, {}).removesuffix(".html").strip("/")
                files.append((source, f"{target.removesuffix(path.suffix)}{path.suffix}"))
        elif suffix in SASS and has_header(path):
            message = "style sheets and scripts that must be compiled are left out"
            problems.append(Problem(message, source, hint="put what they make into the site"))
        elif is_page(path, jekyll):
            pages.append(source)
            if not has_header(path) and not source.startswith("_"):
                files.append((source, source))
        else:
            files.append((source, source))
    copied = (pair for pair in files if is_published(jekyll, pair[0]))
    return Found(tuple(sorted(pages)), tuple(sorted(copied)), tuple(problems))


def is_page(path: Path, jekyll: Jekyll) -> bool:
    """Whether a file becomes a page: one with front matter, a notebook, or a page of Markdown."""
    suffix = path.suffix.lower()
    if suffix == ".ipynb" or has_header(path):
        return True
    return suffix in jekyll.markdown and path.stem.lower() not in _PROJECT


def has_header(path: Path) -> bool:
    """Whether a file begins with front matter."""
    try:
        with open(path, "rb") as file:
            first = file.readline(200).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return False
    return first.startswith(b"---") and not first[3:].strip()


def _is_document(path: Path, label: str, jekyll: Jekyll) -> bool:
    if label != "posts":
        return has_header(path) or path.suffix.lower() == ".ipynb"
    dated = "_drafts" in path.parts or bool(POST.fullmatch(path.stem))
    return dated and path.suffix.lower() in (*jekyll.markdown, *HTML, *PLAIN, ".ipynb")


def _walk(jekyll: Jekyll, filter_: _Filter, foreign: Callable[[Path], bool]) -> Iterator[str]:
    """The sources of a site, hidden and excluded ones left out, in order."""
    labels = {f"_{label}" for label in jekyll.collections}
    top = jekyll.collections_dir.rstrip("/")
    for folder, folders, names in os.walk(jekyll.root, onerror=_unreadable, followlinks=True):
        here = Path(folder).relative_to(jekyll.root).as_posix()
        prefix = "" if here == "." else f"{here}/"
        kept = []
        for name in sorted(folders):
            hidden = name.startswith(".") and not filter_.included(prefix + name)
            if hidden or foreign(Path(folder) / name) or _leads_out(Path(folder), name, filter_):
                continue
            special = _is_special(name, prefix, labels, top)
            if (special and not filter_.excluded(prefix + name)) or filter_.keeps(prefix + name):
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            if filter_.keeps(prefix + name):
                yield prefix + name


def _unreadable(error: OSError) -> None:
    raise ConfigError(
        f"the folder {error.filename} cannot be read: {error.strerror}",
        hint="change its permissions, or name it in `exclude`",
    ) from error


def _leads_out(folder: Path, name: str, filter_: _Filter) -> bool:
    """Whether a folder is a link out of the site, to what is hidden, or to where it is."""
    path = folder / name
    if not path.is_symlink():
        return False
    root = filter_.root
    real, top = path.resolve(), root.resolve()
    if not real.is_relative_to(top):
        return True
    parts = real.relative_to(top)
    hidden = any(not filter_.keeps(step.as_posix()) for step in (parts, *parts.parents[:-1]))
    inside = folder.relative_to(root)
    way = [(root / part).resolve() for part in (inside, *inside.parents)]
    return hidden or any(step.is_relative_to(real) for step in way)


def _is_special(name: str, prefix: str, labels: set[str], top: str) -> bool:
    """Whether a folder with an underscore holds pages."""
    if name in ("_posts", "_drafts"):
        return prefix.startswith(f"{top}/" if top else "")
    return (name in labels and prefix.rstrip("/") == top) or (name == "_pages" and not prefix)


class _Filter:
    """Jekyll's `include` and `exclude`."""

    def __init__(self, jekyll: Jekyll) -> None:
        self.root = jekyll.root
        self.include = (".htaccess", *jekyll.texts("include"))
        own = jekyll.texts("exclude")
        self.exclude = [e for e in (*own, *EXCLUDED) if e not in self.include]

    def keeps(self, path: str) -> bool:
        """Whether a file or folder is part of the site."""
        name = PurePosixPath(path).name
        if self.included(path):
            return True
        return not (self.excluded(path) or name.startswith(_SPECIAL) or name.endswith("~"))

    def included(self, path: str) -> bool:
        """Whether `include` names a path, or the last part of it."""
        name = PurePosixPath(path).name
        wanted = self._fits(self.include, path) or self._fits(self.include, name)
        return wanted and name not in (".git", ".publisher")

    def excluded(self, path: str) -> bool:
        """Whether `exclude` names a path."""
        return self._fits(tuple(self.exclude), path)

    def _fits(self, patterns: tuple[str, ...], path: str) -> bool:
        """A pattern fits as a wildcard, and as the beginning of a path."""
        return any(
            fnmatchcase(path, pattern) or path.startswith(pattern) or f"{path}/" == pattern
            for pattern in (p.lstrip("/") for p in patterns)
            if pattern
        )

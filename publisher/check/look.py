"""One look at every file of a site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from publisher.check import html, texts
from publisher.check.detector import SECONDS, Detector, Hit
from publisher.check.fault import Fault
from publisher.check.html import Html
from publisher.config import MANIFEST, Config
from publisher.errors import OutputError
from publisher.model import File

MAX_READ = 50_000_000
"""Bytes of one file that are looked through."""


class Look:
    """What there is in the files of a site, each read once.

    `pages` are those of HTML, `hits` say in which files each stands, `unread` is what was not
    looked through. `fragments` are parts of the search index, with the page that each is of.
    """

    def __init__(self, files: Iterable[File]) -> None:
        self.files = {file.path: file for file in files}
        self.pages: dict[str, Html] = {}
        self.hits: dict[Hit, list[str]] = {}
        self.sizes: dict[str, int] = {}
        self.unread: list[Fault] = []
        self.fragments: dict[str, str] = {}
        self.detector = Detector()
        for path, file in sorted(self.files.items()):
            content, self.sizes[path] = _content(file)
            if len(content) < self.sizes[path]:
                self._unread(path, f"only its first {MAX_READ // 1_000_000} MB were")
            self._look(path, content)

    def own_sizes(self) -> dict[str, int]:
        """The sizes of files, but for the libraries that figures are drawn by."""
        return {path: size for path, size in self.sizes.items() if not texts.is_library(path)}

    def _look(self, path: str, content: bytes) -> None:
        if texts.is_page(path):
            page = content.decode(_encoding(content), "replace")
            self.pages[path] = html.read(page)
            text = html.text(page).encode("utf-8", "replace")
        elif texts.is_silent(path):
            return
        else:
            text = texts.text(path, content)
            if path.endswith(".pf_fragment"):
                self.fragments[path] = texts.page_of(content)
        try:
            hits = self.detector.find(text)
        except TimeoutError:
            self._unread(path, f"it was not, for that takes longer than {SECONDS:.0f} s,")
            hits = []
        hits += [Hit("leak", name, name, text) for name, text in texts.leaks(path, content)]
        for hit in hits:
            self.hits.setdefault(hit, []).append(path)

    def _unread(self, path: str, what: str) -> None:
        message = f"a big file: {what} looked through for secrets"
        self.unread.append(Fault("unread", message, path))


def _encoding(content: bytes) -> str:
    """That of a page, by its first bytes."""
    return "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _content(file: File) -> tuple[bytes, int]:
    """The bytes of a file, the first of a big one, and how many it has."""
    if file.source is None or file.content is not None:
        content = file.read()
        return content[:MAX_READ], len(content)
    with file.source.open("rb") as opened:
        content = opened.read(MAX_READ)
    return content, max(file.source.stat().st_size, len(content))


def published(config: Config) -> Iterator[File]:
    """The files of the site as they lie in the output folder. `OutputError` if there is no site."""
    if not (config.output / MANIFEST).is_file():
        raise OutputError(
            f"there is no site in {config.shown(config.output)}", hint="make it with: publish"
        )
    for path in sorted(config.output.rglob("*")):
        if path.is_file() and path.name != MANIFEST and not _is_git(path, config.output):
            yield File(path.relative_to(config.output).as_posix(), source=path)


def _is_git(path: Path, top: Path) -> bool:
    return path.relative_to(top).parts[0] == ".git"

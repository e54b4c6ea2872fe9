"""Stage 5: the site's HTML `File`s → the `File`s of its search index.

The only one that knows Pagefind: its program reads the pages and writes an index in many small
files, of which a browser fetches those that a query needs. No server takes part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from urllib.parse import quote

from publisher.model import File

__all__ = ["ENTRY", "FEW", "Index", "candidates", "index", "program"]

FOLDER = "static/pagefind"
ENTRY = f"{FOLDER}/pagefind.js"
"""The file that a page imports to search, relative to the root of the site."""
FEW = 2  # pages that need no search
PROGRAMS = ("pagefind_bin_extended", "pagefind_bin")
"""Packages with the program; the first one also parts the words of Chinese and Japanese."""
CODE_WEIGHT = "0.3"  # of words in code, output and tables of data; headings have 2 to 7

_MARKED = re.compile(r"\sdata-pagefind-(body|ignore)\b")
_REFRESH = re.compile(r"<meta\s[^<>]*http-equiv=[\"']?refresh", re.IGNORECASE)
_ROOT = re.compile(r"<html\b[^<>]*+>", re.IGNORECASE)
_LANGUAGE = re.compile(r"\slang=[\"']?([a-z]{2,3}(-[a-z0-9]{1,8}){0,3})[\"'\s>]", re.IGNORECASE)
_BODY = re.compile(r"<body\b", re.IGNORECASE)
_TOKEN = re.compile(r'<span class="[a-z0-9]{1,3}">([^<]*)</span>')
_CODE = re.compile(r'<pre(?=[\s>])|<table border="1"(?= class="dataframe")')


@dataclass(frozen=True)
class Index:
    """A search index: its files, and how many pages it holds."""

    files: tuple[File, ...]
    pages: int


def program() -> tuple[str, str] | None:
    """The package that brings Pagefind's program, and its version; not every platform has one."""
    for name in PROGRAMS:
        try:
            return name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def candidates(files: Iterable[File]) -> list[File]:
    """The files that may be pages of the index, in its order: no copies, and not 404.html."""
    pages = [
        file
        for file in files
        if file.source is None and file.path.endswith(".html") and file.path != "404.html"
    ]
    return sorted(pages, key=lambda file: file.path)


def index(files: Iterable[File], program: str) -> Index:
    """Make the index of a site's pages by a `program`; the same bytes for the same pages.

    What is searched of a page is what its layout marks with `data-pagefind-body`, without what
    is marked with `data-pagefind-ignore`; of a page that marks nothing, all but its navigation.

    `SearchError` if the program cannot be started, fails or takes too long.
    """
    from publisher.search import pagefind

    found = (
        (file, _searched(file.read().decode("utf-8", "replace"))) for file in candidates(files)
    )
    pages = [(_address(file.path), html) for file, html in found if html is not None]
    made = pagefind.run(program, pages)
    return Index(
        tuple(File(f"{FOLDER}/{name}", content) for name, content in sorted(made.items())),
        len(pages),
    )


def _searched(html: str) -> str | None:
    """A page as Pagefind is to read it; None for one that is not to be found."""
    marks = set(_MARKED.findall(html))
    if "body" not in marks:
        if "ignore" in marks or _REFRESH.search(html):
            return None
        html = _BODY.sub("<body data-pagefind-body", html, count=1)
    language = _LANGUAGE.search(root[0]) if (root := _ROOT.search(html)) else None
    html = _ROOT.sub(f'<html lang="{language[1]}">' if language else "<html>", html)
    # Without the colours of code: a fifth of Pagefind's time, and no words.
    html = "".join(_TOKEN.split(html))
    return _CODE.sub(rf'\g<0> data-pagefind-weight="{CODE_WEIGHT}"', html)


def _address(path: str) -> str:
    """The address of a page below the root of the site, as links have it."""
    index = path == "index.html" or path.endswith("/index.html")
    return f"/{quote(path.removesuffix('index.html') if index else path)}"

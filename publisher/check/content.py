"""What a page lacks, and files that are too big."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from publisher.check.fault import Fault
from publisher.check.html import Html
from publisher.config import Check

MB = 1_000_000


def faults(
    pages: Mapping[str, Html],
    sizes: Mapping[str, int],
    limits: Check,
    unnamed: Callable[[str, str], str | None],
) -> Iterator[Fault]:
    """Images without alternative text, missing titles, titles of several pages, and big files.

    `unnamed` finds an image of a page that has none in its source, which is Markdown.
    """
    for path, page in pages.items():
        for image in page.bare_images:
            yield _nameless(path, image, posixpath.basename(image)[:200])
        for image in page.empty_images:  # in HTML, that is how one says that it only decorates
            written = unnamed(path, posixpath.basename(image))
            if written is not None:
                yield _nameless(path, image, written)
    yield from _titles({path: page for path, page in pages.items() if not page.passing})
    for path, size in sizes.items():
        limit = limits.page_size if path in pages else limits.file_size
        if size > limit * MB:
            what = "the page" if path in pages else f"the file {path}"
            yield Fault(
                "size", f"{what} has {size / MB:.1f} MB, more than {limit:g} MB", path, "",
                "show less of an output, or link to a file" if path in pages else
                "make it smaller, or keep it elsewhere",
            )  # fmt: skip


def _nameless(path: str, image: str, written: str) -> Fault:
    name = posixpath.basename(image) if not image.startswith("data:") else f"{image[:60]}…"
    return Fault(
        "alt", f"the image {name} has no alternative text", path, written,
        'say what it shows: ![…](…), or <img alt="" …> if it only decorates',
    )  # fmt: skip


def _titles(pages: Mapping[str, Html]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for path, page in pages.items():
        if not page.title:
            yield Fault("title", "the page has no title", path, "", "give it a <title>")
        elif not page.has_h1:
            yield Fault("title", "the page has no heading of the first level", path)
        other = first.setdefault(page.title, path)
        if page.title and other != path:
            yield Fault("title", f"{other} has the same title: {page.title}", path)

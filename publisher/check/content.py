"""What a page lacks, and files that are too big."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.check.fault import Fault
from publisher.check.html import Html
from publisher.config import Check

MB = 1_000_000


def faults(pages: Mapping[str, Html], sizes: Mapping[str, int], limits: Check) -> Iterator[Fault]:
    """Images without alternative text, missing titles, titles of several pages, and big files."""
    for path, page in pages.items():
        for image in page.bare_images:
            shown = image if len(image) <= 80 else f"{image[:60]}…"
            yield Fault(
                "alt", f"the image {shown} has no alternative text", path, image[:200],
                'say what it shows: ![…](…), or alt="" if it only decorates',
            )  # fmt: skip
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

"""The addresses that Jekyll gives to pages."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from publisher.jekyll import HTML, Jekyll

STYLES = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
_DATES = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S",
    "short_month": "%b", "long_month": "%B", "short_year": "%y", "w_year": "%G", "week": "%V",
    "w_day": "%u", "short_day": "%a", "long_day": "%A", "y_day": "%j",
}  # fmt: skip
_KEPT = {"default": "", "pretty": "._~!$&'()+,;=@"}


def permalink(jekyll: Jekyll, source: str, values: Mapping[str, Any]) -> str:
    """A page's address, from the site's root: `/about/`, `/2026/01/31/title.html`.

    `values` are the page's completed front matter.
    """
    label = jekyll.collection(source)
    own = values.get("permalink")
    template = str(own) if own and not isinstance(own, (dict, list)) else ""
    if not template:
        template = _page(jekyll, source) if label is None else _document(jekyll, label)
    url = _clean(_filled(template, _placeholders(jekyll, source, label, values)))
    suffix = output_suffix(jekyll, source)
    if suffix in HTML and suffix != ".html" and not url.endswith(("/", suffix)):
        return url + suffix
    return url


def output_suffix(jekyll: Jekyll, source: str) -> str:
    """The suffix of the file that a source becomes."""
    suffix = PurePosixPath(source).suffix
    return ".html" if suffix.lower() in (*jekyll.markdown, ".ipynb") else suffix


def _page(jekyll: Jekyll, source: str) -> str:
    name = PurePosixPath(source)
    if output_suffix(jekyll, source) not in HTML:
        return "/:path/:basename:output_ext"
    if name.stem == "index":
        return "/:path/"
    return f"/:path/:basename{_suffix(jekyll)}"


def _document(jekyll: Jekyll, label: str) -> str:
    own = jekyll.collections[label].get("permalink")
    if isinstance(own, str) and own:
        return STYLES.get(own, own) if label == "posts" else own
    if label != "posts":
        return f"/:collection/:path{_suffix(jekyll)}"
    style = jekyll.text("permalink", "date")
    return STYLES.get(style, style)


def _suffix(jekyll: Jekyll) -> str:
    """What a permalink style for posts means for the end of other pages' addresses."""
    style = jekyll.text("permalink", "date")
    if style == "pretty":
        return "/"
    if style in ("date", "ordinal", "none"):
        return ":output_ext"
    end = "/" if style.endswith("/") else ""
    return end + (":output_ext" if style.endswith(":output_ext") else "")


def _placeholders(
    jekyll: Jekyll, source: str, label: str | None, values: Mapping[str, Any]
) -> dict[str, str]:
    name = PurePosixPath(source)
    stem = name.name[: len(name.name) - len(name.suffix)].rstrip(".") or name.stem
    slug = values.get("slug")
    slug = stem if slug is None or isinstance(slug, (dict, list)) else str(slug)
    if label is None:
        path = _folder(jekyll, source)
    else:
        inner = source.removeprefix(jekyll.collections_dir).removeprefix(f"_{label}")
        path = inner[: len(inner) - len(name.suffix)].rstrip(".")
    given = values.get("categories")
    categories = [str(c) for c in given] if isinstance(given, list) else []
    filled = {
        "path": path,
        "basename": stem,
        "output_ext": output_suffix(jekyll, source),
        "collection": label or "",
        "name": slugify(stem),
        "title": slugify(slug, "pretty", cased=True),
        "slug": slugify(slug),
        "categories": "/".join(dict.fromkeys(c.lower() for c in categories)),
        "slugified_categories": "/".join(dict.fromkeys(slugify(c) for c in categories)),
    }
    date = values.get("date")
    if isinstance(date, (datetime.date, datetime.datetime)):
        for key, form in _DATES.items():
            filled[key] = date.strftime(form) if form != "%Y" else f"{date.year:04}"
        filled["i_day"], filled["i_month"] = str(date.day), str(date.month)
    return filled


def _folder(jekyll: Jekyll, source: str) -> str:
    """The folder of a page; `_pages`, which Jekyll itself reads only if told to, is left out."""
    folder = str(PurePosixPath(source).parent)
    if folder == ".":
        return ""
    first, _, rest = folder.partition("/")
    asked = {item.strip("/") for item in jekyll.texts("include")}
    return rest if first == "_pages" and "_pages" not in asked else folder


def _filled(template: str, placeholders: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match[1]
        for key, rest in ((name, ""), (name.rstrip("_"), "_" * name.endswith("_"))):
            if key in placeholders:
                return placeholders[key] + rest
        return ""

    return re.sub(r":([a-z_]+)", fill, template)


def _clean(url: str) -> str:
    url = f"/{url}".replace("..", "/").replace("./", "")
    return re.sub(r"/{2,}", "/", url)


def slugify(text: str, mode: str = "default", *, cased: bool = False) -> str:
    """A text for an address, as Jekyll's `slugify` makes it.

    >>> slugify("What’s new in 2.0?")
    'what-s-new-in-2-0'
    """
    if mode == "none":
        return text if cased else text.lower()
    if mode == "latin":
        plain = unicodedata.normalize("NFKD", text)
        text, mode = "".join(c for c in plain if not unicodedata.combining(c)), "default"
    if mode == "raw":
        slug = re.sub(r"\s+", "-", text)
    elif mode == "ascii":
        slug = re.sub(r"[^A-Za-z0-9]+", "-", text)
    else:
        kept = _KEPT.get(mode, "")
        marked = "".join(c if c in kept or _is_word(c) else "\0" for c in text)
        slug = re.sub("\0+", "-", marked)
    slug = re.sub(r"^-|-$", "", slug, flags=re.MULTILINE)
    return slug if cased else slug.lower()


def _is_word(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] in "ML" or kind == "Nd"

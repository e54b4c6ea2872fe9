"""What Jekyll knows of a page besides its own front matter: defaults, and the name of the file."""

from __future__ import annotations

import datetime
import os
import re
import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from publisher.jekyll import Jekyll

POST = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-(.*)")
_DEPRECATED = {"page": "pages", "post": "posts", "draft": "drafts"}


def matter(
    jekyll: Jekyll, source: str, own: Mapping[str, Any], modified: float
) -> tuple[dict[str, Any], list[str]]:
    """The front matter of a page, completed; and what was wrong with it.

    `modified` is the file's time of change, the date of drafts.
    """
    label = jekyll.collection(source)
    merged = _merged(_defaults(jekyll, source, label or "pages"), own)
    if label is None:
        return merged, []
    name = PurePosixPath(source)
    found = POST.fullmatch(name.stem)
    slug = found[4] if found else name.stem
    slug = slug.rstrip(".") or slug
    wrong: list[str] = []
    own_date, given = merged.pop("date", None), None
    if own_date is not None:
        given = moment(own_date, jekyll)
        if given is None:
            wrong.append(f"`date`: {str(own_date)[:40]!r} is no date")
    if given is None and found:
        given = moment("-".join(found.groups()[:3]), jekyll)
    if given is None and "_drafts" in name.parts:
        given = datetime.datetime.fromtimestamp(modified, jekyll.timezone)
        merged["draft"] = merged.get("draft", jekyll.values.get("show_drafts") is not True)
    if given is not None:
        merged["date"] = given
    if given is not None and _is_future(given, jekyll):
        merged["draft"] = True
        wrong.append(f"the page is dated {given:%Y-%m-%d}, in the future: it is not published")
    if merged.get("title") is None:
        merged["title"] = " ".join(word.capitalize() for word in slug.split("-") if word) or slug
    if merged.get("slug") is None:
        merged["slug"] = slug
    merged.setdefault("draft", False)
    merged["ext"] = merged.get("ext") or name.suffix
    merged["categories"] = _categories(jekyll, source, label, merged)
    merged["tags"] = _plural(merged, "tag", "tags")
    return merged, wrong


def is_published(jekyll: Jekyll, source: str) -> bool:
    """Whether the `defaults` let a file without front matter be published."""
    return _defaults(jekyll, source, jekyll.collection(source) or "").get("published") is not False


def today(jekyll: Jekyll) -> datetime.datetime:
    """The beginning of the day in the site's zone: of `SOURCE_DATE_EPOCH` if it is set.

    Only pages that ask for the time, and those of the future, depend on it.
    """
    now = datetime.datetime.fromtimestamp(_now(), jekyll.timezone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def epoch() -> int | None:
    """The time that stands for now, if `SOURCE_DATE_EPOCH` sets it: seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isdigit() else None


def _now() -> float:
    given = epoch()
    return time.time() if given is None else given


def _is_future(date: datetime.datetime, jekyll: Jekyll) -> bool:
    return jekyll.values.get("future") is not True and date.timestamp() > _now()


def moment(value: Any, jekyll: Jekyll, *, local: bool = True) -> datetime.datetime | None:
    """A date as Jekyll reads it, in the zone of the site; None if it is none.

    YAML's dates with a time but no zone are UTC; those without a time begin at the site's
    midnight. What a text leaves out is the first: `May 2021` is its first day. If not `local`, a
    text keeps the zone that it names.
    """
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return _local(aware, jekyll)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=jekyll.timezone)
    if not isinstance(value, str) or not re.search(r"\d", value) or len(value) > 100:
        return None
    from dateutil import parser

    try:
        plain = re.fullmatch(r"\s*(\d{2,4})-(\d{1,2})-(\d{1,2})\s*", value)
        if plain:
            year, month, day = map(int, plain.groups())
            year += 2000 if year < 69 else 1900 if year < 100 else 0
            return datetime.datetime(year, month, day, tzinfo=jekyll.timezone)
        first = today(jekyll).replace(month=1, day=1, tzinfo=None)
        parsed = parser.parse(value, default=first)
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=jekyll.timezone)
        return _local(aware, jekyll) if local else aware
    except (ValueError, OverflowError, TypeError):
        return None


def _local(aware: datetime.datetime, jekyll: Jekyll) -> datetime.datetime | None:
    try:
        return aware.astimezone(jekyll.timezone)
    except OverflowError:
        return None


def _categories(jekyll: Jekyll, source: str, label: str, values: Mapping[str, Any]) -> list[str]:
    """Categories from the folders above `_posts`, then from the front matter."""
    parts = PurePosixPath(source.removeprefix(jekyll.collections_dir)).parts[:-1]
    special = "_drafts" if "_drafts" in parts else f"_{label}"
    folders = list(parts[: parts.index(special)]) if special in parts else []
    given = values.get("categories")
    named = given.split() if isinstance(given, str) else _flat(given)
    # a singular key stands for the plural one
    singular = values.get("category")
    named += _flat(singular) if singular is not None else []
    return list(dict.fromkeys([*folders, *named]))


def _plural(values: Mapping[str, Any], singular: str, plural: str) -> list[str]:
    one = values.get(singular)
    if one is not None:
        return _flat(one)
    many = values.get(plural)
    return many.split() if isinstance(many, str) else _flat(many)


def _flat(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _flat(item)]
    return [] if value is None or isinstance(value, dict) else [str(value)]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one, tables within them too; a null in the second one sets nothing."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = _merged(old, value)
        elif value is not None or key not in result:
            result[key] = value
    return result


def _defaults(jekyll: Jekyll, source: str, kind: str) -> dict[str, Any]:
    """The `defaults` of the configuration that fit a source, the nearest scope to win."""
    found: dict[str, Any] = {}
    last: Mapping[str, Any] | None = None
    path = source.removeprefix(jekyll.collections_dir)
    given = jekyll.values.get("defaults")
    for item in given if isinstance(given, list) else ():
        values = item.get("values") if isinstance(item, dict) else None
        if not isinstance(values, dict):
            continue
        scope = item.get("scope") if isinstance(item.get("scope"), dict) else {}
        if not _fits(scope, path, kind, jekyll):
            continue
        if last is None or _nearer(scope, last):
            found, last = _merged(found, values), scope
        else:
            found = _merged(values, found)
    return found


def _fits(scope: Mapping[str, Any], path: str, kind: str, jekyll: Jekyll) -> bool:
    wanted = str(scope.get("type") or "")
    if "type" in scope and _DEPRECATED.get(wanted, wanted) != kind:
        return False
    where = scope.get("path")
    if not isinstance(where, str) or not where.strip("/"):
        return True
    where = where.lstrip("/").removeprefix(jekyll.collections_dir)
    if "*" not in where:
        return path.startswith(where.rstrip("/") if where.endswith("/") else where)
    parts = PurePosixPath(path).parts
    depth = len(PurePosixPath(where).parts)
    if "**" in where:
        return any(
            fnmatchcase("/".join(parts[:at]), where) or fnmatchcase(path, where.replace("**/", ""))
            for at in range(1, len(parts) + 1)
        )
    return len(parts) >= depth and all(
        fnmatchcase(part, pattern)
        for part, pattern in zip(parts, PurePosixPath(where).parts, strict=False)
    )


def _nearer(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    first, second = str(new.get("path") or "").strip("/"), str(old.get("path") or "").strip("/")
    if len(first) != len(second):
        return len(first) > len(second)
    return "type" in new or "type" not in old

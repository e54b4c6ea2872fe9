"""Pages that only lead to others: by folder, tag and year, and page after page of a long list."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from string import capwords

from publisher.config import Config
from publisher.model import Entry, Metadata
from publisher.outline import Outline, is_not_found, permalink_url

TAGS, ARCHIVE = "tags/", "archive/"
PER_PAGE = 20
MAX_SLUG = 80  # bytes; a longer one is cut
LISTS = frozenset(("listing", "home", "tag", "tags", "years"))  # layouts that list pages
_NUMBER = ":num"


@dataclass(frozen=True)
class Leaf:
    """One page of a list: what it lists, its number from 1, and the URLs of all pages."""

    entries: tuple[Entry, ...]
    number: int = 1
    urls: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Group:
    """The pages with a tag, or of a year. `url` is None where the group has no page of its own."""

    title: str
    url: str | None
    entries: tuple[Entry, ...]


@dataclass
class Listings:
    """What the lists of a site show.

    `outline` is that of the site with the pages that were made, `posts` are newest first, `tags`
    are found by their slug, and `leaves` are the pages that list others, by URL. `archive` is the
    address of all posts by year, None if there is no such page.
    """

    outline: Outline
    posts: tuple[Entry, ...]
    tags: dict[str, Group] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    archive: str | None = None

    @property
    def years(self) -> tuple[Group, ...]:
        """The posts by year, the newest first."""
        years: dict[str, list[Entry]] = {}
        for post in self.posts:
            years.setdefault(str(post.meta.date)[:4], []).append(post)
        return tuple(Group(year, None, tuple(posts)) for year, posts in years.items())

    @cached_property
    def beside(self) -> dict[str, tuple[Entry | None, Entry | None]]:
        """The posts before and after each post by date, among those of the same top folder."""
        groups: dict[str, list[Entry]] = {}
        for post in reversed(self.posts):
            groups.setdefault(_top(post), []).append(post)
        return {
            post.url: (before, after)
            for posts in groups.values()
            for before, post, after in zip([None, *posts], posts, [*posts[1:], None], strict=False)
        }

    def tag(self, name: str) -> str | None:
        """The address of a tag's page; None if it has none."""
        group = self.tags.get(slug(name))
        return group.url if group is not None else None


def posts_of(outline: Outline, config: Config, about: Set[str]) -> tuple[Entry, ...]:
    """The posts, the newest first: pages with a date; in a Jekyll site those in `_posts`.

    Pages that list others, and the About page, are none.
    """
    jekyll = config.jekyll
    found = [
        entry
        for entry in outline.entries
        if entry.meta.date is not None
        and entry.source is not None
        and entry.meta.layout not in LISTS
        and entry.url not in about
        and not is_not_found(entry)
        and (jekyll is None or jekyll.collection(entry.source) == "posts")
    ]
    return tuple(sorted(found, key=lambda entry: str(entry.meta.date), reverse=True))


def tags_of(entry: Entry) -> tuple[str, ...]:
    """The tags of a page, its categories included."""
    return tuple(dict.fromkeys(entry.meta.tags + entry.meta.categories))


def slug(tag: str) -> str:
    """A tag as a part of an address: letters and digits of any script, and hyphens.

    >>> slug("Machine Learning"), slug("C++"), slug("c")
    ('machine-learning', 'c-plus-plus', 'c')
    """
    text = unicodedata.normalize("NFKC", tag).casefold()
    for sign, word in (("+", " plus "), ("#", " sharp "), ("&", " and ")):
        text = text.replace(sign, word)
    found = "-".join(re.findall(r"[^\W_]+", text))
    if found and len(found.encode()) <= MAX_SLUG:
        return found
    sum_ = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{found[: MAX_SLUG // 4]}-{sum_}".strip("-")


def listings(outline: Outline, config: Config, about: Set[str]) -> Listings:
    """The site's lists, and its outline with the pages that are made for them.

    No made page takes the place of another: none is made where a page is, or leads on from an
    old address, or a file of the project lies. `about` are the URLs of About pages.
    """
    made = _Made(outline, config)
    posts = posts_of(outline, config, about)
    settings, jekyll = config.settings, config.jekyll is not None
    per_page = _per_page(config)
    if not jekyll:
        for folder in dict.fromkeys(_top(post) for post in posts):
            if folder:
                made.page(folder, capwords(re.sub("[-_]", " ", folder.rstrip("/"))), "listing")
    tags = _tags(outline, posts if jekyll else None)
    if settings.tags if settings.tags is not None else not jekyll:
        tags = made.tags(tags)
    many = not jekyll and len(posts) > (per_page or 0)
    archive = None
    if posts and (settings.archive if settings.archive is not None else many):
        archive = made.page(ARCHIVE, "Archive", "years")
    found = Listings(made.outline(), posts, tags, archive=archive)
    _lay_out(found, made, config, per_page)
    found.outline = made.outline()
    return found


class _Made:
    """Collects the pages that are made."""

    def __init__(self, outline: Outline, config: Config) -> None:
        self.before, self.config = outline, config
        self.entries: dict[str, Entry] = {}
        every = (*outline.entries, *outline.texts)
        old = [permalink_url(url) for entry in every for url in entry.meta.redirect_from]
        files = [entry.file for entry in every]
        files += [Entry(url, "", Metadata(), None).file for url in old]
        self.taken = {file.casefold() for file in files}  # where case does not count on a disk

    def outline(self) -> Outline:
        """The outline with the made pages, which stand last."""
        return self.before.plus(self.entries.values())

    def page(self, url: str, title: str, layout: str) -> str | None:
        """Make a page where nothing stands; the address that holds, None if it is no page's."""
        if not self.is_free(url):
            return url if url in self.before.by_url else None
        entry = Entry(url, title, Metadata(layout=layout), None)
        self.taken.add(entry.file.casefold())
        self.entries[url] = entry
        return url

    def is_free(self, url: str) -> bool:
        """Whether a page may be made there."""
        file = Entry(url, "", Metadata(), None).file
        path, top = self.config.source / file, self.config.source / url.partition("/")[0]
        return file.casefold() not in self.taken and not path.exists() and not top.is_file()

    def tags(self, groups: dict[str, Group]) -> dict[str, Group]:
        """Make the pages of tags, and one of them all."""
        if groups:
            self.page(TAGS, "Tags", "tags")
        return {
            name: replace(group, url=self.page(f"{TAGS}{name}/", group.title, "tag"))
            for name, group in groups.items()
        }


def _tags(outline: Outline, posts: Iterable[Entry] | None) -> dict[str, Group]:
    """The pages by the slugs of their tags: posts by date, then others as the outline has them.

    A tag is called as it is spelled first.
    """
    every = outline.entries if posts is None else posts
    pages = [entry for entry in every if entry.source is not None and not is_not_found(entry)]
    pages.sort(key=lambda entry: str(entry.meta.date or ""), reverse=True)
    names: dict[str, str] = {}
    found: dict[str, dict[str, Entry]] = {}
    for entry in pages:
        for tag in tags_of(entry):
            name = slug(tag)
            names.setdefault(name, tag)
            found.setdefault(name, {})[entry.url] = entry
    return {
        name: Group(names[name], None, tuple(found[name].values()))
        for name in sorted(found, key=lambda name: (names[name].casefold(), name))
    }


def _top(post: Entry) -> str:
    """The folder at the top of the sources that a post is in, as an address; empty if in none."""
    source = post.source or ""
    folder = f"{source.partition('/')[0]}/" if "/" in source else ""
    return folder if post.url.startswith(folder) else ""


def _per_page(config: Config) -> int | None:
    """How many posts a page of a listing has; None for all of them."""
    if config.settings.per_page is not None or config.jekyll is None:
        return config.settings.per_page or PER_PAGE
    given = config.jekyll.values.get("paginate") or config.jekyll.table("pagination").get(
        "per_page"
    )
    return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else None


def _lay_out(found: Listings, made: _Made, config: Config, per_page: int | None) -> None:
    """Take the lists apart into pages."""
    lists = {entry.url for entry in made.entries.values()}
    by_tag = {group.url: group for group in found.tags.values() if group.url is not None}
    for entry in found.outline.entries:
        layout = entry.meta.layout
        if layout == "listing":
            entries = tuple(e for e in found.outline.listed_under(entry) if e.url not in lists)
        elif layout == "home":
            entries = tuple(e for e in found.posts if e is not entry)
        elif layout == "tag" and entry.url in by_tag:
            entries = by_tag[entry.url].entries
        else:
            continue
        is_blog = any(e.meta.date is not None and e.meta.order is None for e in entries)
        size = per_page if per_page is not None and is_blog else max(1, len(entries))
        parts = [entries[at : at + size] for at in range(0, len(entries), size)] or [()]
        urls = [entry.url, *(_numbered(entry, n, config) for n in range(2, len(parts) + 1))]
        if not all(map(made.is_free, urls[1:])):  # something stands in the way
            urls, parts = [entry.url], [entries]
        for number, (url, part) in enumerate(zip(urls, parts, strict=True), start=1):
            if number > 1:
                made.page(url, f"{entry.title}, page {number}", layout)
            found.leaves[url] = Leaf(part, number, tuple(urls))


def _numbered(entry: Entry, number: int, config: Config) -> str:
    """The address of a further page of a list; in a Jekyll site as `paginate_path` has it."""
    folder = entry.url
    if folder and not folder.endswith("/"):
        folder = f"{folder.rpartition('.')[0]}/"
    pattern = f"page/{_NUMBER}/"
    if config.jekyll is not None:
        given = config.jekyll.text("paginate_path", f"/page{_NUMBER}/")
        if _NUMBER in given and not entry.url:
            return permalink_url(given.replace(_NUMBER, str(number)))
        pattern = f"page{_NUMBER}/"
    return folder + pattern.replace(_NUMBER, str(number))


def numbers(leaf: Leaf) -> Iterator[int | None]:
    """The numbers of the pages that a page of a list leads to; None stands for a gap.

    >>> leaf = Leaf((), 6, tuple("abcdefghijkl"))
    >>> list(numbers(leaf))
    [1, None, 5, 6, 7, None, 12]
    """
    last, before = len(leaf.urls), 0
    near = {1, leaf.number - 1, leaf.number, leaf.number + 1, last}
    for number in sorted(near & {*range(1, last + 1)}):
        if number > before + 1:
            yield number - 1 if number == before + 2 else None
        yield number
        before = number

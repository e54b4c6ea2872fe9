"""The profile of an author as the usual Jekyll themes keep it. The only one that knows their keys.

Read with the themes' own templates at hand: minima, minimal-mistakes, academicpages, al-folio,
indigo, beautiful-jekyll, chirpy, hydejack, jekyll-now. Pure; what cannot be used is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from publisher import services
from publisher.config.settings import Author
from publisher.errors import ConfigError

_NAMED = ("name", "display_name", "full_name")
_PEOPLE = ("authors", "author", "members", "people", "team")
_PICTURES = ("avatar", "picture", "photo", "image", "img")
_TAGLINES = ("bio", "tagline", "role", "position", "subtitle", "description")
_EMPLOYERS = ("employer", "affiliation", "organization", "organisation", "institution", "company")
_PLACES = ("location", "address")
_LISTS = ("social_links", "social-network-links", "social-links", "footer-links", "socials")
_DATA = ("socials", "contact", "social", "social_links")
PEOPLE = tuple(dict.fromkeys((*_PEOPLE, *_DATA)))  # the files of `_data` that are looked at
_USER = re.compile(r".+[_-](?:user|username|userid|user_id|id|url|profile|handle)")
# Keys of an author's table that are no links, though a service has that name.
_FACTS = frozenset((*_NAMED, *_PICTURES, *_TAGLINES, *_EMPLOYERS, *_PLACES, "email", "pronouns"))


def from_jekyll(config: Mapping[str, Any], data: Mapping[str, Any]) -> Author:
    """The profile in a `_config.yml` and the tables of `_data` (by the names of their files).

    Never raises. Values of the wrong type, addresses that may not be linked to and texts with
    Liquid in them are left out. The e-mail address is taken only where the theme shows it.
    """
    config = config if isinstance(config, Mapping) else {}
    data = data if isinstance(data, Mapping) else {}
    author = _author(config, data)
    social = _table(config.get("social"))
    links = _Links()
    for key, value in _pairs(config, data, author):
        links.add(key, value)
    return Author(
        name=_first(author, _NAMED)
        or _first(social, ("name",))
        or _joined(config)
        or _text(config.get("name")),
        pronouns=_first(author, ("pronouns",)),
        tagline=_first(author, _TAGLINES) or _text(config.get("bio")),
        photo=_photo(author, config),
        email=next(filter(None, map(_email, _emails(config, data, author))), "") or links.email,
        location=_first(author, _PLACES),
        affiliation=_first(author, _EMPLOYERS),
        links=links.found,
    )


def _author(config: Mapping[str, Any], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The author's table: in `author`, or where the name in `author` leads."""
    given = config.get("author", config.get("authors"))
    if isinstance(given, list):
        given = next(iter(given), None)
    if isinstance(given, Mapping):
        return given
    name = _text(given)
    for people in (*(data.get(key) for key in _PEOPLE), config.get("authors")):
        if isinstance(people, Mapping) and isinstance(people.get(name), Mapping):
            return people[name]  # type: ignore[no-any-return]
        for person in people if isinstance(people, list) else ():
            if (
                name
                and isinstance(person, Mapping)
                and name
                in (
                    _text(person.get("name")),
                    _text(person.get("id")),
                )
            ):
                return person
    return {"name": name}


def _pairs(
    config: Mapping[str, Any], data: Mapping[str, Any], author: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """All that may be links, as key and value, in the order in which themes show them."""
    home = _first(author, ("url", "uri", "website", "home", "homepage"))
    if home:
        yield "website", home
    yield from _each(author.get("links"))
    yield from ((key, value) for key, value in author.items() if _is_service(key))
    for key in ("social", *_LISTS):
        yield from _each(author.get(key))
    for tables in (config, _table(config.get("minima"))):
        for key in _LISTS:
            yield from _each(tables.get(key))
    yield from _each(_table(config.get("social")).get("links"))
    for key in _DATA:
        yield from _each(data.get(key))
    for key, value in config.items():
        if _is_account(key):
            yield key, value.get("username") if isinstance(value, Mapping) else value
    for tables in (config, _table(config.get("minima"))):
        for account in map(_table, _list(tables.get("mastodon"))):
            yield "mastodon", f"{_text(account.get('username'))}@{_text(account.get('instance'))}"


def _is_account(key: Any) -> bool:
    """Whether a key at the top of a `_config.yml` names an account: `github_username`, `github`.

    Not those that mean something else there (`url`, `email`, `ads`).
    """
    service = services.find(key) if isinstance(key, str) else None
    if service is None or not service.address:
        return False
    return bool(_USER.fullmatch(key)) or (key == service.key and len(key) > 4)


def _is_service(key: Any) -> bool:
    return isinstance(key, str) and key not in _FACTS and services.find(key) is not None


def _each(links: Any) -> Iterator[tuple[str, Any]]:
    """The links in a table by service, or in a list of addresses or of tables with an address."""
    if isinstance(links, Mapping):
        for key, value in links.items():
            if not isinstance(value, Mapping):
                yield _text(key), value
            elif "organization" not in value:  # `custom_social: {title: …, url: …}`
                yield _first(value, _LABELS) or _text(key), _first(value, _URLS)
    for link in _list(links):
        table = link if isinstance(link, Mapping) else {"url": link}
        url = _first(table, _URLS)
        service = services.at(url)
        label = _first(table, _LABELS) or (service.key if service else _text(table.get("icon")))
        yield label or _host(url), url


_LABELS = ("label", "title", "name", "type", "platform")
_URLS = ("url", "link", "href", "user_url", "username", "user")


class _Links:
    """Collects links: of each service and each address the first one. Mail goes to `email`."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.email = ""
        self.addresses: set[str] = set()

    def add(self, key: str, given: Any) -> None:
        value = _text(given)
        if not key or not value or isinstance(given, bool):
            return
        if value.lower().startswith("mailto:") or key.lower() in ("email", "e-mail", "mail"):
            self.email = self.email or _email(value)
            return
        service = services.find(key)
        if service and service.key == "rss" and not services.is_web(value) and "/" not in value:
            return  # jekyll-now: "just type anything here for a working RSS icon"
        try:
            contact = services.contact(key, value)
        except ConfigError:
            return
        place = (contact.address or contact.path).rstrip("/").lower()
        name = service.key if service else _label(key)
        if place in self.addresses or name in self.found:
            return
        if service and _is_front_page(service, contact.address):
            return
        self.addresses.add(place)
        self.found[name] = value


def _emails(
    config: Mapping[str, Any], data: Mapping[str, Any], author: Mapping[str, Any]
) -> Iterator[Any]:
    """The e-mail addresses that the author has chosen to show."""
    yield author.get("email")
    yield _table(author.get("social")).get("email")
    yield _table(config.get("social")).get("email")
    for key in _LISTS:
        yield _table(config.get(key)).get("email")
    yield _table(data.get("socials")).get("email")
    if _shows_email(config):
        yield config.get("email")


def _shows_email(config: Mapping[str, Any]) -> bool:
    """Whether the site's theme shows the `email` at the top of the configuration."""
    theme = f"{_text(config.get('theme'))} {_text(config.get('remote_theme'))}".strip().lower()
    if theme:
        return re.search(r"\b(?:minima|al[-_]folio|indigo)\b", theme) is not None
    marks = ("minima", "external-image")  # minima's and indigo's own keys
    return any(m in config for m in marks) or {"first_name", "last_name"} <= config.keys()


def _photo(author: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The picture's address or path; academicpages means a bare name to lie in `images/`."""
    for table, keys in ((author, _PICTURES), (config, ("picture", "avatar", "photo"))):
        for key in keys:
            found = table.get(key)
            if isinstance(found, Mapping):
                found = _first(found, ("path", "src", "url", "image"))
            path = _text(found)
            if path.startswith("//"):
                path = f"https:{path}"
            if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) and not services.is_web(path):
                continue
            if path and table is author and "/" not in path and _is_academicpages(author):
                return f"images/{path}"
            if path:
                return path
    return ""


def _is_academicpages(author: Mapping[str, Any]) -> bool:
    return any(key in author for key in ("employer", "googlescholar", "pubmed", "impactstory"))


def _joined(config: Mapping[str, Any]) -> str:
    """A name in parts, as al-folio wants it."""
    return " ".join(
        filter(None, (_text(config.get(f"{p}_name")) for p in ("first", "middle", "last")))
    )


def _first(table: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next(filter(None, (_text(table.get(key)) for key in keys)), "")


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A value as plain text in one line: no tags, no marks of Markdown; empty if it has Liquid."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value)[:2_000]
    if "{{" in text or "{%" in text:
        return ""
    if not re.match(r"\S+\Z", text):  # not an address or a user's name
        text = re.sub(r"<[^<>]*>", "", text)
        text = re.sub(r"\[([^\[\]]*)\]\([^()\s]*\)", r"\1", text)
        text = re.sub(r"(\*\*|__|[*_`])(?=\S)([^*_`]*)(?<=\S)\1", r"\2", text)
    return " ".join(text.split())


def _email(value: Any) -> str:
    text = re.sub(r"(?i)^mailto:", "", _text(value))
    return text if re.fullmatch(services.EMAIL, text) else ""


def _label(key: str) -> str:
    """A key as words: `work_url` is "Work"; what is written as words stays."""
    if not re.fullmatch(r"[a-z0-9_-]+", key):
        return key
    words = re.sub(r"_(?:url|id|username|userid)$", "", key)
    return " ".join(re.split(r"[_-]+", words)).strip().capitalize() or key


def _host(value: str) -> str:
    try:
        return (urlsplit(value).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_front_page(service: services.Service, address: str) -> bool:
    """Whether an address is that of a service, and of nobody there: a theme's placeholder."""
    parts = urlsplit(address)
    return _host(address) in service.hosts and not (parts.path.strip("/") + parts.query)

"""Where people have profiles: the names, addresses and icons of services.

The only one that knows them. A service is found by any usual spelling of its name
(`google-scholar`, `Google Scholar`, `scholar_userid`), and makes an address of a user's name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from publisher.errors import ConfigError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029<>\"]")
_FILE = re.compile(r"[^\x00-\x1f?#]*(?:/[^\x00-\x1f?#]*|\.[A-Za-z0-9]{1,5})")
_SUFFIX = re.compile(r"(?:user|username|userid|id|url|profile|handle|account|icon|pdf)$")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?")
EMAIL = r"[^@\s<>\",;:?&#/\\]+@[^@\s<>\",;:?&#/\\.]+(?:\.[^@\s<>\",;:?&#/\\.]+)*"


@dataclass(frozen=True, slots=True)
class Service:
    """A place where people have profiles.

    `address` is what makes an address of a user's name: a text with `{}`, or a function; empty
    where only a full address or a file will do. `aliases` are other names for it, `host` is where
    it is, if `address` does not say it.
    """

    key: str
    label: str
    address: str | Callable[[str], str] = ""
    icon: str = ""
    aliases: tuple[str, ...] = ()
    host: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that its addresses name, without `www.`."""
        made = urlsplit(self.address).hostname if isinstance(self.address, str) else None
        return tuple(h.removeprefix("www.") for h in (self.host, made or "") if h)

    def of_name(self, name: str) -> str:
        """The address of a user's profile. `ConfigError` if the name cannot be one."""
        plain = name.strip("/").removeprefix("@")
        if callable(self.address):
            return self.address(plain)
        return self.address.format(quote(plain, safe="/@:~+=&!$,;()*."))


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a link of a profile leads: a full `address`, or else a `path` of the project.

    `icon` is the name of a file in a theme's `icons/`, which need not exist.
    """

    label: str
    icon: str
    address: str = ""
    path: str = ""


def contact(key: str, value: str) -> Contact:
    """What an author means by `key = "value"` in the links of a profile.

    `ConfigError` if the address is not one that may be linked to, or if nobody knows the service.
    """
    service, value = find(key), value.strip()
    label = service.label if service else " ".join(key.split())
    icon = service.icon if service else _dashed(key)
    if not value or not label:
        raise ConfigError("the link is empty", hint="give a name or an address, or remove the key")
    full = _full(value, service)
    if full:
        there = None if service else at(full)
        return Contact(label, there.icon if there else icon, address=address(full))
    if service and service.address:
        return Contact(label, icon, address=service.of_name(value))
    if _FILE.fullmatch(value):
        return Contact(label, icon, path=value)
    raise _nowhere(key, value, service)


def _full(value: str, service: Service | None) -> str:
    """A full address, of one that may lack its beginning; empty if it is none."""
    if service and service.key == "email" and re.fullmatch(EMAIL, value):
        return f"mailto:{value}"
    if service and service.key == "wikipedia" and value.startswith("User:"):
        return service.of_name(value.removeprefix("User:"))
    if _SCHEME.match(value) or value.startswith("//"):
        return value
    bare = value.removeprefix("www.")
    places = tuple(f"{host}/" for host in service.hosts) if service else ()
    return f"https://{value}" if bare != value or bare.startswith(places) else ""


def _nowhere(key: str, value: str, service: Service | None) -> ConfigError:
    """The error for a link that leads nowhere."""
    hint = "give a full address, https://…"
    if service:
        message = f"{value!r} is neither an address nor a file"
        return ConfigError(message, hint=f"{hint}, or the path of a file")
    near = difflib.get_close_matches(_plain(key), _BY_NAME, n=1, cutoff=0.75)
    return ConfigError(
        f"{key!r} is no service that is known here, so {value!r} leads nowhere",
        hint=f"did you mean `{_BY_NAME[near[0]].key}`? else {hint}" if near else hint,
    )


def address(value: str) -> str:
    """A full address that may be linked to: http, https or mailto. Else `ConfigError`."""
    value = f"https:{value}" if value.startswith("//") else value
    scheme = _SCHEME.match(value)
    if scheme is None or scheme[1].lower() not in ("http", "https", "mailto"):
        shown = f"`{scheme[1]}:` addresses are" if scheme else f"{value!r} is"
        raise ConfigError(
            f"{shown} not linked to", hint="give one that begins with https://, http:// or mailto:"
        )
    if _UNSAFE.search(value):
        raise ConfigError(
            "an address has no spaces, quotes or angle brackets", hint="write %20 for a space"
        )
    if scheme[1].lower() != "mailto" and not _host(value):
        raise ConfigError(f"{value!r} names no host", hint="give one like https://example.org")
    return value


def is_web(value: str) -> bool:
    """Whether a text is an http(s) address that may be linked to or shown."""
    try:
        return address(value).lower().startswith("http")
    except ConfigError:
        return False


def find(key: str) -> Service | None:
    """The service that a key names, in any usual spelling; also as keys of Jekyll's themes do."""
    name = _plain(key)
    return _BY_NAME.get(name) or _BY_NAME.get(_SUFFIX.sub("", name))


def at(value: str) -> Service | None:
    """The service at which an address lies."""
    host = _host(value).removeprefix("www.")
    return next((s for s in SERVICES for h in s.hosts if host in (h, f"m.{h}")), None) or next(
        (s for s in SERVICES for h in s.hosts if s.host and host.endswith(f".{h}")), None
    )


def _host(value: str) -> str:
    try:
        return urlsplit(value).hostname or ""
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", key.lower())


def _dashed(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


def _mastodon(name: str) -> str:
    """`user@host`, or as some write it, `host/@user`."""
    user, _, host = name.partition("@")
    if user.endswith("/"):
        user, host = host, user.rstrip("/")
    if not user or not _HOST.fullmatch(host):
        raise ConfigError(
            f"{name!r} does not say where the account is", hint="write it like @ada@example.social"
        )
    return f"https://{host}/@{quote(user)}"


def _bluesky(name: str) -> str:
    return f"https://bsky.app/profile/{quote(name if '.' in name else f'{name}.bsky.social')}"


def _linkedin(name: str) -> str:
    kind = "" if name.startswith(("in/", "company/", "school/", "pub/")) else "in/"
    return f"https://www.linkedin.com/{kind}{quote(name)}/"


def _youtube(name: str) -> str:
    if name.startswith(("channel/", "user/", "c/", "@")):
        return f"https://www.youtube.com/{quote(name, safe='/@')}"
    channel = re.fullmatch(r"UC[\w-]{22}", name)
    return f"https://www.youtube.com/{'channel/' if channel else '@'}{quote(name)}"


def _stackoverflow(name: str) -> str:
    return f"https://stackoverflow.com/users/{quote(name.removeprefix('users/'))}"


def _goodreads(name: str) -> str:
    return f"https://www.goodreads.com/{'user/show/' if name[:1].isdigit() else ''}{quote(name)}"


def _subdomain(domain: str) -> Callable[[str], str]:
    def made(name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
            raise ConfigError(f"{name!r} is no name for {domain}", hint="give a full address")
        return f"https://{name}.{domain}/"

    return made


def _matrix(name: str) -> str:
    return f"https://matrix.to/#/@{quote(name, safe=':.')}"


def _scholar(name: str) -> str:
    """The id after `user=`, with or without the language that often follows it."""
    user = name.rpartition("user=")[2].partition("&")[0]
    return f"https://scholar.google.com/citations?user={quote(user, safe='')}"


def _whatsapp(name: str) -> str:
    return f"https://wa.me/{re.sub('[^0-9]', '', name)}"


# Those that research and code first; then text and talk, pictures, sound and games.
SERVICES = (
    Service("website", "Website", "", "globe", ("web", "homepage", "uri", "url", "site", "blog")),
    Service("email", "E-mail", "", "envelope", ("mail",)),
    Service("cv", "CV", "", "file-lines", ("resume", "curriculumvitae", "vita")),
    Service("rss", "RSS", "", "rss", ("feed", "atom")),
    Service("github", "GitHub", "https://github.com/{}", "github", ("gh",)),
    Service("gitlab", "GitLab", "https://gitlab.com/{}", "gitlab"),
    Service("codeberg", "Codeberg", "https://codeberg.org/{}", "codeberg"),
    Service("bitbucket", "Bitbucket", "https://bitbucket.org/{}", "bitbucket"),
    Service("sourcehut", "SourceHut", "https://sr.ht/~{}", "sourcehut", ("srht",)),
    Service(
        "scholar",
        "Google Scholar",
        _scholar,
        "google-scholar",
        ("googlescholar",),
        "scholar.google.com",
    ),
    Service("orcid", "ORCID", "https://orcid.org/{}", "orcid"),
    Service(
        "semantic-scholar",
        "Semantic Scholar",
        "https://www.semanticscholar.org/author/{}",
        "semantic-scholar",
        ("semantic",),
    ),
    Service("dblp", "DBLP", "https://dblp.org/pid/{}", "dblp"),
    Service("arxiv", "arXiv", "https://arxiv.org/a/{}", "arxiv"),
    Service(
        "researchgate", "ResearchGate", "https://www.researchgate.net/profile/{}", "researchgate"
    ),
    Service(
        "academia",
        "Academia.edu",
        _subdomain("academia.edu"),
        "academia",
        ("academiaedu",),
        "academia.edu",
    ),
    Service(
        "web-of-science",
        "Web of Science",
        "https://www.webofscience.com/wos/author/record/{}",
        "clarivate",
        ("wos", "publons", "researcherid", "clarivate"),
    ),
    Service("scopus", "Scopus", "https://www.scopus.com/authid/detail.uri?authorId={}", "scopus"),
    Service("inspire-hep", "INSPIRE HEP", "https://inspirehep.net/authors/{}", "", ("inspire",)),
    Service(
        "ads",
        "NASA ADS",
        "https://ui.adsabs.harvard.edu/search/q=orcid%3A{}",
        "",
        ("nasaads", "adsabs"),
    ),
    Service("pubmed", "PubMed", "https://pubmed.ncbi.nlm.nih.gov/?term={}", "pubmed"),
    Service("hal", "HAL", "https://cv.hal.science/{}", "hal", host="hal.science"),
    Service("ieee", "IEEE Xplore", "https://ieeexplore.ieee.org/author/{}"),
    Service("acm", "ACM", "https://dl.acm.org/profile/{}", "acm"),
    Service("lattes", "Lattes", "http://lattes.cnpq.br/{}"),
    Service("osf", "OSF", "https://osf.io/{}", "osf"),
    Service("impactstory", "Impactstory", "https://profiles.impactstory.org/u/{}"),
    Service("zotero", "Zotero", "https://www.zotero.org/{}", "zotero"),
    Service("zenodo", "Zenodo", "https://zenodo.org/communities/{}"),
    Service("mendeley", "Mendeley", "https://www.mendeley.com/profiles/{}", "mendeley"),
    Service("wikidata", "Wikidata", "https://www.wikidata.org/wiki/{}", "wikidata"),
    Service(
        "wikipedia",
        "Wikipedia",
        "https://en.wikipedia.org/wiki/User:{}",
        "wikipedia",
        host="wikipedia.org",
    ),
    Service("kaggle", "Kaggle", "https://www.kaggle.com/{}", "kaggle"),
    Service("huggingface", "Hugging Face", "https://huggingface.co/{}", "hugging-face", ("hf",)),
    Service(
        "stackoverflow",
        "Stack Overflow",
        _stackoverflow,
        "stack-overflow",
        ("so",),
        "stackoverflow.com",
    ),
    Service("pypi", "PyPI", "https://pypi.org/user/{}/", "python"),
    Service("npm", "npm", "https://www.npmjs.com/~{}", "npm"),
    Service("dockerhub", "Docker Hub", "https://hub.docker.com/u/{}", "docker", ("docker",)),
    Service("codepen", "CodePen", "https://codepen.io/{}", "codepen"),
    Service("leetcode", "LeetCode", "https://leetcode.com/u/{}/", "leetcode"),
    Service("linkedin", "LinkedIn", _linkedin, "linkedin", host="linkedin.com"),
    Service("xing", "XING", "https://www.xing.com/profile/{}", "xing"),
    Service("mastodon", "Mastodon", _mastodon, "mastodon", ("fediverse",), "mastodon.social"),
    Service("bluesky", "Bluesky", _bluesky, "bluesky", ("bsky",), "bsky.app"),
    Service("x", "X", "https://x.com/{}", "x-twitter", ("xtwitter",)),
    Service("twitter", "Twitter", "https://twitter.com/{}", "twitter"),
    Service("threads", "Threads", "https://www.threads.net/@{}", "threads"),
    Service("facebook", "Facebook", "https://www.facebook.com/{}", "facebook", host="fb.me"),
    Service("reddit", "Reddit", "https://www.reddit.com/user/{}", "reddit"),
    Service(
        "hackernews",
        "Hacker News",
        "https://news.ycombinator.com/user?id={}",
        "hacker-news",
        ("hn", "ycombinator"),
    ),
    Service("quora", "Quora", "https://www.quora.com/profile/{}", "quora"),
    Service("weibo", "Weibo", "https://www.weibo.com/{}", "weibo"),
    Service("zhihu", "Zhihu", "https://www.zhihu.com/people/{}", "zhihu"),
    Service("medium", "Medium", "https://medium.com/@{}", "medium", host="medium.com"),
    Service("substack", "Substack", _subdomain("substack.com"), "substack", host="substack.com"),
    Service("dev", "DEV", "https://dev.to/{}", "dev", ("devto",)),
    Service(
        "wordpress", "WordPress", _subdomain("wordpress.com"), "wordpress", host="wordpress.com"
    ),
    Service("tumblr", "Tumblr", _subdomain("tumblr.com"), "tumblr", host="tumblr.com"),
    Service("telegram", "Telegram", "https://t.me/{}", "telegram"),
    Service("matrix", "Matrix", _matrix, "matrix", host="matrix.to"),
    Service("discord", "Discord", "https://discord.com/users/{}", "discord", host="discord.gg"),
    Service("whatsapp", "WhatsApp", _whatsapp, "whatsapp", ("whatsappnumber",), "wa.me"),
    Service("keybase", "Keybase", "https://keybase.io/{}", "keybase"),
    Service("goodreads", "Goodreads", _goodreads, "goodreads", host="goodreads.com"),
    Service("letterboxd", "Letterboxd", "https://letterboxd.com/{}/", "letterboxd"),
    Service("youtube", "YouTube", _youtube, "youtube", host="youtube.com"),
    Service("vimeo", "Vimeo", "https://vimeo.com/{}", "vimeo"),
    Service("twitch", "Twitch", "https://www.twitch.tv/{}", "twitch"),
    Service("tiktok", "TikTok", "https://www.tiktok.com/@{}", "tiktok"),
    Service("instagram", "Instagram", "https://www.instagram.com/{}/", "instagram"),
    Service("pinterest", "Pinterest", "https://www.pinterest.com/{}/", "pinterest"),
    Service("flickr", "Flickr", "https://www.flickr.com/people/{}/", "flickr"),
    Service("unsplash", "Unsplash", "https://unsplash.com/@{}", "unsplash"),
    Service("behance", "Behance", "https://www.behance.net/{}", "behance"),
    Service("dribbble", "Dribbble", "https://dribbble.com/{}", "dribbble"),
    Service("lastfm", "Last.fm", "https://www.last.fm/user/{}", "lastfm"),
    Service("spotify", "Spotify", "https://open.spotify.com/user/{}", "spotify"),
    Service("soundcloud", "SoundCloud", "https://soundcloud.com/{}", "soundcloud"),
    Service("bandcamp", "Bandcamp", _subdomain("bandcamp.com"), "bandcamp", host="bandcamp.com"),
    Service("strava", "Strava", "https://www.strava.com/athletes/{}", "strava"),
    Service("steam", "Steam", "https://steamcommunity.com/id/{}", "steam"),
)


def _names() -> Iterator[tuple[str, Service]]:
    for service in SERVICES:
        for name in (service.key, service.label, *service.aliases):
            yield _plain(name), service


_BY_NAME = dict(_names())

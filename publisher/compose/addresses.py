"""From what authors wrote to addresses that work from the page they stand on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from urllib.parse import quote

from publisher.compose.facts import Asking
from publisher.model import Entry, Link, Problem, Rendered
from publisher.outline import Outline, relative

_ALONE = re.compile(r'="x-publisher:(\d+)(?=")')
# An attribute that may hold several addresses. (Its first letter is quickly looked for.)
_SEVERAL = re.compile(r'[sS](?<=\s.)(?:[rR][cC][sS][eE][tT]|[tT][yY][lL][eE])="[^"]*+"')
_EACH = re.compile(r"x-publisher:(\d+)")
_BARE = re.compile(r"\Ax-publisher:(\d+)")
MAX_HINTS = 20  # in a build: each takes milliseconds


@dataclass(frozen=True)
class Resolved:
    """The addresses of a page's links by index, and what was wrong."""

    addresses: tuple[str, ...]
    problems: tuple[Problem, ...]


def fill(html: str, addresses: tuple[str, ...], *, bare: bool = False) -> str:
    """Put addresses in their places in HTML, or in a text that is one place (`bare`)."""

    def place(match: re.Match[str]) -> str:
        index = int(match[1])
        return addresses[index] if index < len(addresses) else match[0]

    def alone(match: re.Match[str]) -> str:
        index = int(match[1])
        return f'="{addresses[index]}' if index < len(addresses) else match[0]

    if bare:
        return _BARE.sub(place, html)
    if "x-publisher:" not in html:
        return html
    return _ALONE.sub(alone, _SEVERAL.sub(lambda found: _EACH.sub(place, found[0]), html))


class Resolver:
    """Knows where every page, id and file of the site will be.

    `failing` says that pages are missing because they failed: any of them may have a label that
    is not found.
    """

    def __init__(
        self,
        outline: Outline,
        rendered: Mapping[str, Rendered],
        unpublished: Set[str],
        static: str,
        *,
        failing: bool = False,
    ) -> None:
        self.outline, self.rendered, self.static = outline, rendered, static
        self.unpublished, self.failing = unpublished, failing
        self.hints = 0

    def page(
        self, entry: Entry, rendered: Rendered, asking: Asking
    ) -> tuple[Resolved, tuple[str, ...]]:
        """Resolve a page's links; also the files to copy, relative to the source folder.

        A link may name a label instead of a heading or a file.
        """
        addresses, problems, copies = [], [], []
        for link in rendered.links:
            address, problem = self._address(link, entry, rendered, asking)
            addresses.append(_escaped(address))
            if problem is not None:
                problems.append(problem)
            if self._is_copied(link):
                copies.append(link.path)
        return Resolved(tuple(addresses), tuple(problems)), tuple(dict.fromkeys(copies))

    def targets(self, rendered: Rendered) -> tuple[str, ...]:
        """The sources of the other pages whose ids the links of a page name."""
        found = {
            target.source
            for link in rendered.links
            if link.kind == "source" and link.fragment
            for target in (self.outline.find(link.path) or self.outline.find(link.other),)
            if target is not None and target.source is not None
        }
        return tuple(sorted(found))

    def _is_copied(self, link: Link) -> bool:
        """Whether a link is to a file that no page stands for; never an unpublished page."""
        return (
            link.kind == "source"
            and link.file
            and not self.is_unpublished(link.path)
            and self.outline.find(link.path) is None
        )

    def is_unpublished(self, path: str) -> bool:
        """Whether a path names an unpublished page, or the notebook that is paired with one."""
        stem, _, suffix = path.rpartition(".")
        return path in self.unpublished or (
            suffix == "ipynb" and any(s.rpartition(".")[0] == stem for s in self.unpublished)
        )

    def means_unpublished(self, path: str) -> bool:
        """Whether an author means an unpublished page: by its path, with or without its suffix."""
        return self.is_unpublished(path) or any(
            source.rpartition(".")[0] == path for source in self.unpublished
        )

    def absolute(self, rendered: Rendered, base: str) -> tuple[str, ...]:
        """The full addresses of a page's links to files, for readers elsewhere."""
        if not base:
            return ()
        return tuple(
            f"{base}/{quote(f'{self.static}/{link.path}' if link.kind == 'asset' else link.path)}"
            for link in rendered.links
        )

    def _address(
        self, link: Link, entry: Entry, rendered: Rendered, asking: Asking
    ) -> tuple[str, Problem | None]:
        if link.kind == "asset":
            return relative(f"{self.static}/{link.path}", entry.url), None
        if link.kind == "page":
            if link.fragment not in rendered.ids:
                found = self._labelled(link.fragment, entry, rendered, asking)
                if found is not None:
                    return found, None
            fragment, problem = self._fragment(link, entry, rendered)
            return f"{_query(link)}#{fragment}", None if self.failing else problem
        target = self.outline.find(link.path)
        if target is None and link.other:
            target = self.outline.find(link.other)
        if target is not None:
            there = self.rendered.get(target.source or "")
            fragment, problem = link.fragment, None
            if fragment and there is not None:
                label = f"{target.source}#{label_key(fragment)}"
                place = asking.label(label) if fragment not in there.ids else None
                if place is not None:
                    fragment = place[1].id
                else:
                    fragment, problem = self._fragment(link, target, there)
            shown = f"#{quote(fragment, safe=_SAFE)}" if fragment else ""
            return f"{quote(relative(target.url, entry.url))}{_query(link)}{shown}", problem
        if self._is_copied(link):
            shown = f"#{quote(link.fragment, safe=_SAFE)}" if link.fragment else ""
            return f"{quote(relative(link.path, entry.url))}{_query(link)}{shown}", None
        if "://" in link.raw:  # the site's own address may hold more than this site
            return link.raw, None
        found = self._labelled(link.raw, entry, rendered, asking)
        return (found, None) if found is not None else (link.raw, self._broken(link))

    def _labelled(self, label: str, entry: Entry, rendered: Rendered, asking: Asking) -> str | None:
        """The address of a labelled place, first on this page; None if there is none."""
        own = rendered.facts.labels.get(label_key(label))
        if own is not None:
            return f"#{quote(own.id, safe=_SAFE)}"
        found = asking.label(label_key(label))
        other = self.outline.by_source.get(found[0]) if found else None
        if found is None or other is None:
            return None
        place = f"#{quote(found[1].id, safe=_SAFE)}" if found[1].id else ""
        return f"{quote(relative(other.url, entry.url))}{place}"

    def _fragment(self, link: Link, target: Entry, there: Rendered) -> tuple[str, Problem | None]:
        """The id that a fragment means: itself, or as Jupyter spells headings (`#My-Title`)."""
        wanted = link.fragment
        if not wanted or wanted in there.ids or wanted == "top":
            return wanted, None
        from publisher.markdown import slug

        spelled = slug(wanted.replace("-", " "))
        for identifier in (wanted.lower(), slug(wanted), spelled, f"{spelled}-1"):
            if identifier in there.ids:
                return identifier, None
        near = self.near(slug(wanted), there.ids)
        where = "this page" if link.kind == "page" else f"{target.source or target.url}"
        return wanted, Problem(
            f"there is no heading #{wanted} on {where}",
            line=link.line,
            hint=f"did you mean #{near}?" if near else None,
        )

    def _broken(self, link: Link) -> Problem:
        if link.path.startswith("../") or link.path == "..":
            return Problem(
                f"the link {link.raw} leads out of the source folder",
                line=link.line,
                hint="move the file into it, or give a full address",
            )
        if self.means_unpublished(link.path):
            return Problem(
                f"the link {link.raw} leads to a page that is not published",
                line=link.line,
                hint="it is a draft, or it failed",
            )
        near = self.near(link.path, self.outline.by_source, cutoff=0.75)
        return Problem(
            f"the link {link.raw} leads nowhere",
            line=link.line,
            hint=f"did you mean {near}?" if near else None,
        )

    def near(self, word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
        """What was meant, for the first broken links of a build."""
        self.hints += 1
        if self.hints > MAX_HINTS or len(word) > 200:
            return None
        return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=cutoff)), None)


_SAFE = "!$&'()*+,;=:@/?-._~"


def label_key(label: str) -> str:
    """A label as it is compared (see `markdown.targets.key`)."""
    return " ".join(label.lower().split())


def _query(link: Link) -> str:
    return f"?{link.query}" if link.query else ""


def _escaped(address: str) -> str:
    return address.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")

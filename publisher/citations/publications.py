"""The author's own works as a list: by year, the newest first, with links and what folds.

The fields are those of BibTeX, and of al-folio besides: `abbr`, `abstract`, `award`, `code`, `pdf`,
`poster`, `selected`, `slides`, `supp`, `video`, `website`…
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from publisher.citations.bibtex import Name, Work, names
from publisher.citations.csl import arxiv, doi, url
from publisher.citations.latex import OTHERS, escaped, to_plain

MAX_SHOWN = 12  # authors of a work: the others are counted
_FOLDED = re.compile(r"[^\W\d_]+")
_LINKS = {
    "pdf": "PDF", "supp": "Supplement", "code": "Code", "data": "Data", "dataset": "Data",
    "slides": "Slides", "poster": "Poster", "video": "Video", "talk": "Talk", "demo": "Demo",
    "blog": "Blog", "website": "Website", "html": "Website",
}  # fmt: skip
_OURS = frozenset(
    "abbr abstract additional_info altmetric annotation arxiv award award_name bibtex_show blog "
    "code data dataset demo dimensions file google_scholar_id html inspirehep_id keywords pdf "
    "poster preview selected slides supp talk video website".split()
)  # keys that say nothing in a reference
_MAIN = ("DOI", "arXiv", "Website")
_PLACES = (
    "journal", "journaltitle", "booktitle", "school", "institution", "publisher", "organization"
)  # fmt: skip
Address = Callable[[str, Work], str]
"""The address to write for one in a work's field; empty if it leads nowhere."""


@dataclass(frozen=True)
class Author:
    """Whose works they are: the ways in which the name is spelled."""

    names: tuple[Name, ...] = ()

    @classmethod
    def of(cls, spellings: Iterable[str]) -> Author:
        """The author of these names, such as `Ada Lovelace` or `Lovelace, A.`."""
        return cls(tuple(name for text in spellings for name in names(text)))

    def is_one(self, name: Name) -> bool:
        """Whether a name is the author's: the same last name, and no first name that differs."""
        return any(_same(name, own) for own in self.names)


def _same(name: Name, own: Name) -> bool:
    if _words(name.last) != _words(own.last):
        return False
    theirs, ours = _words(name.given), _words(own.given)
    if not theirs or not ours:
        return name.whole or not ours
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(theirs, ours, strict=False))


def _words(text: str) -> list[str]:
    """The words of a name in small letters; `J.R.` are two."""
    return _FOLDED.findall(to_plain(text).casefold())


def newest(works: Iterable[Work]) -> list[Work]:
    """Works by date, the newest first; those of one day stay in order, those without come first."""
    return sorted(works, key=lambda work: work.date or (9999, 0, 0), reverse=True)


def selected(works: Iterable[Work], number: int = 5) -> list[Work]:
    """The works that say `selected = {true}`; if none does, the newest."""
    works = newest(works)
    chosen = [work for work in works if work.plain("selected").lower() in ("true", "yes", "1")]
    return chosen or works[:number]


@dataclass(frozen=True)
class Lists:
    """Draws works as HTML; `formula` draws what is TeX in their titles."""

    author: Author
    address: Address
    formula: Callable[[str], str]

    def by_year(self, works: Iterable[Work], *, level: int = 2) -> str:
        """Works, the newest first, with a heading of this level for each year."""
        parts = []
        for year, group in groupby(newest(works), key=lambda work: work.year or "Forthcoming"):
            shown = self._html(year)
            name = re.sub(r"[^\w-]+", "-", year)
            heading = f'<h{level} id="y{name}" class="year">{shown}</h{level}>'
            parts.append(f"{heading}\n{self.listed(group)}")
        return f'<div class="publications">\n{"".join(parts)}</div>\n' if parts else ""

    def listed(self, works: Iterable[Work]) -> str:
        """Works as a list, in this order."""
        items = "".join(map(self._item, works))
        return f'<ul class="works">\n{items}</ul>\n' if items else ""

    def _item(self, work: Work) -> str:
        links = self._links(work)
        title = self._html(work.text("title") or work.key)
        main = next((href for label, href in links if label in _MAIN), "")
        main = main or (links[0][1] if links else "")
        parts = {
            "work-title": f'<a href="{escape(main)}">{title}</a>' if main else title,
            "authors": self._authors(work),
            "venue": self._venue(work),
        }
        shown = [f'<p class="{name}">{html}</p>\n' for name, html in parts.items() if html]
        return f"<li>\n{''.join(shown)}{_link_list(links)}{self._folds(work)}</li>\n"

    def _html(self, text: str) -> str:
        return escaped(text, self.formula)

    def _authors(self, work: Work) -> str:
        people = work.names("author", "editor")
        named = [name for name in people if name.family != OTHERS]
        shown = named[:MAX_SHOWN]
        shown += [name for name in named[MAX_SHOWN:] if self.author.is_one(name)]
        text = ", ".join(map(self._name, shown))
        if len(named) > len(shown):
            return f"{text} and {len(named) - len(shown)} more"
        return f"{text} et al." if len(people) > len(named) else text

    def _name(self, name: Name) -> str:
        text = self._html(name.full)
        return f'<strong class="own">{text}</strong>' if self.author.is_one(name) else text

    def _venue(self, work: Work) -> str:
        """Where and when a work appeared, in a line."""
        place = work.text(*_PLACES).rstrip(" ,")
        number = work.text("number", "issue")
        parts = [
            f"<i>{self._html(place)}</i>" if place else self._html(work.text("howpublished")),
            self._html(work.text("volume") + (f"({number})" if number else "")),
            self._html(re.sub("[–-]+", "–", work.text("pages"))),
            self._html(work.year),
        ]
        line = ", ".join(part for part in parts if part)
        if short := work.text("abbr"):
            line = f'<span class="abbr">{self._html(short)}</span> {line}'
        if note := work.text("note", "additional_info"):
            line += f". {self._html(note)}"
        award = work.text("award_name") or work.text("award")
        return line + (f' <span class="award">{self._html(award)}</span>' if award else "")

    def _links(self, work: Work) -> list[tuple[str, str]]:
        """What a work links to: pairs of a text and an address, each text once."""
        found: dict[str, str] = {}
        if doi(work):
            found["DOI"] = f"https://doi.org/{doi(work)}"
        if arxiv(work):
            found["arXiv"] = f"https://arxiv.org/abs/{arxiv(work)}"
        if re.fullmatch(r"\d+", work.address("pmid")):
            found["PubMed"] = f"https://pubmed.ncbi.nlm.nih.gov/{work.address('pmid')}/"
        for name, label in _LINKS.items():
            given = work.address(name)
            if given and label not in found and (href := self.address(given, work)):
                found[label] = href
        page = url(work)
        if page and "Website" not in found and not doi(work) and page not in found.values():
            found["Website"] = page
        return list(found.items())

    def _folds(self, work: Work) -> str:
        """Abstract and BibTeX, which fold."""
        html = ""
        if abstract := work.text("abstract"):
            text = self._html(abstract)
            html = f"<details><summary>Abstract</summary><p>{text}</p></details>\n"
        if work.raw and work.plain("bibtex_show").lower() != "false":
            pre = f'<pre tabindex="0"><code>{escape(_reference(work), quote=False)}</code></pre>'
            html += f"<details><summary>BibTeX</summary>{pre}</details>\n"
        return html


def _link_list(links: Sequence[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="{escape(href)}">{label}</a></li>' for label, href in links)
    return f'<ul class="work-links">{items}</ul>\n' if items else ""


def _reference(work: Work) -> str:
    """The entry without what is meant for lists such as ours."""
    fields: Mapping[str, str] = {
        name: value for name, value in work.fields.items() if value and name not in _OURS
    }
    lines = [f"  {name} = {{{' '.join(value.split())}}}," for name, value in fields.items()]
    return "\n".join((f"@{work.type}{{{work.key},", *lines, "}"))

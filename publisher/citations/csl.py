"""Works as a citation style shows them. The only one that knows CSL and citeproc-py.

A style says how a list of works is written, and what stands in brackets in a text. Numbers and
letters that tell works apart (`2020a`) are ours: they depend on the page.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from citeproc import (
    LOCALES_PATH,
    PRIMARY_DIALECTS,
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc import types as csl
from citeproc.source import BibliographySource, Date, LiteralDate, Reference
from citeproc.source import Name as Person
from citeproc.string import MixedString, NoCase, String
from lxml import etree

from publisher.citations.bibtex import Name, Work
from publisher.citations.latex import OTHERS, PROTECT, UNPROTECT, reserved

NAMESPACE = {"cs": "http://purl.org/net/xbiblio/csl"}
ID = "work"
MAX_ELEMENTS = 50_000  # of a style, its macros in their places
_TYPES = {
    "article": csl.ARTICLE_JOURNAL, "periodical": csl.BOOK, "book": csl.BOOK,
    "mvbook": csl.BOOK, "collection": csl.BOOK, "proceedings": csl.BOOK, "manual": csl.BOOK,
    "booklet": csl.PAMPHLET, "inbook": csl.CHAPTER, "incollection": csl.CHAPTER,
    "inreference": csl.ENTRY_ENCYCLOPEDIA, "inproceedings": csl.PAPER_CONFERENCE,
    "conference": csl.PAPER_CONFERENCE, "phdthesis": csl.THESIS, "mastersthesis": csl.THESIS,
    "thesis": csl.THESIS, "techreport": csl.REPORT, "report": csl.REPORT,
    "unpublished": csl.MANUSCRIPT, "patent": csl.PATENT, "online": csl.WEBPAGE,
    "electronic": csl.WEBPAGE, "www": csl.WEBPAGE, "software": "software", "dataset": "dataset",
}  # fmt: skip
_GENRES = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis"}
_IN = (csl.CHAPTER, csl.PAPER_CONFERENCE, csl.ENTRY_ENCYCLOPEDIA)
_SEPARATOR = re.compile(rf",?(?:\s+(?:and|und|et|y|e|en|&amp;|&))?\s+{OTHERS}\.?")
_IDEOGRAPH = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARK = re.compile(f"[{PROTECT}{UNPROTECT}]")


class StyleError(Exception):
    """A style that cannot be used."""


class Style:
    """A CSL style in a language. `StyleError` if it is none.

    `numbered` says that it names works by numbers; `before`, `between` and `after` stand around
    those that are cited together; `raised` puts them above the line.
    """

    def __init__(self, source: bytes, language: str) -> None:
        with _quiet():
            try:
                self.style = CitationStylesStyle(BytesIO(source), _locale(language), validate=False)
            except (etree.LxmlError, ValueError, AttributeError, IndexError, TypeError) as error:
                raise StyleError(str(error)) from error
        root = self.style.root
        if _size(root) > MAX_ELEMENTS:
            raise StyleError("its macros stand for too much")
        layout = root.find("cs:citation/cs:layout", NAMESPACE)
        if layout is None or root.find("cs:bibliography/cs:layout", NAMESPACE) is None:
            raise StyleError("it has no layout for citations or none for the list of works")
        self.before = escape(layout.get("prefix") or "(")
        self.after = escape(layout.get("suffix") or ")")
        self.between = escape(layout.get("delimiter") or "; ")
        number = ".//cs:*[@variable='citation-number']"
        self.numbered = bool(layout.xpath(number, namespaces=NAMESPACE))
        numeric = "cs:info/cs:category[@citation-format='numeric']"
        self.numbered = self.numbered or root.find(numeric, NAMESPACE) is not None
        self.raised = layout.get("vertical-align") == "sup"
        if self.numbered and "prefix" not in layout.attrib:  # it may be that of the number itself
            self.before, self.after = ("", "") if self.raised else ("[", "]")
        _reserve(root)
        for name in ("prefix", "suffix", "vertical-align"):
            layout.attrib.pop(name, None)
        for numbering in root.xpath(f"cs:bibliography//{number[3:]}", namespaces=NAMESPACE):
            numbering.getparent().remove(numbering)  # the list counts by itself

    def entry(self, work: Work) -> str:
        """A work as the list shows it, its text marked; empty if the style cannot show it."""
        with _quiet():
            made = self._bibliography(work)
            try:
                shown = [str(text) for text in made.bibliography()]
            except Exception:  # whatever a style makes the processor run into
                return ""
        return _tidied("".join(shown))

    def cited(self, work: Work) -> str:
        """A work as it is cited, without what stands around; empty if the style cannot."""
        with _quiet():
            made = self._bibliography(work)
            citation = Citation([CitationItem(ID)])
            made.register(citation)
            try:
                shown = str(made.cite(citation, lambda item: ""))
            except Exception:
                return ""
        return _tidied(shown)

    def _bibliography(self, work: Work) -> Any:
        source = BibliographySource()
        source.add(_reference(work))
        made = CitationStylesBibliography(self.style, source, formatter.html)
        made.register(Citation([CitationItem(ID)]))
        return made


def _size(root: Any) -> int:
    """How many elements a style asks for a work at most; one too many if its macros loop."""
    macros = {macro.get("name"): macro for macro in root.findall("cs:macro", NAMESPACE)}
    known: dict[str, int] = {}

    def size(element: Any) -> int:
        name = element.get("macro")
        if name in macros and name not in known:
            known[name] = MAX_ELEMENTS + 1  # until it is counted
            known[name] = size(macros[name])
        parts = [size(part) for part in element.iterchildren(etree.Element)]
        inner = max(parts, default=0) if element.tag.endswith("}choose") else sum(parts)
        return min(1 + known.get(name, 0) + inner, MAX_ELEMENTS + 1)

    try:
        return max(size(part) for part in root.iterchildren(etree.Element))
    except RecursionError:
        return MAX_ELEMENTS + 1


def _reserve(root: Any) -> None:
    """Let a style say nothing that is a tag: the processor takes its words for HTML."""
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if "<" in value or ">" in value:
                element.set(name, reserved(value))
        if element.text and ("<" in element.text or ">" in element.text):
            element.text = reserved(element.text)


@contextmanager
def _quiet() -> Iterator[None]:
    """Citeproc warns of what styles hold that it does not know: no author can do much about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _tidied(text: str) -> str:
    text = _SEPARATOR.sub(f" {OTHERS}", _MARK.sub("", text))
    text = re.sub(r' style="font-variant:\s*small-caps;?"', ' class="small-caps"', text)
    text = re.sub(r"([.,;:])(</\w+>|[”’\"])?\1(?!\.)", r"\1\2", text)
    text = re.sub(r"([?!]</?\w*>|[?!])\.(?=\s|<|$)", r"\1", text)
    return re.sub(r"\s+([.,;])(?=\s|$)", r"\1", text).strip()


def _locale(language: str) -> str:
    """The locale that is nearest to a language: `de` is `de-DE`."""
    base, _, region = language.replace("_", "-").partition("-")
    for name in (f"{base.lower()}-{region.upper()}", PRIMARY_DIALECTS.get(base.lower(), "")):
        if name and (Path(LOCALES_PATH) / f"locales-{name}.xml").is_file():
            return name
    return "en-US"


def _reference(work: Work) -> Reference:
    """A work as CSL has it. Source: the mapping of pandoc and of Zotero's translators."""
    kind = _TYPES.get(work.type, csl.ARTICLE)
    if work.type == "misc" and work.address("url", "howpublished").startswith("http"):
        kind = csl.WEBPAGE
    fields: dict[str, Any] = {
        "title": ": ".join(filter(None, (work.text("title"), work.text("subtitle")))),
        "container_title": work.text("journal", "journaltitle", "booktitle", "maintitle"),
        "container_title_short": work.text("shortjournal"),
        "collection_title": work.text("series"),
        "volume": work.text("volume"),
        "issue": work.text("number", "issue") if kind == csl.ARTICLE_JOURNAL else "",
        "number": work.text("number") if kind in (csl.REPORT, csl.PATENT) else "",
        "edition": re.sub(r"(?i)\s*(?:edition|ed\.?)\s*$", "", work.text("edition")),
        "publisher": work.text("publisher", "school", "institution", "organization"),
        "publisher_place": work.text("address", "location"),
        "page": re.sub(r"\s*[–—-]+\s*", "–", work.text("pages")),
        "chapter_number": work.text("chapter") if kind in _IN else "",
        "genre": work.text("type") or _GENRES.get(work.type, ""),
        "note": work.text("note") or _unlinked(work.text("howpublished")),
        "DOI": doi(work),
        "URL": url(work) if not doi(work) else "",
        "ISBN": work.text("isbn"),
        "ISSN": work.text("issn"),
        "PMID": work.text("pmid"),
    }
    given = {name: value.rstrip(" ,") for name, value in fields.items()}
    kept = {name: _cased(reserved(value)) for name, value in given.items() if value}
    for role in ("author", "editor", "translator"):
        if people := work.names(role):
            kept[role] = [_person(name) for name in people]
    if kind == csl.BOOK and "author" not in kept and "editor" in kept:
        kept["author"] = kept["editor"]
    return Reference(ID, kind, issued=_date(work), **kept)


def _unlinked(text: str) -> str:
    return "" if text.startswith("http") else text


def _date(work: Work) -> Date | LiteralDate:
    if work.date is None:
        return LiteralDate(reserved(work.year) or "n.d.")
    year, month, day = work.date
    parts = {"year": year} | ({"month": month} if month else {})
    return Date(**parts, **({"day": day} if month and day else {}))


def _person(name: Name) -> Person:
    if name.whole or _IDEOGRAPH.search(name.family):  # such names have no initials
        return Person(literal=reserved(name.full))
    parts = {
        "family": name.family, "given": name.given,
        "non-dropping-particle": name.particle, "suffix": name.suffix,
    }  # fmt: skip
    return Person(**{key: reserved(value) for key, value in parts.items() if value})


def _cased(text: str) -> MixedString | String:
    """A text whose protected parts keep their case."""
    if PROTECT not in text:
        return String(text)
    parts, depth, result = re.split(f"([{PROTECT}{UNPROTECT}])", text), 0, MixedString()
    for part in parts:
        if part in (PROTECT, UNPROTECT):
            depth += 1 if part == PROTECT else -1
        elif part:
            result.append(NoCase(part) if depth > 0 else String(part))
    return next(iter(result)) if len(result) == 1 else result


def doi(work: Work) -> str:
    """A work's DOI without the address of its resolver; empty if it has none that is one."""
    found = re.search(r"10\.\d{4,9}/\S+", work.address("doi"))
    return found[0] if found else ""


def arxiv(work: Work) -> str:
    """A work's number at arXiv; empty if it has none."""
    given = work.address("arxiv")
    if not given and work.plain("archiveprefix", "eprinttype").lower() == "arxiv":
        given = work.address("eprint")
    found = re.search(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z.-]+/\d{7}(?:v\d+)?", given)
    return found[0] if found else ""


def url(work: Work) -> str:
    """A work's full address on the web; empty if it has none."""
    found = work.address("url")
    if not found and "http" in work.fields.get("howpublished", ""):
        found = work.address("howpublished")
    if not re.match(r"https?://", found):
        found = f"https://arxiv.org/abs/{arxiv(work)}" if arxiv(work) else ""
    return re.sub(r"[\s<>\"'\\^`{|}].*", "", found)

"""Citations and publications: `.bib` files, styles, what pages cite and what they list."""

# ruff: noqa: E501 (an entry of a .bib file is easier to read in one line)
from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml.html import fragment_fromstring

from publisher import build, citations, config, markdown
from publisher.build import Built, Options
from publisher.citations import bibtex, filters, latex, publications
from publisher.citations.csl import Style, StyleError
from publisher.markdown import citing

if TYPE_CHECKING:
    from conftest import Site

BIB = r"""
@string{aps = {American Physical Society}}
@book{knuth, title={The {\TeX}book}, author={Knuth, Donald E.}, year=1984, publisher={Addison-Wesley}}
@article{epr, title={Is $\psi$ Complete?}, author={Einstein, A. and Podolsky, B. and Rosen, N.}, journal={Phys. Rev.}, volume=47, pages={777--780}, year=1935, doi={https://doi.org/10.1103/PhysRev.47.777}}
@article{muller, title={{\"U}ber DNA}, author={M{\"u}ller, J{\"o}rg and Nu{\~n}ez, {\'E}va}, year=2001, journal=aps}
@misc{same1, title={First}, author={Doe, Jane}, year=2020}
@misc{same2, title={Second}, author={Doe, Jane}, year=2020}
@misc{nobody, title={Anonymous work}, howpublished={\url{https://example.org/a_b}}, year={in press}}
"""
HOSTILE = r"""Some text with an @ sign.
@article{fine, title={Fine}, author={A. Fine}, year=2000}
@article{comma, title={A} author={B C}, year=1999}
@article{open, title={Never closed, author={X}, year=2000}

@book{fine2, title="Quoted {"}text{"} \& more", author="Knuth, Donald E." # " and others", year="1984"}
@inproceedings{child, crossref={parent}, title={Child}, author={A. B. C}}
@proceedings{parent, title={Proc.\ of Parents}, year=2010, editor={E. F}, crossref={child}}
@article{fine, title={Again}, year=2002}
@article{, title={no key}}
@misc{<b>key</b>, title={<img src=x onerror=alert(1)> \href{javascript:alert(1)}{x}}, url={javascript:alert(1)}, author={<i>Bold</i>, X, Y, Z}, year={<i>}, pdf={../../etc/passwd}}
@misc{deep, title={TITLE}, author={NAMES}, year=2020}
@article{last, title={Never ends
""".replace("TITLE", "{" * 3000 + "x" + "}" * 3000).replace("NAMES", "{" * 500)  # fmt: skip


def works(text: str = BIB) -> citations.Bibliography:
    return citations.Bibliography((("refs.bib", text),), citations.style_named("") or b"", "en")


def numbered(text: str = BIB) -> citations.Bibliography:
    style = citations.style_named("numeric") or b""
    return citations.Bibliography((("refs.bib", text),), style, "en")


def prose(text: str, bibliography: citations.Bibliography | None = None) -> markdown.Prose:
    return markdown.render([text], "myst", bibliography=bibliography or works())


def shown(html: str) -> str:
    """HTML as it reads, without backlinks."""
    html = re.sub(r'<a class="backlink".*?</a>', "", html)
    return " ".join(unescape(re.sub("<[^>]+>", "", html)).split())


def test_a_broken_entry_is_a_located_warning_and_the_others_stand() -> None:
    found, problems = bibtex.parse(HOSTILE, "refs.bib")
    assert list(found) == ["fine", "fine2", "child", "parent", "<b>key</b>"]
    assert [(p.path, p.line) for p in problems] == [("refs.bib", n) for n in (3, 4, 9, 10, 12, 13)]
    assert (
        problems[0].message
        == "comma is left out: title: a comma is missing after it, or braces around it"
    )
    assert "there is an entry fine already" in problems[2].message


def test_strings_quotes_and_crossref_mean_what_bibtex_means() -> None:
    found, _ = bibtex.parse(HOSTILE, "refs.bib")
    assert found["fine2"].plain("title") == 'Quoted "text" & more'
    assert [n.full for n in found["fine2"].names("author")] == ["Donald E. Knuth", latex.OTHERS]
    assert found["child"].plain("booktitle") == "Proc. of Parents"
    assert found["child"].year == "2010"
    assert works().works["muller"].plain("journal") == "American Physical Society"


@pytest.mark.parametrize(
    ("written", "html"),
    [
        (r"{\'e}t\'e, \`a, \^{\i}, \c{c}a, \v s, \ss, \O re, \aa", "été, à, î, ça, š, ß, Øre, å"),
        (r"\emph{so} {\it it} \textbf{b} $x < y$", "<i>so</i> <i>it</i> <b>b</b> [x < y]"),
        (r"A~B -- C --- ``D''", "A\u00a0B – C — “D”"),
        (r"50\% \& more \$ \# \_ <b>", "50% &amp; more $ # _ &lt;b&gt;"),
        (r"\unknown{kept} \LaTeX{} \alpha", "kept LaTeX alpha"),
        ("}}{{ \\", "\\"),
        ("\ue020 tags \ue021", "tags"),
    ],
)
def test_latex_becomes_html(written: str, html: str) -> None:
    assert latex.escaped(latex.marked(written), lambda tex: f"[{tex}]").strip() == html


def test_the_default_style_names_authors_and_years() -> None:
    html = prose("{cite:t}`knuth` {cite:p}`epr,muller` {cite}`same1,same2,nobody`").cells[0]
    assert shown(html) == (
        "Knuth (1984) (Einstein et al. 1935; Müller and Nuñez 2001) "
        "(Doe 2020a; Doe 2020b; Anonymous work in press)"
    )


def test_a_style_of_numbers_counts_in_the_order_of_the_page() -> None:
    made = prose("{cite:t}`muller` {cite}`epr,knuth` [@muller, p. 3]", numbered())
    assert shown(made.cells[0]) == "Müller and Nuñez [1] [2, 3] [1, p. 3]"
    assert re.findall(r'<li id="ref-(\w+)"', made.tail) == ["muller", "epr", "knuth"]
    assert "<ol>" in made.tail


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("[@knuth]", "(Knuth 1984)"),
        ("[@knuth; @epr, p. 33]", "(Knuth 1984; Einstein et al. 1935, p. 33)"),
        ("[see @knuth, ch. 1; also @epr]", "(see Knuth 1984, ch. 1; also Einstein et al. 1935)"),
        ("as he says [-@knuth]", "as he says (1984)"),
        ("@knuth says", "Knuth (1984) says"),
        ("@knuth [p. 4] says.", "Knuth (1984, p. 4) says."),
        ("{cite:p}`{see}knuth{p. 3}`", "(see Knuth 1984, p. 3)"),
        (
            "{cite:author}`epr` {cite:year}`epr` {cite:alp}`epr`",
            "Einstein et al. 1935 Einstein et al. 1935",
        ),
        (r"LaTeX's \cite{knuth} \citet{epr}", "LaTeX's (Knuth 1984) Einstein et al. (1935)"),
        ("{nocite}`knuth`Nothing", "Nothing"),
    ],
)
def test_citations_are_written_as_myst_pandoc_and_latex_do(written: str, text: str) -> None:
    made = prose(written)
    assert shown(made.cells[0]) == text
    assert made.problems == ()


@pytest.mark.parametrize(
    "written",
    [
        "me@knuth.org", "`@knuth`", "```python\n@knuth\ndef f(): pass\n```", "ada@knuth",
        "https://example.org/@knuth", "@someone", "[@someone](https://example.org)",
        r"\@knuth", "a/@knuth",
    ],
)  # fmt: skip
def test_what_is_no_citation_stays_as_it_is(written: str) -> None:
    made = prose(written)
    assert made.cited == ()
    assert made.tail == ""
    assert made.problems == ()


def test_an_unknown_key_is_readable_with_a_warning_and_the_nearest_key() -> None:
    made = prose("Text\n\nand {cite}`knuht` and [@epr; @gone]")
    assert shown(made.cells[0]) == "Text and (knuht?) and (Einstein et al. 1935; gone?)"
    assert [(p.message, p.line, p.hint) for p in made.problems] == [
        ("the bibliography has no entry knuht", 3, "did you mean knuth?"),
        ("the bibliography has no entry gone", 3, None),
    ]


def test_a_page_that_cites_ends_in_references_with_ways_back() -> None:
    made = prose("# T\n\n@epr and [@epr; @knuth] and [a @knuth link](https://example.org)")
    assert made.cited == ("epr", "knuth")
    assert [h.id for h in made.headings] == ["t", "references"]
    assert shown(made.tail).startswith(
        "References Einstein, A., Podolsky, B., and Rosen, N. (1935). Is"
    )
    assert 'href="#cite-epr-2" aria-label="Back to citation 2"' in made.tail
    assert 'id="cite-epr-2" href="#ref-epr"' in made.cells[0]
    assert '<a href="https://doi.org/10.1103/PhysRev.47.777">' in made.tail
    assert "<math" in made.tail
    ids = re.findall(r' id="([^"]+)"', made.cells[0] + made.tail)
    assert len(ids) == len(set(ids))


def test_a_last_heading_of_that_name_is_the_heading_of_the_references() -> None:
    made = prose("@epr\n\n## References")
    assert made.tail.startswith('<section class="references" role="doc-bibliography">\n<ul>')
    assert [h.text for h in made.headings] == ["References"]


def test_a_bibliography_stands_where_it_is_asked_for() -> None:
    made = prose("@epr\n\n```{bibliography}\n:filter: docname in docnames\n```\n\n## More")
    assert made.tail == ""
    assert re.findall('<li id="ref-([^"]+)"', made.cells[0]) == ["epr"]
    every = prose("```{bibliography}\n:all:\n:filter: type == 'misc' and year >= '2020'\n```")
    assert re.findall('<li id="ref-([^"]+)"', every.cells[0]) == ["nobody", "same1", "same2"]
    assert "(2020a)" in every.cells[0]


def test_key_and_label_prefixes_belong_to_the_list_of_a_page() -> None:
    text = "{cite}`a-knuth`\n\n```{bibliography}\n:keyprefix: a-\n:labelprefix: A\n```"
    assert shown(prose(text, numbered()).cells[0]).startswith("[A1] D. E. Knuth")


def test_a_filter_asks_for_what_we_know_and_nothing_else() -> None:
    for wrong in ("__import__('os')", "().__class__", "(", "a" * 1000, "[x for x in y]", "1 + 1"):
        with pytest.raises(ValueError):  # noqa: PT011 (the message is shown as it is)
            filters.condition(wrong)
    made = prose("```{bibliography}\n:all:\n:filter: open('x')\n```")
    assert [p.message for p in made.problems] == [
        "the filter of {bibliography} is left out: Call is not known in it"
    ]


@pytest.mark.parametrize("name", ["author-date", "numeric"])
def test_no_entry_makes_markup(name: str) -> None:
    style = Style(citations.style_named(name) or b"", "en")
    for work in bibtex.parse(HOSTILE, "refs.bib")[0].values():
        html = latex.to_html(style.entry(work) + style.cited(work))
        assert set(re.findall(r"</?(\w+)", html)) <= {"i"}
        assert "javascript:" not in html
        assert html


def test_hostile_files_and_keys_come_to_an_end_and_make_no_markup() -> None:
    text = "@{<b>key</b>} {cite}`<b>key</b>` {cite}`<u>\"'` @fine [<img>]\n\n```{bibliography}\n:all:\n```"
    made = prose(text, works(HOSTILE))
    html = made.cells[0] + made.tail
    assert made.cited == ("<b>key</b>", "fine")
    assert not re.search(r"<(?:b|u|img|script)\b|javascript", html)
    assert 'href="#ref--b-key-b-"' in html


def test_a_style_that_cannot_be_used_is_replaced_with_a_warning() -> None:
    made = citations.Bibliography((("refs.bib", BIB),), b"<html/>", "en")
    assert "Knuth (1984)" in shown(prose("@knuth", made).cells[0])
    assert "the citation style cannot be used" in made.problems[0].message


def test_the_language_of_a_page_is_that_of_its_references() -> None:
    german = citations.Bibliography((("refs.bib", BIB),), citations.style_named("") or b"", "de")
    assert shown(prose("{cite:p}`muller`", german).cells[0]) == "(Müller und Nuñez 2001)"


# Whole sites


def built(site: Site, files: dict[str, str | bytes]) -> Built:
    placed = {k[1:] if k.startswith("/") else f"notebooks/{k}": v for k, v in files.items()}
    return build.build(site(placed), Options(jobs=1))


def page(made: Built, path: str) -> str:
    found = next(file for file in made.files if file.path == path)
    return found.read().decode().partition("<main")[2].partition("</main>")[0]


def warnings(made: Built) -> list[tuple[str | None, int | None, str]]:
    return [(w.path, w.line, w.message) for w in made.report.all_warnings]


def test_bibliographies_are_found_named_by_the_settings_or_by_the_page(site: Site) -> None:
    cites = "# A\n\n@knuth"
    one = "@book{knuth, title={One}, author={K. One}, year=2001}"
    two = "@book{knuth, title={Two}, author={K. Two}, year=2002}"
    assert "One (2001)" in page(built(site, {"a.md": cites, "x/y.bib": one}), "a/index.html")
    assert "One (2001)" in page(built(site, {"a.md": cites, "/refs.bib": one}), "a/index.html")
    named = {
        "a.md": cites,
        "y.bib": one,
        "/z.bib": two,
        "/publisher.toml": "bibliography = ['z.bib']",
    }
    assert "Two (2002)" in page(built(site, named), "a/index.html")
    front = f"---\nbibliography: z.bib\n---\n{cites}"
    made = built(site, {"p/a.md": front, "y.bib": one, "p/z.bib": two})
    assert "Two (2002)" in page(made, "p/a/index.html")
    assert warnings(made) == []


def test_what_is_wrong_with_a_bibliography_is_said_once_and_located(site: Site) -> None:
    made = built(site, {"a.md": "@fine", "b.md": "@fine", "c.md": "no one", "r.bib": HOSTILE})
    assert [w[:2] for w in warnings(made)] == [
        ("notebooks/r.bib", n) for n in (3, 4, 9, 10, 12, 13)
    ]
    gone = built(site, {"a.md": "---\nbibliography: gone.bib\n---\n{cite}`x`"})
    assert sorted(w[2] for w in warnings(gone)) == [
        "the citation x has no bibliography to be found in",
        "there is no file gone.bib",
    ]


def test_a_style_is_named_by_the_settings_or_the_page_or_is_a_file(site: Site) -> None:
    files = {"a.md": "@knuth", "r.bib": BIB}
    numeric = built(site, {**files, "/publisher.toml": "csl = 'numeric'"})
    assert "Knuth [1]" in shown(page(numeric, "a/index.html"))
    own = (citations.STYLES / "numeric.csl").read_bytes()
    made = built(site, {**files, "a.md": "---\ncsl: my.csl\n---\n@knuth", "my.csl": own})
    assert "Knuth [1]" in shown(page(made, "a/index.html"))
    wrong = built(site, {**files, "/publisher.toml": "csl = 'nature-of-gone'"})
    assert [w[2] for w in warnings(wrong)] == ["there is no citation style nature-of-gone"]


SITE = {
    "notebooks/a.md": "# A\n\n@knuth and $x$",
    "notebooks/b.md": "# B\n\nme@knuth.org",
    "notebooks/refs.md": "# All\n\n```{bibliography}\n```",
    "notebooks/r.bib": BIB,
}


def rendered(project: config.Config) -> set[str]:
    """The pages that a build renders."""
    report = build.publish(config.load(project.root), Options(jobs=1))
    return {page.source for page in report.pages if "render" in page.seconds}


def test_a_page_that_cites_nothing_lists_what_the_site_cites(site: Site) -> None:
    project = site(SITE)
    refs = project.output / "refs/index.html"
    rendered(project)
    assert re.findall('<li id="ref-([^"]+)"', refs.read_text()) == ["knuth"]
    assert "x-work" not in refs.read_text()
    edited = project.source / "a.md"
    edited.write_text("# A\n\n@knuth and @epr")
    assert rendered(project) == {"a.md"}
    assert re.findall('<li id="ref-([^"]+)"', refs.read_text()) == ["epr", "knuth"]


def test_files_that_come_to_be_there_are_seen(site: Site) -> None:
    project = site(
        {
            "publisher.toml": "[author]\nname = 'Ada Lovelace'\n",
            "notebooks/about.md": "# About",
            "notebooks/publications.bib": "@book{a, title={A}, year=2020, pdf={a.pdf}}",
            "notebooks/a.md": "---\ncsl: my.csl\nbibliography: /r.bib\n---\n\n@knuth",
        }
    )
    about, cites = project.output / "about/index.html", project.output / "a/index.html"
    rendered(project)
    assert "a.pdf" not in about.read_text().replace("a.pdf}", "")
    (project.source / "a.pdf").write_bytes(b"%PDF")
    rendered(project)
    assert 'href="../a.pdf"' in about.read_text()
    assert (project.output / "a.pdf").is_file()
    (project.source / "a.pdf").unlink()
    rendered(project)
    assert 'href="../a.pdf"' not in about.read_text()
    (project.root / "r.bib").write_text(BIB)
    assert rendered(project) == {"a.md"}
    assert "Knuth (1984)" in shown(cites.read_text())
    style = (citations.STYLES / "numeric.csl").read_bytes()
    (project.source / "my.csl").write_bytes(style)
    assert rendered(project) == {"a.md"}
    assert "Knuth [1]" in shown(cites.read_text())


def test_a_changed_bibliography_redraws_the_pages_that_cite_from_it(site: Site) -> None:
    project = site(SITE)
    rendered(project)
    assert rendered(project) == set()
    (project.source / "r.bib").write_text(BIB.replace("Knuth, Donald", "Knut, Donald"))
    assert rendered(project) == {"a.md", "refs.md"}
    assert "Knut (1984)" in shown((project.output / "a/index.html").read_text())
    before = {p.relative_to(project.output): p.read_bytes() for p in project.output.rglob("*.html")}
    shutil.rmtree(project.store)
    rendered(project)
    after = {p.relative_to(project.output): p.read_bytes() for p in project.output.rglob("*.html")}
    assert before == after


def test_a_new_bibliography_is_found_by_the_next_build(site: Site) -> None:
    project = site({"notebooks/a.md": "@knuth"})
    rendered(project)
    (project.source / "r.bib").write_text(BIB)
    rendered(project)
    assert "Knuth (1984)" in shown((project.output / "a/index.html").read_text())


# Publications

PAPERS = r"""---
---
@article{old, title={Old}, author={Ada Lovelace and Charles Babbage}, journal={J.,}, year=1843, abbr={JJ}}
@article{new, title={New}, author={Lovelace, A. A. and others}, year=1850, month=may, selected={true}, doi={10.1000/x}, pdf={papers/new.pdf}, code={https://example.org/c}, abstract={A & B}, preview={p.png}}
@article{newer, title={Newer}, author={Lovelace, Byron}, year=1850, month=jun, slides={gone.pdf}, website={javascript:alert(1)}}
"""
OWN: dict[str, str | bytes] = {
    "/publisher.toml": "[author]\nname = 'Ada Lovelace'\ntagline = 'x'",
    "papers.bib": PAPERS,
    "papers/new.pdf": b"%PDF",
    "publications.md": "---\npublications: true\n---\n# Publications\n\nMine:",
}


def test_publications_stand_by_year_with_the_own_name_set_off(site: Site) -> None:
    made = built(site, OWN)
    html = page(made, "publications/index.html")
    assert re.findall('<h2 id="y(\\d+)"', html) == ["1850", "1843"]
    assert re.findall('class="work-title">(?:<a[^>]*>)?([^<]+)', html) == ["Newer", "New", "Old"]
    assert re.findall('<strong class="own">([^<]+)', html) == ["A. A. Lovelace", "Ada Lovelace"]
    assert '<a href="../papers/new.pdf">PDF</a>' in html
    assert '<a href="https://doi.org/10.1000/x">DOI</a>' in html
    assert "A &amp; B" in html
    assert "preview" not in html
    assert "javascript" not in html
    assert "papers/new.pdf" in {file.path for file in made.files}
    assert warnings(made) == [
        ("notebooks/papers.bib", 5, "newer names the file gone.pdf, which is not there")
    ]


def test_the_about_page_shows_the_selected_works_and_the_way_to_all(site: Site) -> None:
    made = built(site, OWN)
    html = page(made, "about/index.html")
    assert re.findall('class="work-title">(?:<a[^>]*>)?([^<]+)', html) == ["New"]
    assert '<a href="../publications/">All publications</a>' in html
    none = built(
        site, {**OWN, "/publisher.toml": f"{OWN['/publisher.toml']!s}\n[publications]\nabout = 0"}
    )
    assert "work-title" not in page(none, "about/index.html")


def test_works_of_the_about_page_follow_their_file(site: Site) -> None:
    project = site({k[1:] if k[0] == "/" else f"notebooks/{k}": v for k, v in OWN.items()})
    rendered(project)
    (project.source / "papers.bib").write_text(PAPERS.replace("title={New}", "title={Better}"))
    assert rendered(project) == {"publications.md"}
    assert "Better" in (project.output / "about/index.html").read_text()


def test_the_name_of_the_author_redraws_the_pages_that_set_it_off_and_no_others(site: Site) -> None:
    project = site({k[1:] if k[0] == "/" else f"notebooks/{k}": v for k, v in OWN.items()})
    rendered(project)
    settings = project.root / "publisher.toml"
    settings.write_text(settings.read_text() + "\n[publications]\nnames = ['Byron Lovelace']\n")
    assert rendered(project) == {"publications.md"}
    html = (project.output / "publications/index.html").read_text()
    assert re.findall('<strong class="own">([^<]+)', html) == ["Byron Lovelace"]


def test_a_directive_lists_the_works_that_it_is_asked_for(site: Site) -> None:
    text = "# P\n\n```{publications}\n:query: @article[year=1843]\n```\n\n```{publications}\n:selected:\n```"
    html = page(built(site, {**OWN, "p.md": text}), "p/index.html")
    assert re.findall('class="work-title">(?:<a[^>]*>)?([^<]+)', html) == ["Old", "New"]


def test_the_bibliography_tag_of_a_jekyll_site_lists_its_works(site: Site) -> None:
    files: dict[str, str | bytes] = {
        "/_config.yml": "title: Al\nscholar: {last_name: [Lovelace], first_name: [Ada, A. A.]}",
        "/_bibliography/papers.bib": PAPERS,
        "/assets/pdf/gone.pdf": b"%PDF",
        "/pubs.md": "---\npermalink: /pubs/\n---\n<div>\n\n{% bibliography -f papers -q @*[selected=true]* %}\n\n</div>",
        "/years.md": "---\npermalink: /years/\nyears: [1850]\n---\n{% for y in page.years %}\n## {{ y }}\n{% bibliography -f papers -q @*[year={{y}}]* %}\n{% endfor %}",
    }
    made = built(site, files)
    assert re.findall('class="work-title">(?:<a[^>]*>)?([^<]+)', page(made, "pubs/index.html")) == [
        "New"
    ]
    years = page(made, "years/index.html")
    assert re.findall('class="work-title">(?:<a[^>]*>)?([^<]+)', years) == ["New", "Newer"]
    assert 'href="../assets/pdf/gone.pdf"' in years
    assert 'class="year"' not in years


@pytest.mark.parametrize(
    ("own", "other", "same"),
    [
        ("Ada Lovelace", "Lovelace, A.", True),
        ("Ada Lovelace", "A. A. Lovelace", True),
        ("Ada Lovelace", "Lovelace, Byron", False),
        ("J. R. R. Tolkien", "Tolkien, J.R.R.", True),
        ("Jan van der Berg", "van der Berg, J.", True),
        ("Éva Núñez", r"N{\'u}{\~n}ez, {\'E}.", True),
        ("李明", "{李明}", True),
    ],
)
def test_a_name_is_the_own_one_in_its_usual_spellings(own: str, other: str, same: bool) -> None:
    author = publications.Author.of([own])
    assert author.is_one(bibtex.names(other)[0]) is same


@pytest.mark.parametrize("query", ["", "@*", "@article", "@*[year>=1850]", "@*[selected=true]*"])
def test_queries_are_those_of_jekyll_scholar(query: str) -> None:
    found = bibtex.parse(PAPERS, "p.bib")[0].values()
    kept: dict[str, Any] = {"@*[year>=1850]": 2, "@*[selected=true]*": 1}
    assert len(list(filter(filters.query(query), found))) == kept.get(query, 3)
    with pytest.raises(ValueError):  # noqa: PT011 (the message is shown as it is)
        filters.query("@*[year]")


def test_styles_are_complete() -> None:
    for path in sorted(Path(citations.STYLES).glob("*.csl")):
        assert Style(path.read_bytes(), "fr").entry(works().works["knuth"])


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[](doi:10.1103/PhysRev.47.777)", "Einstein et al. (1935)"),
        ("[](https://doi.org/10.1103/physrev.47.777)", "Einstein et al. (1935)"),
        ("<doi:10.1103/PhysRev.47.777>", "Einstein et al. (1935)"),
        ("[x](doi:10.1103/PhysRev.47.777)", '<a href="https://doi.org/10.1103/PhysRev.47.777">x<'),
        ("<https://doi.org/10.1103/PhysRev.47.777>", ">https://doi.org/10.1103/PhysRev.47.777<"),
        ("[](doi:10.1000/none)", '<a href="https://doi.org/10.1000/none">https://doi.org/10.1000/'),
        ("[](https://a.org/b%20c)", '<a href="https://a.org/b%20c">https://a.org/b c</a>'),
        ("[](wiki:Fourier_transform)", 'wikipedia.org/wiki/Fourier_transform">Fourier transform<'),
        ("[](github:a/b#3)", '<a href="https://github.com/a/b/issues/3">a/b#3</a>'),
        ("[](xref:python#int)", '<a href="xref:python#int">xref:python#int</a>'),
        ("[](tel:123)", '<a href="tel:123">tel:123</a>'),
        ("[](mailto:a@b.org)", '<a href="mailto:a@b.org">a@b.org</a>'),
        ("[![](a.png)](https://a.org)", '<a href="https://a.org"><img'),
        ('[](doi:10.1000/"><script>)', "10.1000/%22%3E%3Cscript%3E"),
        ('<cite data-cite="knuth">Some *text*</cite>!', '(<a class="cite" id="cite-knuth-1"'),
        ('<cite data-cite="none">Some *text*</cite>!', "Some <em>text</em></cite>!"),
        ('<cite data-cite="knuth">never closed', "never closed"),
    ],
)
def test_links_and_html_may_cite_and_no_link_is_empty(text: str, html: str) -> None:
    assert html in prose(text).cells[0]


def test_without_a_bibliography_a_doi_is_a_link() -> None:
    shown = markdown.render(["[](doi:10.1000/xyz)"], "myst").cells[0]
    assert '<a href="https://doi.org/10.1000/xyz">https://doi.org/10.1000/xyz</a>' in shown


def test_a_list_of_what_is_not_cited() -> None:
    found = prose("{cite}`knuth`\n\n```{bibliography}\n:notcited:\n```\n").cells[0]
    listed = found.partition("<section")[2]
    assert "Podolsky" in listed
    assert "Knuth" not in listed


@pytest.mark.parametrize(
    "entry",
    [
        "@misc{k, title={T}, year={<img src=x onerror=alert(1)>}}",
        '@misc{<img>, year={" onclick="alert(1)}}',
        "@misc{k, title={$https://a/onclick=alert(1)//$}, year=2020}",
        "@misc{k, title={T}, month={" + 5000 * "9" + "}, year=2020}",
    ],
)
def test_years_keys_and_formulas_make_no_markup(entry: str) -> None:
    bibliography = works(entry)
    made = prose("{cite:t}`k` {cite:t}`<img>`\n\n```{bibliography}\n:all:\n```", bibliography)
    author = publications.Author.of([])
    lists = publications.Lists(author, lambda given, work: "", citing.formula)
    html = made.cells[0] + made.tail + lists.by_year(bibliography.works.values())
    tags = fragment_fromstring(f"<div>{html}</div>").iter()
    assert not [tag for tag in tags if tag.tag == "img" or "onclick" in tag.attrib]


def test_a_style_writes_no_markup_and_comes_to_an_end() -> None:
    given = (citations.style_named("author-date") or b"").decode()
    affixes = 'prefix="&lt;script&gt;" suffix="&lt;/script&gt;" delimiter="&lt;u&gt;"'
    hostile = re.sub(r"<layout[^>]*>", f"<layout {affixes}>", given)
    hostile = hostile.replace("<text variable", '<text value="&lt;img&gt;"/><text variable')
    style = citations.Bibliography((("refs.bib", BIB),), hostile.encode(), "en")
    made = prose("{cite}`knuth`", style)
    assert not re.search(r"<(?:script|img|u)\b", made.cells[0] + made.tail)
    assert "&lt;img&gt;" in made.tail
    twice = "".join(
        f'<macro name="m{n}"><text macro="m{n + 1}"/><text macro="m{n + 1}"/></macro>'
        for n in range(40)
    )
    for macros in (twice, '<macro name="m0"><text macro="m0"/></macro>'):
        bomb = given.replace("<citation", f"{macros}<citation", 1)
        bomb = bomb.replace("<text variable", '<text macro="m0"/><text variable')
        with pytest.raises(StyleError, match="its macros stand for too much"):
            Style(bomb.encode(), "en")


def test_a_page_may_speak_of_references_before_it_has_some(site: Site) -> None:
    found = built(site, {"a.md": "# A\n\n## References\n\n@knuth\n\n## After\n", "r.bib": BIB})
    html = page(found, "a/index.html")
    assert html.count('id="references"') == 1
    assert 'aria-labelledby="references-1"' in html
    assert '<h2 id="references-1">' in html


def test_no_bibliography_is_read_that_is_hidden_or_outside(site: Site, tmp_path: Path) -> None:
    (tmp_path / "out.bib").write_text(BIB)
    made = site({"notebooks/.hidden.bib": BIB, "notebooks/a.md": ""})
    (made.source / "link.bib").symlink_to(tmp_path / "out.bib")
    page = made.source / "a.md"
    for name in (".hidden.bib", "link.bib", "/" + "x" * 5_000, r"a\0b", "../.hidden.bib"):
        lists = f"```{{bibliography}} {name}\n:all:\n```\n\n```{{publications}} {name}\n```\n"
        page.write_text(f'---\nbibliography: "{name}"\ncsl: "{name}"\n---\n@knuth\n\n{lists}')
        built_ = build.build(made, Options(jobs=1))
        assert not built_.report.errors
        assert not any(b"book" in file.read() for file in built_.files if "a/" in file.path)
    for setting in ("bibliography = ['NAME']", "csl = 'NAME'", "[publications]\nfile = 'NAME'"):
        for name in ("notebooks/link.bib", "x" * 5_000, str(tmp_path / "out.bib")):
            (made.root / "publisher.toml").write_text(setting.replace("NAME", name))
            built_ = build.build(config.load(made.root), Options(jobs=1))
            assert not built_.report.errors
            assert not any(b"book" in f.read() for f in built_.files if "a/" in f.path)


def test_places_of_publications_stand_any_words(site: Site) -> None:
    text = "```{publications} sub/mine.bib\n:limit: " + 5_000 * "9" + "\n```\n"
    made = built(site, {"a.md": text, "/papers.bib": PAPERS, "sub/mine.bib": PAPERS})
    assert not made.report.errors
    assert '<ul class="works">' in page(made, "a/index.html")

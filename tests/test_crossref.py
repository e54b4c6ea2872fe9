"""Labels, numbers and cross-references: on a page, from page to page, and from build to build."""

# ruff: noqa: E501 (what is expected is easier to read in one line)
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from publisher import build as builder
from publisher import config
from publisher.build import Options, build

if TYPE_CHECKING:
    from conftest import Site

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=="


def stored(*cells: dict[str, Any], **metadata: Any) -> str:
    """A notebook with outputs, as a file."""
    whole = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole)


def prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


def code(source: str, *outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": metadata,
        "execution_count": 1,
        "source": source,
        "outputs": list(outputs),
    }


def shows(**data: str) -> dict[str, Any]:
    bundle = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


class Made:
    """A site in memory."""

    def __init__(self, site: Site, files: dict[str, str | bytes]) -> None:
        self.built = build(
            site({f"notebooks/{name}": text for name, text in files.items()}), Options(jobs=1)
        )
        self.files = {file.path: file for file in self.built.files}

    def main(self, path: str) -> str:
        """What stands in the main part of a page, in one line."""
        html = self.files[path].read().decode()
        return " ".join(re.search(r"<main.*?</main>", html, re.DOTALL)[0].split())  # type: ignore[index]

    @property
    def warnings(self) -> list[tuple[str | None, int | None, str, str | None]]:
        return [(w.path, w.line, w.message, w.hint) for w in self.built.report.all_warnings]


def page(site: Site, text: str, **files: str | bytes) -> tuple[str, list[str]]:
    """The page of a text, and what is said of it."""
    extra = {name.replace("__", "."): content for name, content in files.items()}
    made = Made(site, {"page.md": text, "a.png": b"", **extra})
    return made.main("page/index.html"), [message for _, _, message, _ in made.warnings]


def link(href: str, text: str) -> str:
    return f'<a class="reference" href="{href}">{text}</a>'


FIGURE = "```{figure} a.png\n:name: fig-a\nA *caption* with $x$.\n```\n"
LABELLED = [
    ("(here)=\n## A *part*\n", "here", link("#a-part", "A <em>part</em>")),
    ("## A *part* {#here .unnumbered}\n", "here", link("#a-part", "A <em>part</em>")),
    ("(a)=\n(b)=\n## Part\n", "a", link("#part", "Part")),
    ("(A  Label)=\n\nSome text.\n", "a label", link("#A-Label", "a label")),
    ("(a)=\n- one\n", "A", link("#a", "A")),
    ("(a)=\n```\ncode\n```\n", "a", link("#a", "a")),
    ("```{note}\n:name: a\nText.\n```\n", "a", link("#a", "a")),
    ("(a)=\n```{note}\nText.\n```\n", "a", link("#a", "a")),
    ("(a)=\n> quoted\n", "a", link("#a", "a")),
    ("## A heading\n", "a-heading", link("#a-heading", "A heading")),
    ("## A heading\n", "a HEADING", link("#a-heading", "A heading")),
    ("```{prf:theorem} Of $x$\n:label: a\nText.\n```\n", "a", None),
    (FIGURE, "fig-a", None),
]


@pytest.mark.parametrize(("text", "label", "expected"), LABELLED)
def test_a_label_names_what_follows_it(
    site: Site, text: str, label: str, expected: str | None
) -> None:
    shown, warnings = page(site, f"# Page\n\n{text}\nSee {{ref}}`{label}`.\n")
    assert warnings == []
    href = re.search(r'class="reference" href="#([^"]+)"', shown)
    assert href is not None
    assert len(re.findall(rf'id="{re.escape(href[1])}"', shown)) == 1
    assert expected is None or expected in shown


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{ref}`fig-a`", link("#fig-a", "A <em>caption</em> with MATH.")),
        ("{ref}`that one <fig-a>`", link("#fig-a", "that one")),
        ("{numref}`fig-a`", link("#fig-a", "Figure 1")),
        ("{numref}`Fig. %s <fig-a>`", link("#fig-a", "Fig. 1")),
        ("{numref}`{number}: {name} <fig-a>`", link("#fig-a", "1: A <em>caption</em> with MATH.")),
        ("{any}`fig-a`", link("#fig-a", "Figure 1")),
        ("[](#fig-a)", link("#fig-a", "Figure 1")),
        ("[](fig-a)", link("#fig-a", "Figure 1")),
        ("[](project:#fig-a)", link("#fig-a", "Figure 1")),
        ("<project:#fig-a>", link("#fig-a", "Figure 1")),
        ("[Fig. {number}](#fig-a)", link("#fig-a", "Fig. 1")),
        ("[it](#fig-a)", '<a href="#fig-a">it</a>'),
        ("[it](#FIG-a)", '<a href="#fig-a">it</a>'),
        ("[it](fig-a)", '<a href="#fig-a">it</a>'),
        ("@fig-a", link("#fig-a", "Figure 1")),
        ("(@fig-a).", "(" + link("#fig-a", "Figure 1") + ")."),
        ("-@fig-a", link("#fig-a", "1")),
        ("*{numref}`fig-a`*", f"<em>{link('#fig-a', 'Figure 1')}</em>"),
        ("{numref}`the part`", link("#the-part", "The part")),
        ("{doc}`page`", link("./", "Page")),
        ("{doc}`/page.md`", link("./", "Page")),
        ("{doc}`this <page>`", link("./", "this")),
        ("[](page.md)", link("./", "Page")),
        ("[](page.md#the-part)", link("#the-part", "The part")),
        ("[](page.md#fig-a)", link("#fig-a", "Figure 1")),
        ("{prf:ref}`thm`", link("#thm", "Theorem 1")),
        ("{ref}`thm`", link("#thm", "Title")),
        ("{term}`Some term`", link("#term-some-term", "Some term")),
        ("{term}`terms <some TERM>`", link("#term-some-term", "terms")),
        ("{download}`a.png`", '<a href="../a.png" download=""><code>a.png</code></a>'),
        ("{download}`the data <a.png>`", '<a href="../a.png" download="">the data</a>'),
    ],
)
def test_references_are_links(site: Site, written: str, expected: str) -> None:
    text = (
        f"# Page\n\n## The part\n\nBefore {written} after.\n\n{FIGURE}\n"
        "```{prf:theorem} Title\n:label: thm\nText.\n```\n\n"
        "```{glossary}\nSome term\n  What it means.\n```\n"
    )
    shown, warnings = page(site, text)
    assert warnings == []
    shown = re.sub(r'<span class="math inline">.*?</math></span>', "MATH", shown)
    assert f"Before {expected} after." in shown


@pytest.mark.parametrize(
    ("written", "shown", "message", "hint"),
    [
        ("{ref}`fig-b`", "fig-b", "there is no label fig-b", "did you mean fig-a?"),
        ("{ref}`text <none>`", "text", "there is no label none", None),
        ("{numref}`Fig. %s <zz>`", "zz", "there is no label zz", None),
        ("{doc}`pages`", "pages", "there is no page pages", "did you mean page.md?"),
        ("{term}`tern`", "tern", "there is no term tern", None),
        ("@fig-zz", "@fig-zz", "there is no label fig-zz", None),
        ("[](#zz)", "zz", "there is no label zz", None),
        ("{ref}`<b>&`", "&lt;b&gt;&amp;", "there is no label <b>&", None),
    ],
)
def test_what_leads_nowhere_is_text_with_a_located_warning(
    site: Site, written: str, shown: str, message: str, hint: str | None
) -> None:
    made = Made(
        site, {"page.md": f"# Page\n\n{FIGURE}\nline\nBefore {written} after.\n", "a.png": b""}
    )
    assert f"Before {shown} after." in made.main("page/index.html")
    found = [warning for warning in made.warnings if message in warning[2]]
    assert found == [("notebooks/page.md", 9, message, found[0][3])]
    assert hint is None or found[0][3] == hint


@pytest.mark.parametrize(
    "text",
    [
        "ask @ada about it",
        "ada@example.org",
        "`@fig-a`",
        "the @property decorator",
        "https://a.org/@ada",
    ],
)
def test_an_at_sign_that_is_no_label_stays(site: Site, text: str) -> None:
    shown, warnings = page(site, f"# Page\n\n{text}\n")
    assert warnings == []
    assert "reference" not in shown
    assert "@" in shown


def test_a_label_that_is_given_twice_is_a_warning_that_names_both(site: Site) -> None:
    made = Made(site, {"page.md": "# Page\n\n(a)=\n## One\n\n(A)=\n## Two\n\n{ref}`a`\n"})
    assert made.warnings == [
        (
            "notebooks/page.md",
            6,
            "the label A is given twice: it names what stands 3 lines above",
            None,
        )
    ]
    assert link("#one", "One") in made.main("page/index.html")


def test_a_label_on_two_pages_is_that_of_the_first_with_a_warning(site: Site) -> None:
    made = Made(
        site,
        {
            "a.md": "# A\n\n(x)=\n## On A\n",
            "b.md": "# B\n\n(x)=\n## On B\n\n{ref}`x`\n",
            "c.md": "# C\n\n{ref}`x`\n",
        },
    )
    assert made.warnings == [
        (None, None, "the label x is given twice: on notebooks/a.md and on notebooks/b.md", None)
    ]
    assert link("#on-b", "On B") in made.main("b/index.html")
    assert link("../a/#on-a", "On A") in made.main("c/index.html")


def test_the_label_of_a_title_leads_to_its_page(site: Site) -> None:
    made = Made(site, {"a.md": "(top)=\n# All of *A*\n\ntext\n", "b.md": "# B\n\n{ref}`top`\n"})
    assert made.warnings == []
    assert link("../a/#all-of-a", "All of <em>A</em>") in made.main("b/index.html")
    assert 'id="all-of-a"' in made.main("a/index.html")


def test_a_page_and_a_cell_without_outputs_may_have_labels(site: Site) -> None:
    made = Made(
        site,
        {
            "a.md": "---\ntitle: A & B\nlabel: the-page\n---\n\nText.\n",
            "b.ipynb": stored(
                code("#| label: run\nx = 1"),
                prose("# B\n\n{ref}`the-page` [it](#run)"),
                code("1", shows(text_plain="1")),
                kernelspec={"name": "python3", "display_name": "Python"},
            ),
        },
    )
    assert made.warnings == []
    assert link("../a/", "A &amp; B") in made.main("b/index.html")
    assert '<div class="cell" id="run">' in made.main("b/index.html")


def test_a_line_of_attributes_is_of_the_block_that_follows(site: Site) -> None:
    text = "# Page\n\n{.glossary}\nant\n: Small.\n\n{#p .lead}\nText, {term}`ant`, [it](#p).\n\n{ not so }\n"
    shown, warnings = page(site, text)
    assert warnings == []
    assert '<dl class="glossary"> <dt id="term-ant">ant</dt>' in shown
    assert '<p class="lead" id="p">Text, <a class="reference" href="#term-ant">' in shown
    assert "{ not so }" in shown


@pytest.mark.parametrize(
    "text",
    [
        "(a)=\nOne.\n\n(A)=\nTwo.\n",
        "(a b)=\nOne.\n\n(a-b)=\nTwo.\n",
        "```{note}\n:name: a\n(a)=\nOne.\n```\n",
        "```{note}\n:name: a\nOne.\n```\n\n```{tip}\n:name: a\nTwo.\n```\n",
        "x ![x](a.png){#a} y ![x](a.png){#a}\n",
        "![x](a.png){#a}\n\n![x](a.png){#a}\n",
        "(sec)=\nText.\n\n## Sec\n",
        "(term-x)=\nText.\n\n```{glossary}\nx\n  X\n```\n",
    ],
)
def test_no_two_places_have_one_id(site: Site, text: str) -> None:
    shown, _ = page(site, f"# Page\n\n{text}\n[1](#a) [2](#sec)\n")
    ids = re.findall(r'\sid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))


def test_everything_is_counted_for_itself_in_the_order_of_the_page(site: Site) -> None:
    text = (
        "# Page\n\n" + FIGURE + "\n"
        "```{table} One\n| a |\n|---|\n| 1 |\n```\n\n"
        "```{figure} a.png\n:nonumber:\nPlain.\n```\n\n"
        "![Second](a.png){#fig-b}\n\n"
        "| a |\n|---|\n| 1 |\n\n: Two {#tbl-b}\n\n"
        "```{prf:lemma}\nL\n```\n```{prf:theorem}\nT\n```\n```{prf:lemma}\n:label: l2\nL\n```\n"
        "```{exercise}\nE\n```\n```{exercise}\n:nonumber:\nE\n```\n```{exercise}\nE\n```\n"
    )
    shown, warnings = page(site, text)
    assert warnings == []
    numbers = re.findall(r'<span class="caption-number">([^<]*)</span>', shown)
    assert numbers == [
        "Figure 1", "Table 1", "Figure 2", "Table 2", "Lemma 1", "Theorem 1", "Lemma 2",
        "Exercise 1", "Exercise", "Exercise 2",
    ]  # fmt: skip
    assert "x-number" not in shown


def test_pictures_of_code_are_counted_with_those_of_prose(site: Site) -> None:
    notebook = stored(
        prose("# Page\n\nSee @fig-plot, {numref}`Tbl. %s <tbl-x>`, {ref}`nb` and {numref}`fig-a`."),
        prose(FIGURE),
        code("#| label: fig-plot\n#| fig-cap: The *plot*, see @fig-a\nplot()", shows(image_png=PNG)),
        code("#| label: tbl-x\n#| tbl-cap: Sums\ndf", shows(text_html="<table></table>")),
        code("plot()", shows(text_plain="t"), shows(image_png=PNG),
             mystnb={"figure": {"name": "nb", "caption": "By *MyST-NB*"}, "image": {"alt": "Alt"}}),
        kernelspec={"name": "python3", "display_name": "Python"},
    )  # fmt: skip
    made = Made(site, {"page.ipynb": notebook, "a.png": b""})
    shown = made.main("page/index.html")
    assert made.warnings == []
    assert re.findall(r'<span class="caption-number">([^<]*)</span>', shown) == [
        "Figure 1", "Figure 2", "Table 1", "Figure 3",
    ]  # fmt: skip
    assert f"See {link('#fig-plot', 'Figure 2')}, {link('#tbl-x', 'Tbl. 1')}, " in shown
    assert link("#nb", "By <em>MyST-NB</em>") in shown
    assert f"<em>plot</em>, see {link('#fig-a', 'Figure 1')}</figcaption>" in shown
    assert '<figure class="output image" id="nb">' in shown
    assert 'alt="Alt"' in shown


def glued(name: str, prefix: str = "application/papermill.record/", **data: str) -> dict[str, Any]:
    bundle = {prefix + mime.replace("_", "/", 1): value for mime, value in data.items()}
    record = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    return {"output_type": "display_data", "metadata": record, "data": bundle}


def test_values_that_code_has_glued_stand_in_prose(site: Site) -> None:
    notebook = stored(
        prose("# Page\n\nIt is {glue:text}`pi:.2f`, {glue}`word` and {glue}`none`."),
        prose("```{glue:figure} plot\n:name: fig-p\nGlued.\n```\n\n{numref}`fig-p`"),
        code("glue()", glued("pi", text_plain="3.14159"), glued("word", text_plain="'<a>'"),
             glued("plot", image_png=PNG), options={"fig-alt": "A plot"}),
        kernelspec={"name": "python3", "display_name": "Python"},
    )  # fmt: skip
    made = Made(site, {"page.ipynb": notebook})
    shown = made.main("page/index.html")
    assert "It is 3.14, &lt;a&gt; and <code>none</code>." in shown
    assert re.search(r'<figure id="fig-p"><img src="[^"]+" alt="A plot"', shown)
    assert link("#fig-p", "Figure 1") in shown
    assert 'class="outputs"' not in shown
    assert [w[2] for w in made.warnings] == ["no code of this page glues a value to the name none"]


def test_the_parts_of_a_figure_have_letters(site: Site) -> None:
    text = (
        "````{figure}\n:name: all\n```{figure} a.png\n:name: left\nOne\n```\n"
        "```{figure} a.png\n:name: right\nTwo\n```\n\nBoth of them.\n````\n\n"
        "{numref}`all` {numref}`left` {numref}`right`\n"
    )
    shown, warnings = page(site, "# Page\n\n" + FIGURE + text)
    assert warnings == []
    for name, number in (("all", "2"), ("left", "2a"), ("right", "2b")):
        assert link(f"#{name}", f"Figure {number}") in shown
    assert '<span class="caption-number">(b)</span> Two' in shown


def test_a_figure_has_what_its_author_asks_for(site: Site) -> None:
    text = (
        "# Page\n\n```{figure} a.png\n:width: 50%\n:align: left\n:figclass: wide\n"
        ":target: https://example.org\nThe caption, *short*.\n\nA legend.\n```\n"
        '![alt](a.png){width=20em .cls} ![b](a.png){width="300" fig-alt="other"}\n'
    )
    shown, warnings = page(site, text)
    assert warnings == []
    assert (
        '<figure class="wide align-left"><a href="https://example.org"><img src="../a.png" alt="The caption, short." style="width: 50%"'
        in shown
    )
    assert '<div class="legend"> <p>A legend.</p> </div>' in shown
    assert 'alt="alt" class="cls" style="width: 20em"' in shown
    assert 'alt="other" width="300"' in shown


def test_tables_of_lists_and_of_commas(site: Site) -> None:
    text = (
        "# Page\n\n```{list-table} Cap $x$\n:header-rows: 1\n:stub-columns: 1\n:name: t\n"
        "* - a\n  - b\n* - 1\n  - - x\n    - y\n```\n\n"
        '```{csv-table}\n:header: "p, q", r\n1, *2*\n```\n\n{numref}`t`\n'
    )
    shown, warnings = page(site, text)
    assert warnings == []
    assert '<thead> <tr> <th scope="col">a</th> <th scope="col">b</th> </tr> </thead>' in shown
    assert '<th scope="row">1</th> <td><ul> <li>x</li> <li>y</li> </ul> </td>' in shown
    assert '<th scope="col">p, q</th>' in shown
    assert "<td><em>2</em></td>" in shown
    assert link("#t", "Table 1") in shown


def test_a_csv_table_of_a_file_is_drawn_anew_when_that_changes(site: Site) -> None:
    project = site(
        {
            "notebooks/index.md": "# Home\n\n```{csv-table}\n:file: d.csv\n:header-rows: 1\n```\n",
            "notebooks/d.csv": "a,b\n1,2\n",
        }
    )
    builder.publish(project)
    home = Path(project.root, "site", "index.html")
    assert "<td>2</td>" in home.read_text()
    Path(project.root, "notebooks", "d.csv").write_text("a,b\n1,345\n")
    builder.publish(config.load(project.root))
    assert "<td>345</td>" in home.read_text()


def test_solutions_fold_and_name_their_exercise(site: Site) -> None:
    text = (
        "# Page\n\n```{exercise} Try $x$\n:label: ex\nDo it.\n```\n\n"
        "```{solution} ex\n:label: sol\nDone.\n```\n\n{ref}`sol` and {ref}`ex`\n"
    )
    shown, warnings = page(site, text)
    assert warnings == []
    summary = '<summary class="solution-title">Solution to Exercise 1</summary>'
    assert f'<details class="solution" id="sol"> {summary} <p>Done.</p> </details>' in shown
    assert link("#sol", "Solution to Exercise 1") in shown


def test_gates_hold_the_cells_between_them(site: Site) -> None:
    notebook = stored(
        prose("# Page"),
        prose("```{exercise-start}\n:label: ex\n```\n\nDo this:"),
        code("1 + 1", shows(text_plain="2")),
        prose("```{exercise-end}\n```\n\n```{solution-start} ex\n:class: dropdown\n```"),
        code("2", shows(text_plain="2")),
        prose("```{solution-end}\n```\n\nAfter."),
    )
    made = Made(site, {"page.ipynb": notebook})
    shown = made.main("page/index.html")
    assert made.warnings == []
    exercise, _, rest = shown.partition('<div class="exercise" id="ex">')[2].partition("<details")
    assert 'class="cell"' in exercise
    assert 'class="cell"' in rest.partition("</details>")[0]
    assert "<p>After.</p>" in rest.partition("</details>")[2]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("```{exercise-start}\n```\n", 3, "{exercise-start} is never closed"),
        ("```{solution-end}\n```\n", 3, "{solution-end} closes nothing"),
        (
            "```{exercise-start}\n```\n```{solution-start} a\n```\n```{exercise-end}\n```\n",
            5,
            "{solution-start} is never closed",
        ),
    ],
)
def test_gates_that_do_not_fit_are_warned_of(
    site: Site, text: str, line: int, message: str
) -> None:
    made = Made(site, {"page.md": f"# Page\n\n{text}\nAfter.\n"})
    assert (line, message) in [
        (w[1], w[2].partition(":")[0].partition(" there")[0]) for w in made.warnings
    ]
    shown = made.main("page/index.html")
    for tag in ("div", "details"):
        assert len(re.findall(rf"<{tag}\b", shown)) == shown.count(f"</{tag}>")


def test_a_glossary_in_either_form_with_several_terms(site: Site) -> None:
    text = (
        "# Page\n\n```{glossary}\n:sorted:\nzebra\n  Striped.\n\nant\nemmet\n  Small, see\n  {term}`zebra`.\n\n"
        "  - legs: 6\nbee\n: Buzzes\n```\n"
    )
    shown, warnings = page(site, text)
    assert warnings == []
    assert re.findall(r'<dt id="([^"]+)">', shown) == [
        "term-ant",
        "term-emmet",
        "term-bee",
        "term-zebra",
    ]
    assert f"see {link('#term-zebra', 'zebra')}.</p> <ul> <li>legs: 6</li>" in shown


@pytest.mark.parametrize(
    "text",
    [
        '```{figure} a.png" onerror="x\n:name: "><script>\n:width: 1"><b>\n:align: "><i>\n:class: x" onclick="y\nC\n```',
        "```{figure} a.png\n:target: javascript:alert(1)\nC\n```",
        '("><script>alert(1)</script>)=\n## H\n\n{ref}`"><script>alert(1)</script>`',
        '```{prf:theorem} <i>\n:label: "><b>\n:class: "><i>\nT\n```',
        '<x-ref data-n="7"></x-ref> <x-number data-kind="figure"></x-number>',
        "```{solution} `}<i>\nS\n```",
        '```{glossary}\n  no term\n\n\n"><i>\n  def\n```',
        "```{list-table}\n- a\n- - b\n```",
        '```{csv-table}\n:delim: ab\n:header-rows: 99999999\n"open\n```',
        "````{figure}\n" * 30,
        "{ref}`" + "<" * 5000 + "`",
        "(" + "a" * 5000 + ")=\n# H\n",
        "![x](a.png){" + "a=b " * 100 + "}",
        "@" * 5000,
    ],
)
def test_hostile_text_is_still_a_page(site: Site, text: str) -> None:
    shown, _ = page(site, f"# Page\n\n{text}\n")
    assert "<script" not in shown
    assert " onerror=" not in shown.replace('a.png" onerror', "")
    assert " onclick=" not in shown
    assert "javascript:" not in shown
    assert "x-ref" not in shown
    assert "x-number" not in shown


# From build to build.

SITE = {
    "publisher.toml": 'title = "Site"\n',
    "notebooks/index.md": "# Home\n\nText.\n",
    "notebooks/a.md": "# A\n\n```{exercise}\n:label: first\nE\n```\n\n```{exercise}\n:label: ex\nE\n```\n",
    "notebooks/b.md": "# B\n\n(part)=\n## A part\n",
    "notebooks/asks.md": "# Asks\n\n{numref}`ex` {ref}`part` [](b.md#a-part)\n",
    "notebooks/other.md": "# Other\n\nText.\n",
}


def outputs(root: Path) -> dict[str, bytes]:
    folder = root / "site"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


EDITS = [
    ("a number on another page", {"a.md": "# A\n\n```{exercise}\n:label: ex\nE\n```\n"}, {"a", "asks"}, "Exercise 1"),
    ("a label that moves", {"b.md": "# B\n\nText.\n", "other.md": "# Other\n\n(part)=\n## A part\n"}, {"b", "other", "asks"}, "../other/#a-part"),
    ("a title that changes", {"b.md": "# B\n\n(part)=\n## A *part*\n"}, {"b", "asks"}, "A <em>part</em>"),
    ("a label that is removed", {"b.md": "# B\n\nText.\n"}, {"b", "asks"}, " part "),
    ("what concerns none", {"other.md": "# Other\n\nAnother text.\n"}, {"other"}, "Exercise 2"),
    ("a label that nobody asks for", {"other.md": "# Other\n\n(new)=\nText.\n"}, {"other"}, "Exercise 2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "changed", "expected"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS]
)
def test_pages_that_refer_to_what_has_changed_are_laid_out_anew(
    site: Site,
    tmp_path_factory: pytest.TempPathFactory,
    edit: dict[str, str],
    changed: set[str],
    expected: str,
) -> None:
    project = site(SITE)
    builder.publish(project)
    before = outputs(project.root)
    for name, text in edit.items():
        (project.root / "notebooks" / name).write_text(text)
    builder.publish(config.load(project.root))
    after = outputs(project.root)
    assert {
        path.partition("/")[0]
        for path in after
        if path.endswith("index.html") and after[path] != before[path]
    } == changed
    assert expected in after["asks/index.html"].decode()
    fresh = tmp_path_factory.mktemp("fresh")
    for name, text in {
        **SITE,
        **{f"notebooks/{name}": text for name, text in edit.items()},
    }.items():
        (fresh / name).parent.mkdir(exist_ok=True)
        (fresh / name).write_text(text)
    builder.publish(config.load(fresh))
    assert outputs(fresh) == after


def test_a_page_that_gets_a_label_answers_those_who_asked_in_vain(site: Site) -> None:
    project = site({**SITE, "notebooks/asks.md": "# Asks\n\n{ref}`later`\n"})
    assert "there is no label later" in [w.message for w in builder.publish(project).all_warnings]
    (project.root / "notebooks/b.md").write_text("# B\n\n(later)=\n## Now\n")
    assert builder.publish(config.load(project.root)).all_warnings == ()
    assert link("../b/#now", "Now") in outputs(project.root)["asks/index.html"].decode()


def test_a_label_with_a_colon_is_no_scheme(site: Site) -> None:
    text = (
        "# Page\n\n(status:machine)=\n## The machine\n\n[it](status:machine), [](status:machine)\n"
    )
    shown, warnings = page(site, text)
    assert link("#the-machine", "it") in shown
    assert link("#the-machine", "The machine") in shown
    assert warnings == []


EMBEDDED = [
    ("```{embed} #plot\n```", "", "the text"),
    ("![](#plot)", "", "the text"),
    ("```{figure} #plot\n:label: fig-p\nIts caption\n```", '<figure id="fig-p">', "Its caption"),
]


@pytest.mark.parametrize(("text", "opening", "caption"), EMBEDDED)
@pytest.mark.parametrize("tag", ["", "remove-output", "remove-cell"])
def test_what_a_cell_shows_may_stand_in_another_place(
    site: Site, text: str, opening: str, caption: str, tag: str
) -> None:
    picture = shows(image_png=PNG)
    cells = (
        prose(f"# Page\n\nBefore.\n\n{text}\n\nthe text"),
        code("#| fig-alt: A plot\n1", picture, label="plot", tags=[tag]),
    )
    made = Made(site, {"page.ipynb": stored(*cells)})
    shown = made.main("page/index.html")
    before, _, after = shown.partition(caption)
    assert f"{opening}<img" in before.partition("Before.")[2].replace("> <img", "><img")
    assert ("<img" in after) == (tag == "")
    assert made.warnings == []


def test_a_caption_is_not_embedded_twice(site: Site) -> None:
    cell = code("#| label: fig-a\n#| fig-cap: Own\n1", shows(image_png=PNG))
    made = Made(site, {"page.ipynb": stored(cell, prose("# P\n\n```{embed} #fig-a\n```"))})
    assert made.main("page/index.html").count("Figure 1") == 1


def test_what_is_no_cell_of_the_page_is_linked_to(site: Site) -> None:
    text = "# Page\n\n(here)=\n## Part\n\n```{embed} #here\n```\n"
    made = Made(site, {"page.md": text})
    assert link("#part", "Part") in made.main("page/index.html")
    message = "here is no cell of this page: it is linked to, not shown here"
    assert made.warnings == [("notebooks/page.md", 6, message, None)]


def test_a_picture_that_is_missing_shows_its_caption_once(site: Site) -> None:
    for text in ("```{figure} no.png\nThe caption\n```", "![The caption](no.png){#fig-a}"):
        shown, _ = page(site, f"# Page\n\n{text}\n")
        assert shown.count("The caption") == 1
        there, _ = page(site, f"# Page\n\n{text}\n", no__png=b"")
        assert 'alt="The caption"' in there
        assert "data-captioned" not in there


def test_values_that_are_glued_to_a_name_stand_in_titles_too(site: Site) -> None:
    output = shows(text_plain="1.2345") | {"metadata": {"scrapbook": {"name": "m"}}}
    text = "# Page\n\n```{figure} a.png\n:name: fig-a\nMean {glue:text}`m:.1f`\n```\n\n{ref}`fig-a`"
    files = {"page.ipynb": stored(code("1", output), prose(text)), "a.png": b""}
    made = Made(site, files)
    assert link("#fig-a", "Mean 1.2") in made.main("page/index.html")


def test_a_formula_whose_label_is_given_twice_has_no_second_id(site: Site) -> None:
    shown, warnings = page(site, "# Page\n\n$$a$$ (x)\n\n$$b$$ (x)\n")
    assert shown.count('id="x"') == 1
    assert warnings == ["the label x is given twice: it names what stands 2 lines above"]


def test_a_toctree_lists_the_pages_that_fit_a_pattern(site: Site) -> None:
    tree = "# Page\n\n```{toctree}\n:glob:\n\npart/*\n/other\n```\n"
    files = {"page.md": tree, "part/b.md": "# B", "part/a.md": "# A & x", "part/c/d.md": "# D"}
    made = Made(site, files | {"other.md": "# Other"})
    shown = made.main("page/index.html")
    assert (
        '<ul> <li><a href="../part/a/">A &amp; x</a></li> <li><a href="../part/b/">B</a></li>'
        in shown.replace("</li><li>", "</li> <li>")
    )
    assert link("../other/", "Other") in shown
    assert "D</a>" not in shown

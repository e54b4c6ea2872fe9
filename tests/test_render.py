"""Rendering: cells and outputs to a page's HTML. Outputs are stored ones: no kernel is started."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from nbconvert.filters import ansi2html

from publisher import execute, read
from publisher.errors import ThemeError
from publisher.model import Rendered
from publisher.render import render
from publisher.render.ansi import ansi

if TYPE_CHECKING:
    from conftest import Site

HEADER = "---\njupyter: {kernelspec: {name: python3}}\n---\n"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20'></svg>"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAADklEQVR4nGP4DwYMEAoAU7oL9SbKDMMAAAAASUVORK5C"
    "YII="
)
Files: TypeAlias = Mapping[str, str | bytes]
NONE: Files = {}
HOSTILE = "\"'><script>alert(1)</script>"


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def prose(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "x", "metadata": {}, "source": source, **more}


def raw(source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "raw", "id": "x", "metadata": metadata, "source": source}


def code(source: str, *outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "x",
        "metadata": metadata,
        "source": source,
        "execution_count": 1,
        "outputs": outputs,
    }


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shows(metadata: dict[str, Any] | None = None, /, **data: Any) -> dict[str, Any]:
    """An output; `image_png=…` stands for the MIME type `image/png`."""
    bundle = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": metadata or {}, "data": bundle}


def drawn(site: Site, text: str, /, *, name: str = "page.md", files: Files = NONE) -> Rendered:
    others = {f"notebooks/{key}": value for key, value in files.items()}
    made = site({f"notebooks/{name}": text, **others})
    page = read.page(name, made)
    return render(execute.unexecuted(page, made, forbidden=False), made)


def cells(site: Site, *those: dict[str, Any], **metadata: Any) -> Rendered:
    return drawn(site, notebook(*those, **metadata), name="page.ipynb")


# Code cells


def test_code_is_highlighted_in_the_language_of_the_notebook(site: Site) -> None:
    python = cells(site, code("import this"), language_info={"name": "python"})
    assert '<span class="kn">import</span>' in python.body
    r = cells(site, code("x <- 1"), kernelspec={"name": "ir", "language": "R"})
    assert '<span class="o">&lt;-</span>' in r.body


def test_code_of_an_unknown_language_is_plain_and_escaped(site: Site) -> None:
    body = cells(site, code("<b> & x"), kernelspec={"name": "x", "language": HOSTILE}).body
    assert ">&lt;b&gt; &amp; x</code></pre>" in body
    assert "<script" not in body


def test_magics_of_python_are_no_syntax_errors(site: Site) -> None:
    assert 'class="err"' not in cells(site, code("%matplotlib inline\n!ls\nx?")).body


def test_a_fence_of_another_language_is_shown_without_the_magic(site: Site) -> None:
    body = drawn(site, f"{HEADER}\n```bash\necho hi\n```\n").body
    assert "%%bash" not in body
    assert "hi" in body


@pytest.mark.parametrize("joined", ["-", "_"])
@pytest.mark.parametrize(
    ("tag", "code_shown", "output_shown"),
    [
        ("remove cell", None, None),
        ("remove input", None, "open"),
        ("remove output", "open", None),
        ("hide input", "folded", "open"),
        ("hide output", "open", "folded"),
        ("hide cell", "folded", "folded"),
        ("of no meaning", "open", "open"),
    ],
)
def test_tags_say_what_of_a_cell_is_shown(
    site: Site, joined: str, tag: str, code_shown: str | None, output_shown: str | None
) -> None:
    made = code("SOURCE", stream("OUTPUT"), tags=[tag.replace(" ", joined)])
    body = cells(site, made).body
    shown = {
        "SOURCE": {'<details class="input">': "folded", '<div class="input">': "open"},
        "OUTPUT": {'<details class="outputs">': "folded", '<div class="outputs">': "open"},
    }
    for text, expected in (("SOURCE", code_shown), ("OUTPUT", output_shown)):
        found = [how for start, how in shown[text].items() if start in body]
        assert found == ([expected] if expected else [])
        assert (text in body) is (expected is not None)


@pytest.mark.parametrize("tag", ["remove-stdout", "remove_stdout", "remove-stderr"])
def test_single_streams_can_be_removed(site: Site, tag: str) -> None:
    body = cells(site, code("1", stream("OUT"), stream("ERR", "stderr"), tags=[tag])).body
    gone, kept = ("OUT", "ERR") if "stdout" in tag else ("ERR", "OUT")
    assert gone not in body
    assert kept in body


@pytest.mark.parametrize(
    ("options", "code_shown", "output_shown"),
    [
        ("#| echo: false", False, True),
        ("#| output: false", True, False),
        ("#| include: false", False, False),
        ("#| echo: true", True, True),
        ("#| warning: false", True, True),
    ],
)
def test_options_say_what_of_a_cell_is_shown(
    site: Site, options: str, code_shown: bool, output_shown: bool
) -> None:
    body = cells(site, code(f"{options}\nSOURCE", stream("OUTPUT"))).body
    assert ("SOURCE" in body, "OUTPUT" in body) == (code_shown, output_shown)
    assert "#|" not in body


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ("#| code-fold: true", '<details class="input"><summary>Show code</summary>'),
        ("#| code-fold: show", '<details class="input" open><summary>Show code</summary>'),
        ("#| code-fold: true\n#| code-summary: See <it>", "<summary>See &lt;it&gt;</summary>"),
        ("#| code-fold: false", '<div class="input">'),
    ],
)
def test_code_can_be_folded(site: Site, options: str, start: str) -> None:
    assert start in cells(site, code(f"{options}\n1")).body


def test_what_jupyter_hides_is_folded(site: Site) -> None:
    body = cells(site, code("1", stream("x"), jupyter={"source_hidden": True})).body
    assert '<details class="input">' in body
    body = cells(site, code("1", stream("x"), jupyter={"outputs_hidden": True})).body
    assert '<details class="outputs">' in body


def test_a_label_is_the_id_of_the_first_output(site: Site) -> None:
    made = cells(site, code("#| label: fig-x\n1", stream("a"), stream("b", "stderr")))
    assert made.body.count('id="fig-x"') == 1
    assert "fig-x" in made.ids


def test_an_empty_cell_leaves_nothing(site: Site) -> None:
    assert 'class="cell"' not in cells(site, code("  \n"), code("#| label: x\n")).body


def test_nothing_hostile_breaks_out(site: Site) -> None:
    quoted = json.dumps(HOSTILE)
    options = "".join(
        f"#| {name}: {quoted}\n" for name in ("label", "fig-alt", "code-summary", "tags")
    )
    body = cells(
        site,
        code(
            f"{options}#| code-fold: true\n1",
            shows(image_png=PNG),
            stream(HOSTILE),
            shows(text_plain=HOSTILE),
            shows(**{"application_x-" + HOSTILE: "x"}),
            shows(application_json={HOSTILE: HOSTILE}),
            {"output_type": "error", "ename": HOSTILE, "evalue": HOSTILE, "traceback": [HOSTILE]},
            tags=[HOSTILE, 'FOO"><script>alert(1)</script>'],
        ),
        kernelspec={"name": HOSTILE, "language": HOSTILE},
    ).body
    assert "<script" not in body
    assert body.count("&lt;script") >= 5


# Outputs


@pytest.mark.parametrize(
    ("bundle", "shown"),
    [
        ({"text_html": "<i>h</i>", "image_png": PNG, "text_plain": "p"}, "<i>h</i>"),
        ({"image_svg+xml": SVG, "image_png": PNG}, '.svg"'),
        ({"image_png": PNG, "image_jpeg": PNG, "text_plain": "p"}, '.png"'),
        ({"image_jpeg": PNG, "text_latex": "$x$"}, '<math alttext="x"'),
        ({"text_latex": "$x$", "text_markdown": "*m*"}, '<math alttext="x"'),
        ({"text_latex": "x^2"}, '<math alttext="x^2" display="block">'),
        ({"text_markdown": "*m*", "application_json": [1]}, "<em>m</em>"),
        ({"application_json": {"a": 1}, "text_plain": "p"}, '<span class="nt">a</span>'),
        ({"text_plain": "<p>"}, '<pre tabindex="0">&lt;p&gt;</pre>'),
        ({"application_x-none": "x", "text_plain": "p"}, '<pre tabindex="0">p</pre>'),
    ],
)
def test_the_best_type_of_an_output_is_shown(
    site: Site, bundle: dict[str, Any], shown: str
) -> None:
    made = cells(site, code("1", shows(**bundle)))
    files = " ".join(f'{asset.name}"' for asset in made.assets)
    assert shown in made.body + files
    assert made.body.count('class="output ') == 1
    assert "p</pre>" not in made.body or bundle.get("text_plain") == "p"


def test_streams_show_their_colours_and_nothing_a_terminal_would_not(site: Site) -> None:
    text = "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x00\x07 <b>"
    body = cells(site, code("1", stream(text), stream("warn", "stderr"))).body
    assert '<span class="ansi-red-fg">red</span>' in body
    assert "link" in body
    assert "http://x" not in body
    assert "&lt;b&gt;" in body
    assert not {"\x00", "\x07", "\x1b"} & set(body)
    assert '<div class="output stream stderr">' in body


def test_a_kept_error_shows_its_traceback(site: Site) -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "v",
        "traceback": ["line one", "\x1b[31mValueError\x1b[0m: v"],
    }
    body = cells(site, code("1", error)).body
    assert '<div class="output error"><pre tabindex="0">line one\n<span' in body


def test_images_become_files_named_by_their_content(site: Site) -> None:
    made = cells(
        site,
        code(
            "#| fig-alt: A\n1", shows(image_png=PNG), shows(image_png=f"{PNG[:40]}\n{PNG[40:]}\n")
        ),
        code("#| fig-alt: B\n2", shows(**{"image_svg+xml": SVG})),
    )
    assert [asset.content for asset in made.assets] == [base64.b64decode(PNG), SVG.encode()]
    assert len({asset.name for asset in made.assets}) == 2
    again = cells(site, code("#| fig-alt: C\n3", shows(image_png=PNG)))
    assert again.assets == made.assets[:1]


@pytest.mark.parametrize(
    ("metadata", "size"),
    [
        ({}, 'width="3" height="2"'),
        ({"image/png": {"width": 30, "height": 20}}, 'width="30" height="20"'),
        ({"width": 30.4, "height": 20}, 'width="30" height="20"'),
        ({"image/png": {"width": HOSTILE, "height": [1]}}, 'width="3" height="2"'),
        ({"image/png": {"width": -1, "height": 0}}, 'width="3" height="2"'),
        ({"image/png": HOSTILE}, 'width="3" height="2"'),
    ],
)
def test_images_have_their_size(site: Site, metadata: dict[str, Any], size: str) -> None:
    body = cells(site, code("#| fig-alt: x\n1", shows(metadata, image_png=PNG))).body
    assert f"{size} loading=" in body


def test_images_have_an_alternative_text_or_a_warning(site: Site) -> None:
    made = cells(
        site,
        code("0"),
        code("#| fig-alt: A <text>\n1", shows(image_png=PNG)),
        code('#| fig-cap: "A *caption*"\n1', shows(image_png=PNG)),
        code("1", shows(image_png=PNG)),
        code("#| fig-alt: [one, two]\n1", shows(image_png=PNG), shows(image_png=PNG)),
    )
    assert 'alt="A &lt;text&gt;"' in made.body
    assert "Figure 1</span> A <em>caption</em></figcaption>" in made.body
    assert 'alt="A caption"' in made.body
    assert 'alt="one"' in made.body
    assert 'alt="two"' in made.body
    assert 'alt=""' not in made.body
    (problem,) = made.problems
    assert (problem.path, problem.cell) == ("notebooks/page.ipynb", 4)
    assert "alternative text" in problem.message
    assert problem.hint is not None
    assert "fig-alt" in problem.hint


@pytest.mark.parametrize("data", ["###", "a", "é", "data:image/png;base64,AAAA"])
def test_an_image_that_is_no_base64_is_left_out_with_a_warning(site: Site, data: str) -> None:
    made = cells(site, code("1", shows(image_png=data, text_plain="instead")))
    assert "instead" in made.body
    assert made.assets == ()
    assert "base64" in made.problems[0].message


def test_an_unknown_type_is_said_once_a_page(site: Site) -> None:
    output = shows(application_x="x")
    made = cells(site, code("1", output, output), code("2", output))
    assert len(made.problems) == 1
    assert made.body.count("An output of type application/x.") == 3


def test_an_empty_output_leaves_nothing(site: Site) -> None:
    assert "output" not in cells(site, code("1", shows(), stream(""))).body


def test_tables_of_pandas_scroll_by_themselves(site: Site) -> None:
    frame = (
        "<div>\n<style scoped>\n.x {}\n</style>\n"
        '<table border="1" class="dataframe"><tr><td>1</td></tr></table>\n</div>'
    )
    body = cells(site, code("1", shows(text_html=frame))).body
    assert "<style" not in body
    assert 'role="group"' in body


# Raw cells and attachments


def test_raw_cells_are_shown_if_they_are_html(site: Site) -> None:
    body = cells(
        site,
        raw("<b>1</b>", format="text/html"),
        raw("<b>2</b>", raw_mimetype="text/html"),
        raw("LATEX", format="text/latex"),
        raw("UNTYPED"),
        raw("REMOVED", format="text/html", tags=["remove-cell"]),
    ).body
    assert "<b>1</b>" in body
    assert "<b>2</b>" in body
    for text in ("LATEX", "UNTYPED", "REMOVED"):
        assert text not in body


def test_attachments_become_files(site: Site) -> None:
    made = cells(
        site,
        prose(
            '![a](attachment:a%20b.png) <img src="attachment:a b.png" alt="b">',
            attachments={"a b.png": {"image/png": PNG}},
        ),
    )
    assert [asset.content for asset in made.assets] == [base64.b64decode(PNG)]
    assert "attachment:" not in made.body
    assert 'width="3" height="2"' in made.body


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ('width="60"', 'height="40" src="x-publisher:0" width="60"'),
        ('style="width: 50%"', 'width="30" height="20" src="x-publisher:0" style="width: 50%"'),
        ('height="10"', 'src="x-publisher:0" height="10"'),
        ('style="height: 3em"', 'src="x-publisher:0" style="height: 3em"'),
        ('width="wide"', 'src="x-publisher:0" width="wide"'),
    ],
)
def test_a_picture_with_a_width_of_its_own_keeps_its_shape(
    site: Site, given: str, made: str
) -> None:
    body = drawn(site, f'<img src="p.svg" {given} alt="">', files={"p.svg": SVG}).body
    assert f'<img {made} alt="">' in body


@pytest.mark.parametrize("bundle", [{}, {"image/png": "é"}, {"image/png": "a"}, {"x/json": {}}])
def test_an_attachment_that_is_not_there_is_its_alternative_text(
    site: Site, bundle: dict[str, Any]
) -> None:
    made = cells(site, prose("![The <alt>](attachment:a.png)", attachments={"a.png": bundle}))
    assert "<img" not in made.body
    assert "The &lt;alt&gt;" in made.body
    assert len(made.problems) == 1


def test_an_attachment_of_a_text_notebook_has_a_line(site: Site) -> None:
    made = drawn(site, f"{HEADER}\ntext\n\n![](attachment:x.png)\n")
    assert [problem.line for problem in made.problems] == [7]


# Prose


def test_a_removed_cell_leaves_neither_headings_nor_files_but_its_definitions(site: Site) -> None:
    hidden = {**prose("## Gone ![](attachment:a.png)\n\n[ref]: https://x.org"), "attachments": {}}
    hidden["metadata"] = {"tags": ["remove_cell"]}
    made = cells(site, prose("# T\n\n[here][ref]"), hidden)
    assert [heading.text for heading in made.headings] == ["T"]
    assert '<a href="https://x.org">' in made.body
    assert "Gone" not in made.body
    assert made.problems == ()


def test_the_title_heading_is_the_h1_and_ids_are_known(site: Site) -> None:
    made = drawn(site, '## Title\n\n## Part\n\n<a name="named"></a><div id=bare></div>')
    assert made.body.startswith('<h1 id="title">Title</h1>')
    assert {"title", "part", "named", "bare"} <= made.ids
    assert [(heading.id, heading.level) for heading in made.headings] == [("title", 1), ("part", 2)]


def test_a_warning_of_prose_has_the_line_of_the_file(site: Site) -> None:
    text = f"{HEADER}\n# T\n\n```python\n1\n```\n\nmore\n\n```{{bogus}}\nx\n```\n"
    (problem,) = drawn(site, text).problems
    assert problem.path == "notebooks/page.md"
    assert text.splitlines()[(problem.line or 0) - 1] == "```{bogus}"


def test_footnotes_stand_at_the_end_of_the_page(site: Site) -> None:
    made = cells(site, prose("a[^1]\n\n[^1]: NOTE"), code("1", stream("OUTPUT")))
    assert made.body.index("OUTPUT") < made.body.index("NOTE")


# Addresses


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org/a">',
        '<a href="//example.org/a">',
        '<a href="mailto:ada@example.org">',
        '<img src="data:image/gif;base64,AAAA" alt="">',
        '<a href="">',
        '<!-- <a href="other.md"> -->',
        "<script>const a = '<a href=\"other.md\">'</script>",
        '<style>a::after { content: "<a href=other.md>" }</style>',
        '<p data-href="other.md">',
    ],
)
def test_what_is_not_an_address_inside_the_site_stays(site: Site, html: str) -> None:
    made = drawn(site, f"{html}\n")
    assert html in made.body
    assert made.links == ()


@pytest.mark.parametrize(
    ("text", "path", "fragment"),
    [
        ("[a](b.md)", "x/b.md", ""),
        ("[a](../b.md#part)", "b.md", "part"),
        ("[a](/b.md)", "b.md", ""),
        ("[a](b%20c.md)", "x/b c.md", ""),
        ("[a](b\\c.md)", "x/b/c.md", ""),
        ("[a](./y/../b/)", "x/b/", ""),
        ('<a class=x href = "b.md" >', "x/b.md", ""),
        ("<a href='b.md'>", "x/b.md", ""),
        ("<a title='>' href=b.md>", "x/b.md", ""),
        ("<A HREF=b.md>", "x/b.md", ""),
        ('<video poster="b.png"></video>', "x/b.png", ""),
        ('<script src="b.js"></script>', "x/b.js", ""),
        ("[a]: b.md\n\n[a]", "x/b.md", ""),
        ("<a href='b.md?q=1&amp;r=2#f%20g'>", "x/b.md", "f g"),
    ],
)
def test_addresses_inside_the_site_are_found_wherever_they_stand(
    site: Site, text: str, path: str, fragment: str
) -> None:
    (link,) = drawn(site, f"# T\n\n{text}\n", name="x/page.md").links
    assert (link.path, link.fragment) == (path, fragment)
    assert link.line is not None
    assert link.line >= 3


def test_outputs_have_addresses_too(site: Site) -> None:
    made = cells(
        site,
        code("1", shows(text_html='<a href="b.md">x</a>'), shows(text_markdown="[x](c.md)")),
    )
    assert [link.path for link in made.links] == ["b.md", "c.md"]


@pytest.mark.parametrize(
    "address",
    [
        "gone.png",
        "../out.png",
        "/../out.png",
        ".hidden.png",
        "%2e%2e/out.png",
        "a%5C..%5C..%5Cx.png",
    ],
)
def test_an_image_that_may_not_be_copied_is_left_out_with_its_line(
    site: Site, address: str
) -> None:
    made = drawn(
        site, f"# T\n\n![The alt]({address})\n", files={"../out.png": b"", ".hidden.png": b""}
    )
    assert "<img" not in made.body
    assert '<span class="missing">The alt</span>' in made.body
    (problem,) = made.problems
    assert (problem.path, problem.line) == ("notebooks/page.md", 3)


def test_every_source_of_a_srcset_is_an_address(site: Site) -> None:
    text = '<img srcset="a.png 1x, b.png 2x" src="a.png" alt="">'
    made = drawn(site, text, files={"a.png": b"", "b.png": b""})
    assert [link.path for link in made.links] == ["a.png", "b.png", "a.png"]


def test_the_page_has_the_image_it_names_else_its_first_picture(site: Site) -> None:
    named = drawn(site, "---\nimage: a.png\n---\n", files={"a.png": b""})
    assert named.facts.picture is not None
    assert named.facts.picture.path == named.links[0].path == "a.png"
    first = cells(site, code("#| fig-alt: x\n1", shows(image_png=PNG)))
    assert first.facts.picture is not None
    assert (first.facts.picture.made, first.facts.picture.alt) == (True, "x")
    assert drawn(site, "text").facts.picture is None
    gone = drawn(site, "---\nimage: a.png\n---\n")
    assert (gone.facts.picture, len(gone.problems)) == (None, 1)


# The cell template


def test_a_theme_of_the_project_draws_cells(site: Site) -> None:
    made = site(
        {
            "notebooks/page.md": f"{HEADER}\n```python\n1\n```\n",
            "templates/default/index.html.j2": "{% extends 'base/null.j2' %}"
            "{% block codecell %}OURS{% endblock %}",
        }
    )
    page = read.page("page.md", made)
    assert render(execute.unexecuted(page, made, forbidden=False), made).body.strip() == "OURS"


@pytest.mark.parametrize("template", ["{% if %}", "{{ 1 / none.x.y }}", "{% extends 'gone' %}"])
def test_a_broken_cell_template_is_an_error_of_the_theme(site: Site, template: str) -> None:
    made = site({"notebooks/page.md": "x", "templates/default/index.html.j2": template})
    page = read.page("page.md", made)
    with pytest.raises(ThemeError, match="the cell template does not work"):
        render(execute.unexecuted(page, made, forbidden=False), made)


# Terminals

ANSI = [
    "plain <b> & \"quoted\" 'so'",
    "\x1b[31mred\x1b[0m no",
    "\x1b[1;31mbright\x1b[22mred\x1b[39mnone",
    "\x1b[1;4mbold and under\x1b[24mbold\x1b[m",
    "\x1b[91;103mintense\x1b[49mfg only",
    "\x1b[38;5;9m16\x1b[38;5;100mcube\x1b[48;5;250mgrey\x1b[38;5;256mnone",
    "\x1b[38;2;1;2;3;4mtrue\x1b[38;2;1;2;300;4mwrong\x1b[48;2;9;9;9mback",
    "\x1b[7minverse\x1b[32mgreen\x1b[38;2;1;2;3mtrue\x1b[41mback\x1b[27mnot",
    "\x1b[31mover\nlines\x1b[0m\x1b[2K\x1b[?25lrest\x1b[31",
    "\x1b[xm\x1b[1;xmwrong\x1b[38;5mcut\x1b[5mblink\x1b[21moff",
]


@pytest.mark.parametrize("text", ANSI)
def test_colours_of_terminals_are_those_of_nbconvert(text: str) -> None:
    assert ansi(text) == ansi2html(text).replace("\x1b", "")


def test_a_colour_that_is_cut_off_is_none() -> None:
    assert ansi("\x1b[38mx\x1b[48;2;1my") == "xy"


def test_a_frame_of_pandas_does_not_swallow_the_table_before_it(site: Site) -> None:
    html = (
        '<div><style scoped>A</style><table border="0"><tr><td>KEEP</table></div>'
        '<div><style scoped>B</style><table border="1" class="dataframe"><tr><td>2</table></div>'
    )
    body = cells(site, code("1", shows(text_html=html))).body
    assert "KEEP" in body
    assert body.count('<table class="dataframe">') == 1


def test_long_json_is_cut(site: Site) -> None:
    body = cells(site, code("1", shows(application_json=["x" * 90] * 3000))).body
    assert len(body) < 400_000
    assert '<p class="notice">The first 100,000 of' in body


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('<img alt="p < 0.05" src="a.png">', ["a.png"]),
        ('<a title="see href=foo" href="c.pdf">', ["c.pdf"]),
        ('<a href= "c.pdf">', ["c.pdf"]),
        ('<img alt="" srcset="a.png 2x, a.png">', ["a.png", "a.png"]),
        ('<img alt="" srcset="data:image/png;base64,AAAA 1x, a.png 2x">', ["a.png"]),
        ('<object data="c.pdf"></object>', ["c.pdf"]),
        ('<svg><use xlink:href="#part"/><a xlink:href="c.pdf"/></svg>', ["c.pdf"]),
        ('<p style="background: url(a.png), url(&quot;a.png&quot;)">', ["a.png", "a.png"]),
        ('<p style="fill: url(#part)">', []),
        ('<p data="c.pdf"><form action="c.pdf">', []),
        ('<a href="?x=1">', []),
        ('<a href="?x=1#part">', [""]),
        ('<!--><a href="c.pdf">', ["c.pdf"]),
    ],
)
def test_attributes_are_read_as_browsers_read_them(site: Site, text: str, paths: list[str]) -> None:
    html = code("1", shows(text_html=text))
    made = drawn(site, notebook(html), name="page.ipynb", files={"a.png": b"", "c.pdf": b""})
    assert [link.path for link in made.links] == paths
    assert made.problems == ()


def test_ids_and_names_are_both_known(site: Site) -> None:
    html = '<a name="one" id="two"></a><p title="id=three" id=four><!-- <p id="five"> -->'
    ids = cells(site, code("1", shows(text_html=html))).ids
    assert ids == {"one", "two", "four"}


def test_an_alternative_text_is_no_markup(site: Site) -> None:
    assert (
        '<span class="missing">p &lt; 1</span>' in drawn(site, '<img alt="p < 1" src=a.png>').body
    )


def test_a_cell_of_an_unknown_type_is_shown_as_text(site: Site) -> None:
    made = cells(site, {"cell_type": "foo", "id": "x", "metadata": {}, "source": "<b> lost"})
    assert "&lt;b&gt; lost" in made.body
    (problem,) = made.problems
    assert "foo" in problem.message


@pytest.mark.parametrize("place", ["x-publisher:7", "x-publisher:", "x-publisher:" + "9" * 5_000])
def test_no_address_of_an_author_stands_for_one_of_ours(site: Site, place: str) -> None:
    page = drawn(site, f'# T\n\n<img src="{place}"> ![]({place}) [a]({place}) [b](#t)\n')
    assert f'"{place}"' not in page.body
    assert [link.raw for link in page.links] == ["#t"]


def test_lines_are_not_looked_for_without_end(site: Site) -> None:
    page = drawn(site, "# T\n\n" + "".join(f"[a](gone{n}.md)\n\n" for n in range(6_000)))
    assert [link.line for link in page.links[:2]] == [3, 5]
    assert page.links[-1].line == 1

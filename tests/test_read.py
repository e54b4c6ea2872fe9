"""Reading: which files are pages, of which format, and what their front matter means."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest

from publisher import read
from publisher.errors import SourceError
from publisher.model import Metadata, Page

if TYPE_CHECKING:
    from conftest import Site

HEADER = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n"
CODE = "```python\n1\n```\n"


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def cell(kind: str, source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": "x", "metadata": {}, "source": source, **more}


def page(site: Site, text: str | bytes, name: str = "page.md") -> Page:
    return read.page(name, site({f"notebooks/{name}": text}))


def failure(site: Site, text: str | bytes, name: str = "page.md") -> SourceError:
    with pytest.raises(SourceError) as caught:
        page(site, text, name)
    assert caught.value.path == f"notebooks/{name}"
    return caught.value


def meta(site: Site, front: str) -> Metadata:
    """The metadata of a page whose front matter is fine."""
    found = page(site, f"---\n{front}\n---\ntext\n")
    assert found.problems == ()
    return found.meta


def kinds(found: Page) -> list[tuple[str, str]]:
    return [(c.cell_type, c.source) for c in found.notebook.cells]


# Which files are pages


def sources(site: Site, files: dict[str, str | bytes]) -> tuple[str, ...]:
    return read.sources(site(files)).pages


def test_pages_are_markdown_notebooks_and_scripts_that_say_they_are_notebooks(site: Site) -> None:
    found = sources(
        site,
        {
            "notebooks/a.md": "",
            "notebooks/b.markdown": "",
            "notebooks/c.ipynb": notebook(),
            "notebooks/d.Rmd": "",
            "notebooks/percent.py": "# %%\n1",
            "notebooks/light.py": "# ---\n# jupyter:\n#   kernelspec: {name: python3}\n# ---\n1",
            "notebooks/percent.R": "# %%\n1",
            "notebooks/module.py": "import this\n",
            "notebooks/magic.py": "# %%time is no cell\n",
            "notebooks/data.csv": "",
            "notebooks/note.txt": "",
            "notebooks/deep/er/e.md": "",
        },
    )
    assert found == (
        "a.md",
        "b.markdown",
        "c.ipynb",
        "d.Rmd",
        "deep/er/e.md",
        "light.py",
        "percent.R",
        "percent.py",
    )


def test_what_is_hidden_private_excluded_or_not_the_authors_is_no_page(site: Site) -> None:
    found = sources(
        site,
        {
            "publisher.toml": "exclude = ['drafts', '*-old.md']\noutput = 'notebooks/out'",
            "notebooks/a.md": "",
            "notebooks/.hidden.md": "",
            "notebooks/.hidden/a.md": "",
            "notebooks/.ipynb_checkpoints/a-checkpoint.md": "",
            "notebooks/_part.md": "",
            "notebooks/_parts/a.md": "",
            "notebooks/drafts/a.md": "",
            "notebooks/a-old.md": "",
            "notebooks/out/a.md": "",
            "notebooks/env/pyvenv.cfg": "",
            "notebooks/env/a.md": "",
            "notebooks/node_modules/a.md": "",
            "notebooks/built/.publisher-manifest.json": "{}",
            "notebooks/built/a.md": "",
        },
    )
    assert found == ("a.md",)


def test_without_a_notebooks_folder_the_project_itself_is_searched(site: Site) -> None:
    found = sources(
        site,
        {
            "publisher.toml": "source = '.'",
            "README.md": "",
            "site/a.md": "",
            ".venv/a.md": "",
            "templates/default/a.md": "",
            "binder/a.md": "",
            "posts/templates/a.md": "",
        },
    )
    assert found == ("README.md", "posts/templates/a.md")


def test_a_pair_is_one_page_run_from_its_text(site: Site) -> None:
    files: dict[str, str | bytes] = {
        "notebooks/a.md": HEADER,
        "notebooks/a.ipynb": notebook(),
        "notebooks/b.py": "# %%\n1",
        "notebooks/b.ipynb": notebook(),
        "notebooks/plain.md": "# Not a notebook",
        "notebooks/plain.ipynb": notebook(),
    }
    assert sources(site, files) == ("a.md", "b.py", "plain.ipynb", "plain.md")


def test_links_out_of_the_project_are_no_pages_and_are_said(site: Site) -> None:
    made, elsewhere = site({"notebooks/a.md": ""}), site({"secret.md": "", "more/b.md": ""})
    (made.source / "out.md").symlink_to(elsewhere.root / "secret.md")
    (made.source / "folder").symlink_to(elsewhere.root / "more")
    (made.source / "alias.md").symlink_to(made.source / "a.md")
    (made.source / "dangling.md").symlink_to(made.source / "gone.md")
    assert read.sources(made).pages == ("a.md", "alias.md")
    (made.source / "loop.md").symlink_to(made.source / "loop.md")
    (made.source / ".env").write_text("TOKEN=1")
    (made.source / "hidden.md").symlink_to(made.source / ".env")
    found = read.sources(made)
    assert found.pages == ("a.md", "alias.md")
    assert [p.path for p in found.problems] == [
        f"notebooks/{name}.md" for name in ("dangling", "hidden", "loop", "out")
    ]


# Formats


def test_a_plain_markdown_file_is_never_code(site: Site) -> None:
    text = f"# T\n\n{CODE}\n```{{python}}\n1\n```\n\n```{{code-cell}} python\n1\n```\n\n%%bash\n"
    found = page(site, text)
    assert found.kind == "prose"
    assert kinds(found) == [("markdown", text)]


@pytest.mark.parametrize("key", ["title: jupyter", "x:\n  jupyter: 1", "jupyter_x: 1"])
def test_a_header_that_only_looks_like_a_notebooks_is_none(site: Site, key: str) -> None:
    assert page(site, f"---\n{key}\n---\n{CODE}").kind == "prose"


@pytest.mark.parametrize(
    "header", [HEADER, "---\njupytext: {}\n---\n", "---\nkernelspec: python3\n---\n"]
)
def test_a_jupytext_markdown_notebook_has_code(site: Site, header: str) -> None:
    found = page(site, f"{header}\n# T\n\n{CODE}")
    assert (found.kind, found.dialect) == ("notebook", "notebook")
    assert kinds(found) == [("markdown", "# T"), ("code", "1")]


@pytest.mark.parametrize(
    "header",
    [
        "---\njupytext: {text_representation: {format_name: myst}}\nkernelspec: {name: x}\n---\n",
        HEADER,
    ],
)
def test_a_myst_notebook_has_code_cells_and_tags(site: Site, header: str) -> None:
    text = f"{header}\n# T\n\n```{{code-cell}} ipython3\n:tags: [hide-input]\n\n1\n```\n\n{CODE}"
    found = page(site, text)
    assert found.dialect == "myst"
    assert kinds(found)[:2] == [("markdown", "# T"), ("code", "1")]
    assert found.notebook.cells[1].metadata.tags == ["hide-input"]
    assert found.notebook.cells[2].cell_type == "markdown"


@pytest.mark.parametrize("head", [":tags: hide-input, b", "---\ntags: hide-input, b\n---"])
def test_tags_of_a_myst_cell_need_no_brackets(site: Site, head: str) -> None:
    text = f"{HEADER}\n```{{code-cell}} python\n{head}\ntags: int\n```\n"
    [found] = page(site, text).notebook.cells
    assert (found.metadata["tags"], found.source) == (["hide-input", "b"], "tags: int")


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.py", "# %% [markdown]\n# # T\n\n# %%\n1\n", "python"),
        ("a.R", "# %% [markdown]\n# # T\n\n# %%\n1\n", "R"),
        ("a.jl", "# %% [markdown]\n# # T\n\n# %%\n1\n", "julia"),
        ("a.js", "// %% [markdown]\n// # T\n\n// %%\n1\n", "javascript"),
        ("a.py", "# ---\n# jupyter:\n#   jupytext: {}\n# ---\n\n# # T\n\n1\n", "python"),
        ("a.Rmd", "---\ntitle: x\n---\n\n# T\n\n```{r}\n1\n```\n", "R"),
    ],
)
def test_scripts_and_r_markdown(site: Site, name: str, text: str, language: str) -> None:
    found = page(site, text, name)
    assert found.kind == "notebook"
    assert kinds(found) == [("markdown", "# T"), ("code", "1")]
    assert found.notebook.metadata.kernelspec.language == language


def test_front_matter_of_a_script_stands_in_its_leading_comment(site: Site) -> None:
    found = page(
        site, "#!/bin/x\n# ---\n# title: A\n# dat: 1\n# date: 2026\n# ---\n# %%\n1", "a.py"
    )
    assert found.meta.title == "A"
    assert [problem.line for problem in found.problems][-1] == 5
    assert kinds(found) == [("code", "1")]


def test_an_ipynb_keeps_its_outputs(site: Site) -> None:
    stored = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
    text = notebook(cell("markdown", "# T"), cell("code", "1", execution_count=1, outputs=[stored]))
    found = page(site, text, "a.ipynb")
    assert found.title == "T"
    assert found.notebook.cells[1].outputs[0].text == "a\nb"


def test_an_old_ipynb_is_brought_up_to_date(site: Site) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["T"]},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["1"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    },
                ],
            }
        ],
    }
    assert kinds(page(site, json.dumps(old), "a.ipynb")) == [("markdown", "## T"), ("code", "1")]


def test_front_matter_of_an_ipynb_is_its_first_raw_cell_or_its_metadata(site: Site) -> None:
    raw = cell("raw", "---\ntitle: From the cell\ntags: [a]\n---")
    found = page(site, notebook(raw, cell("code", "1", outputs=[])), "a.ipynb")
    assert (found.meta.title, found.meta.tags) == ("From the cell", ("a",))
    assert kinds(found) == [("code", "1")]
    found = page(site, notebook(cell("code", "1", outputs=[]), title="From there"), "a.ipynb")
    assert found.meta.title == "From there"


def test_a_first_raw_cell_that_is_no_front_matter_stays(site: Site) -> None:
    found = page(site, notebook(cell("raw", "---\na: b\n---\ntext")), "a.ipynb")
    assert len(found.notebook.cells) == 1


def test_cells_know_their_lines(site: Site) -> None:
    code = "```python tags=['x']\n\na = 1\n```"
    text = f"{HEADER}\n# T\n\nmore\n\n{code}\n\ntext\n\n```python\na\n```\n"
    found = page(site, text)
    lines = text.splitlines()
    at = [lines[line - 1] for line in found.lines]
    assert [source.split("\n")[0] for _, source in kinds(found)] == at


def test_a_digest_is_of_the_bytes(site: Site) -> None:
    assert page(site, "a").digest == page(site, "a").digest
    assert page(site, "a\n").digest != page(site, "a\r\n").digest


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_of_windows_make_no_difference(site: Site, newline: str, mark: str) -> None:
    text = mark + f"{HEADER[:-4]}title: A\n---\n\n# T\n\n{CODE}".replace("\n", newline)
    found = page(site, text)
    assert found.meta.title == "A"
    assert kinds(found) == [("markdown", "# T"), ("code", "1")]
    assert found.lines == (8, 11)


def test_options_at_the_head_of_a_cell(site: Site) -> None:
    code = "#| echo: false\n#| fig-cap:\n#|   - A\n#|   - B\n1"
    found = page(site, f"{HEADER}\n```python\n{code}\n```\n\n```python\n#| eval: false\n2\n```\n")
    first, second = found.notebook.cells
    assert first.metadata.options == {"echo": False, "fig-cap": ["A", "B"]}
    assert first.source == code
    assert second.metadata.tags == ["skip-execution"]


def test_options_that_are_no_yaml_are_left_out_with_a_warning(site: Site) -> None:
    found = page(site, f"{HEADER}\n```python\n#| label: ok\n#| tags: [a\n1\n```\n")
    (problem,) = found.problems
    assert (problem.path, problem.cell) == ("notebooks/page.md", 1)
    assert problem.line in (8, 9, 10)
    assert "options" not in found.notebook.cells[0].metadata


def test_a_fence_that_holds_fences_is_warned_of(site: Site) -> None:
    found = page(site, f"{HEADER}\ntext\n\n````md\n```python\n1\n```\n````\n")
    assert [p.line for p in found.problems] == [9]


@pytest.mark.parametrize("name", ["pandoc", "quarto"])
def test_formats_that_need_other_programs_are_refused(site: Site, name: str) -> None:
    text = f"---\njupyter:\n  jupytext:\n    text_representation: {{format_name: {name}}}\n---\n"
    error = failure(site, text)
    assert name in error.message
    assert error.hint is not None


@pytest.mark.parametrize(
    ("header", "name", "language"),
    [
        ("jupyter: {kernelspec: {name: ir, language: R}}", "ir", "R"),
        ("kernelspec: {name: ir}", "ir", None),
        ("kernelspec: ir", "ir", None),
        ("jupytext: {}", None, "python"),
        ("jupyter: null", None, "python"),
        ("jupyter: 5", None, "python"),
        ("jupyter: {kernelspec: 5}", None, "python"),
        ("jupyter: {kernelspec: {name: 5}}", None, "python"),
        ("jupyter: {kernelspec: {name: [x], language: {a: b}}}", None, "python"),
        ("jupyter: {jupytext: 5, language_info: 5}", None, "python"),
    ],
)
def test_kernelspecs_in_every_place_and_shape(
    site: Site, header: str, name: str | None, language: str | None
) -> None:
    found = page(site, f"---\n{header}\n---\n{CODE}").notebook.metadata.kernelspec
    assert found.get("name") == name
    assert found.get("language") == language


# Titles


@pytest.mark.parametrize(
    ("name", "text", "title", "by_heading"),
    [
        ("a.md", "---\ntitle: Given\n---\n# Other", "Given", False),
        ("a.md", "---\ntitle: Given\n---\n# given", "Given", True),
        ("a.md", "---\ntitle: Given\n---\n## Given", "Given", False),
        ("a.md", "text\n\n## A *heading* `x`", "A heading x", True),
        ("a.md", "---\ntitle: ''\n---\n# H", "H", True),
        ("a.md", "---\ntitle: null\n---\n# H", "H", True),
        ("my-first_page.md", "text", "My first page", False),
        ("posts/index.md", "", "Posts", False),
        ("posts/README.md", "", "Posts", False),
        ("a.md", "---\ntitle: 2026\n---\n", "2026", False),
        ("a.md", "---\ntitle: 2026-01-31\n---\n", "2026-01-31", False),
        ("a.md", '---\ntitle: "A: *b* <i>"\n---\n', "A: *b* <i>", False),
        ("a.md", f"{HEADER}\n{CODE}\n# Late", "Late", True),
        (
            "a.md",
            f'{HEADER}\n<!-- #region tags=["remove-cell"] -->\n# H\n<!-- #endregion -->',
            "H",
            False,
        ),
        ("---.md", "", "---.md", False),
    ],
)
def test_titles(site: Site, name: str, text: str, title: str, by_heading: bool) -> None:
    found = page(site, text, name)
    assert (found.title, found.titled_by_heading) == (title, by_heading)


def test_a_home_page_without_title_has_that_of_the_site(site: Site) -> None:
    made = site({"publisher.toml": "title = 'The site'", "notebooks/index.md": ""})
    assert read.page("index.md", made).title == "The site"


# Front matter


def test_front_matter_may_be_toml(site: Site) -> None:
    text = "+++\ntitle = 'Über'\ndate = 2026-01-31\nlastmod = 2026-02-01T10:00:00Z\n"
    found = page(site, f"{text}draft = 'x'\n[menu]\nmain = 1\n+++\n\nText\n")
    assert (found.title, found.meta.date) == ("Über", datetime.date(2026, 1, 31))
    assert found.meta.updated == datetime.date(2026, 2, 1)
    assert found.meta.draft
    assert [p.line for p in found.problems] == [5]
    assert (found.notebook.cells[0].source, found.lines) == ("Text\n", (10,))
    assert found.front["menu"] == {"main": 1}
    assert page(site, "+++\nProse\n+++\n").notebook.cells[0].source == "+++\nProse\n+++\n"
    wrong = failure(site, f"{text}x = = 1\n+++\n")
    assert (wrong.line, wrong.message.split(":")[0]) == (5, "the front matter is not valid TOML")


def test_all_keys(site: Site) -> None:
    found = meta(
        site,
        "title: T\ndate: 2026-01-31\nupdated: 2026-02-01 10:00:00\ndescription: >\n  Two\n  lines\n"
        "tags: [a, b c]\ncategories: x y\nauthor: Ada\nimage: i.png\ndraft: true\n"
        "permalink: /x/\nredirect_from: /old\nlayout: post\norder: 2\nlanguage: de\ntoc: false\n"
        "execute: false\ntimeout: 5\nstartup_timeout: 6.5\non_error: keep\nother: {a: [1]}",
    )
    assert found == Metadata(
        title="T",
        date=datetime.date(2026, 1, 31),
        updated=datetime.date(2026, 2, 1),
        description="Two lines",
        tags=("a", "b c"),
        categories=("x", "y"),
        author="Ada",
        image="i.png",
        draft=True,
        permalink="/x/",
        redirect_from=("/old",),
        layout="post",
        order=2.0,
        language="de",
        toc=False,
        execute=False,
        timeout=5.0,
        startup_timeout=6.5,
        on_error="keep",
    )


@pytest.mark.parametrize(
    ("front", "key", "value"),
    [
        ("tags: a, b c ,d", "tags", ("a", "b c", "d")),
        ("tags: a b", "tags", ("a", "b")),
        ("tags: [1, 2026-01-01, null]", "tags", ("1", "2026-01-01")),
        ("tags:", "tags", ()),
        ("keywords: [a]", "tags", ("a",)),
        ("author: {name: Ada, url: x}", "author", "Ada"),
        ("authors: [Ada, {name: Bob}]", "author", "Ada, Bob"),
        ("image: {path: i.png, alt: x}", "image", "i.png"),
        ("date: 2026-1-5 12:00", "date", datetime.date(2026, 1, 5)),
        ("date: 2026-01-05T12:00:00Z", "date", datetime.date(2026, 1, 5)),
        ("last_modified_at: 2026-01-05", "updated", datetime.date(2026, 1, 5)),
        ("lang: fr", "language", "fr"),
        ("redirect_from: [/a, /b/]", "redirect_from", ("/a", "/b/")),
        ("redirect_from: /a b/", "redirect_from", ("/a b/",)),
        ("draft: no", "draft", False),
        ("execute: {timeout: 60}", "timeout", 60.0),
        ("execute: {enabled: false, title: No}", "execute", False),
        ("title: T\nexecute: {title: No}", "title", "T"),
        ("order: -0.5", "order", -0.5),
        ("%x: 1\ntitle: T".replace("%", ""), "title", "T"),
    ],
)
def test_keys_in_other_spellings(site: Site, front: str, key: str, value: object) -> None:
    assert getattr(meta(site, front), key) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("date: 2022-19-05", "`date`: `2022-19-05` is no date of the calendar"),
        ("date: 2022-02-30", "`date`: `2022-02-30` is no date"),
        ("date: !!timestamp soon", "`date`: want a date like"),
        ("date: yesterday", "`date`: want a date like 2026-01-31, not `yesterday`"),
        ("date: [2026-01-01]", "`date`: want a date"),
        ("updated: 5", "`updated`: want a date"),
        ("title: [a]", "`title`: want a text"),
        ("title: {a: b}", "`title`: want a text"),
        ("tags: 5", "`tags`: want a list"),
        ("tags: {a: b}", "`tags`: want a list"),
        (f"tags: [{'a, ' * 201}]", "`tags`: want at most 200, not 201"),
        ("tags: [[a]]", "`tags`: want a text"),
        ("author: [[a]]", "`author`: want a text"),
        ("order: first", "`order`: want a number"),
        ("order: true", "`order`: want a number"),
        ("order: .nan", "`order`: want a number"),
        ("order: .inf", "`order`: want a number"),
        ("order: 1" + "0" * 400, "`order`: want a number"),
        ("timeout: 0", "`timeout`: want a number of seconds above 0"),
        ("timeout: .nan", "`timeout`: want a number"),
        ("execute: maybe", "`execute`: want true or false"),
        ("execute: {timeout: x}", "`execute.timeout`: want a number"),
        ("toc: 1", "`toc`: want true or false"),
        ("on_error: ignore", "`on_error`: want `stop` or `keep`"),
        ("image: [a]", "`image`: want a text"),
        ('permalink: "/a\\0b/"', "`permalink`: want a path of the site"),
        ("permalink: https://example.org/a/", "`permalink`: want a path of the site"),
        ("permalink: /:categories/:title/", "`permalink`: want a path of the site"),
        ("permalink: /a?b=c", "`permalink`: want a path of the site"),
        ("permalink: " + "x" * 300, "`permalink`: want a path of the site"),
        ('redirect_from: [/a, "/b\\0"]', "`redirect_from`: want a path of the site"),
    ],
)
def test_a_value_of_the_wrong_kind_is_left_out_with_its_line(
    site: Site, value: str, message: str
) -> None:
    found = page(site, f"---\nlayout: x\n\n{value}\n---\n")
    (problem,) = found.problems
    assert (problem.path, problem.line) == ("notebooks/page.md", 4)
    assert problem.message.startswith(message)
    assert found.meta == Metadata(layout="x")


def test_a_draft_with_a_typing_error_stays_a_draft(site: Site) -> None:
    found = page(site, "---\ndraft: ture\n---\n")
    assert found.meta.draft is True
    assert [p.line for p in found.problems] == [2]


def test_a_misspelt_key_gets_the_nearest_as_a_hint(site: Site) -> None:
    found = page(site, "---\nx: 1\ndescripton: D\n---\n")
    assert [(p.line, p.hint) for p in found.problems] == [(3, "did you mean `description`?")]


def test_a_key_that_is_set_twice_is_warned_of(site: Site) -> None:
    found = page(site, "---\ntitle: A\ndate: 2026-01-01\ntitle: B\n---\n")
    assert found.meta.title == "B"
    (problem,) = found.problems
    assert problem.line == 4
    assert "first on line 2" in problem.message


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("title: a: b", 2),
        ("x: 1\ntitle: [a", 4),
        ("x: 1\n\ty: 2", 3),
        ("title: 'a", 3),
        ("title: *gone", 2),
        ("title: !!python/object/apply:os.system ['true']", 2),
        ("x: 1\ntitle: !unknown x", 3),
        ("title: !!bool x", 2),
        ("title: !!int x", 2),
        ("title: !!binary é", 2),
        ("- a\n- b", 2),
        ("x: 1\ntitle: \x07", 3),
        ("é: ü\ntitle: \x00", 3),
        ("{[1, 2]: x, {a: b}: y}", 2),
        ("x: " + "[" * 100_000, 2),
        ("x:\n  y: " + "{a: " * 1_000, 3),
        ("- " * 100_000, 2),
        ("x: 9" + "9" * 5_000, 2),
        ("a: &a {b: *a}", 2),
        ("a: &a [*a]", 2),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
         "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
         "e: &e [*c, *c, *c, *c, *c, *c, *c, *c, *c]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]",
         2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["page.md", "page.Rmd"])
def test_yaml_that_cannot_be_read_is_an_error_with_its_line(
    site: Site, front: str, line: int, name: str
) -> None:
    error = failure(site, f"---\n{front}\n---\ntext\n", name)
    assert error.line is not None
    assert line <= error.line <= front.count("\n") + 3
    assert "\n" not in error.message
    assert len(error.message) < 300


def test_front_matter_that_is_not_closed_is_an_error(site: Site) -> None:
    with pytest.raises(SourceError, match="not closed") as caught:
        page(site, "---\ntitle: x\ndraft: true\n\nText.\n")
    assert caught.value.line == 1


def test_keys_are_known_in_any_case(site: Site) -> None:
    assert page(site, "---\nDraft: true\n---\n").meta.draft


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("", ""),
        ("---\n", "---\n"),
        ("---\ntext: x\n", "---\ntext: x\n"),
        ("---\n---\n", ""),
        ("---\n\n---\ntext", "text"),
        ("--- \ntitle: x\n---  \ntext", "text"),
        ("---\ntitle: x\n...\ntext", "text"),
        ("---\njust prose\n---\ntext", "text"),
        ("text\n---\ntitle: x\n---\n", "text\n---\ntitle: x\n---\n"),
        ("----\ntitle: x\n----\n", "----\ntitle: x\n----\n"),
        (" ---\ntitle: x\n---\n", " ---\ntitle: x\n---\n"),
    ],
)
def test_where_front_matter_begins_and_ends(site: Site, text: str, prose: str) -> None:
    found = page(site, text)
    assert kinds(found) == [("markdown", prose)]
    assert found.problems == ()


# Files that are not what they say


@pytest.mark.parametrize("name", ["a.md", "a.ipynb", "a.py", "a.Rmd"])
def test_a_file_that_is_not_utf8_is_an_error_with_its_line(site: Site, name: str) -> None:
    assert failure(site, b"---\ntitle: x\n---\ncaf\xe9\n", name).line == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        '"text"',
        "{}",
        '{"nbformat": 4}',
        '{"nbformat": 4, "cells": 5}',
        '{"nbformat": 4, "cells": {}}',
        '{"nbformat": 4, "cells": [5]}',
        '{"nbformat": 4, "cells": [null]}',
        '{"nbformat": 4, "cells": [{}]}',
        '{"nbformat": 4, "nbformat_minor": 99, "metadata": {}, "cells": [{}]}',
        '{"nbformat": 99, "cells": []}',
        '{"nbformat": "4", "cells": []}',
        '{"nbformat": 3, "worksheets": 5}',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": 5}]}',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [5]}]}',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [{}]}]}',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [{"output_type": "x"}]}]}',
        '{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_notebook_is_an_error(site: Site, text: str) -> None:
    assert "\n" not in failure(site, text, "a.ipynb").message


def test_json_that_breaks_off_is_an_error_with_its_line(site: Site) -> None:
    assert failure(site, '{\n"nbformat": 4,\n"cells": [', "a.ipynb").line == 3


def test_broken_front_matter_in_an_ipynb_has_no_line_of_the_file(site: Site) -> None:
    error = failure(site, notebook(cell("raw", "---\ntitle: [a\n---")), "a.ipynb")
    assert error.line is None


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, [1], [None], {"a": 1}, {"name": 5}])
def test_metadata_of_any_shape_is_read(site: Site, junk: object) -> None:
    outputs = [
        {"output_type": "display_data", "metadata": junk, "data": junk},
        {"output_type": "error", "ename": junk, "evalue": junk, "traceback": junk},
        {"output_type": "stream", "name": junk, "text": "x"},
    ]
    code = {
        **cell("code", "1", outputs=outputs, execution_count=junk),
        "metadata": {"tags": junk, "jupyter": junk, "options": junk},
    }
    prose = cell("markdown", "x", attachments=junk)
    text = notebook(code, {**prose, "metadata": junk}, kernelspec=junk, widgets=junk)
    found = page(site, text, "a.ipynb")
    first, second = found.notebook.cells
    assert all(isinstance(tag, str) for tag in first.metadata.tags)
    assert isinstance(first.outputs[0].data, dict)
    assert all(isinstance(line, str) for line in first.outputs[1].traceback)
    assert isinstance(second.attachments, dict)
    bare = json.loads(text) | {"metadata": junk}
    assert isinstance(page(site, json.dumps(bare), "a.ipynb").notebook.metadata, dict)


def test_halves_of_characters_are_replaced(site: Site) -> None:
    text = notebook(cell("markdown", "a\ud800b \U0001f600"))
    found = page(site, text, "a.ipynb")
    assert kinds(found) == [("markdown", "a\ufffdb \U0001f600")]


def test_a_file_that_has_vanished_is_an_error(site: Site) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read.page("gone.md", site({}))


@pytest.mark.parametrize(
    "body",
    [
        "```python",
        '```python tags=["a\n1\n```',
        "```python tags=5 jupyter=5\n1\n```",
        "```{code-cell}\n---\ntags: [a\n---\n1\n```",
        "```{code-cell}\n:tags: 5\n1\n```",
        "+++ {bad\n",
        "<!-- #region -->",
        "<!-- #endregion -->",
        "<!-- #raw -->\nx",
        "---\na: [b\n---\n",
        "\x00",
        "%%bash\n",
        "```python\n#| &a [*a]\n1\n```",
        "```python\n#| - a\n1\n```",
        "```python\n#| " + "[" * 10_000 + "\n1\n```",
    ],
)
def test_odd_notebooks_are_pages_or_errors(site: Site, body: str) -> None:
    """Never a traceback: what Jupytext refuses becomes an error that names the file."""
    try:
        found: Page | None = page(site, HEADER + body)
    except SourceError:
        found = None
    if found is None:
        assert failure(site, HEADER + body).message
    else:
        assert len(found.lines) == len(found.notebook.cells)
        assert all(problem.path == "notebooks/page.md" for problem in found.problems)


QUARTO = """---
title: "Of `code` and $x^2$"
jupyter: python3
execute:
  echo: false
format:
  html:
    code-fold: true
---

Text with ::: and

```{python}
#| label: fig-a
#| echo: true
1
```

```{python}
#| eval: false
2
```

```{.python filename="a.py"}
3
```

```python
4
```
"""


def test_a_quarto_document_is_a_notebook_whose_front_matter_has_options_of_cells(
    site: Site,
) -> None:
    found = page(site, QUARTO, "page.qmd")
    code = [c for c in found.notebook.cells if c.cell_type == "code"]
    assert (found.kind, found.title, found.problems) == ("notebook", "Of code and x^2", ())
    assert [c.source.splitlines()[-1] for c in code] == ["1", "2"]
    assert dict(code[0].metadata.options) == {"echo": True, "code-fold": True, "label": "fig-a"}
    assert code[1].metadata.options["echo"] is False
    assert code[1].metadata.tags == ["skip-execution"]
    assert found.notebook.metadata.kernelspec.name == "python3"
    assert [found.lines[i] for i, c in enumerate(found.notebook.cells) if c in code] == [14, 20]


def test_a_quarto_document_without_code_is_prose(site: Site) -> None:
    found = page(site, "# Title\n\n```python\n1\n```\n", "page.qmd")
    assert (found.kind, found.dialect, found.title) == ("prose", "myst", "Title")


def test_languages_of_several_names_are_no_matter(site: Site) -> None:
    cells = "".join(f"```{{code-cell}} {name}\n1\n```\n\n" for name in ("ipython3", "python"))
    text = f"---\njupytext:\n  text_representation:\n    format_name: myst\n---\n{cells}"
    assert [kind for kind, _ in kinds(page(site, text))] == ["code", "code"]

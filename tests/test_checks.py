"""What a page most likely does not mean is a warning that says where."""

from __future__ import annotations

import pytest

from publisher import markdown
from publisher.citations import bibtex
from publisher.model import Problem

FENCE = "this fence is not closed: it goes on to the end of "


def problems(*sources: str, load: markdown.Load | None = None) -> tuple[Problem, ...]:
    return markdown.render(sources, "myst", load=load).problems


def located(*sources: str) -> list[tuple[int | None, str]]:
    return [(found.line, found.message) for found in problems(*sources)]


# What is never closed


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("text\n\n```{note}\nA\n\n# B\n\nC", 3, FENCE + "the page"),
        ("```python\nx\n\nText.", 1, FENCE + "the page"),
        ("~~~\n1\n2\n3\n4\n5", 1, FENCE + "the page"),
        ("````{warning}\nx\n```\nrest", 1, FENCE + "the page"),
        ("````{tip}\n\n```python\nx\n````\n\nrest", 3, FENCE + "what holds it"),
        ("```{note}\n```python\nx\n```\n\nrest", 2, FENCE + "what holds it"),
        (
            "```python\nx\n\ntext\n\n```bash\nls\n```\n",
            1,
            "this fence is not closed before another one begins in it",
        ),
        ("a\n$$\nx = 1\n\ntext", 2, "this $$ is not closed: it is shown as text"),
        ("> $$ x = 1\n\ntext", 1, "this $$ is not closed: it is shown as text"),
    ],
)
def test_what_is_never_closed_is_told(text: str, line: int, message: str) -> None:
    assert located(text) == [(line, message)]


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx\n```",
        "```python\nx",  # the end of a text is end enough for so little
        "- a\n\n  ```python\n  x\n\n  y\n  ```\n\n- b",
        "> ```\n> a\n>\n> b\n> ```\n\nc",
        "````md\n```python\nx\n```\n````",
        "````{note}\n```python\nx\n```\n````",
        ":::{note}\n```python\nx\n```\n:::",
        "```{eval-rst}\n.. code-block:: python\n\n   x\n\n   y\n```",
        "$$\na\n\nb\n$$\n\nand `$$`, and 5 $$",
    ],
)
def test_what_is_closed_is_not(text: str) -> None:
    assert located(text) == []


def test_in_notebooks_a_fence_ends_with_its_cell() -> None:
    (found,) = problems("a", "```{note}\nA\n\nB", "c")
    assert (found.cell, found.line) == (1, 1)
    assert found.message == FENCE + "the cell"


# Cells, names and options


def test_cells_that_are_only_shown_are_told_once_with_what_to_write() -> None:
    cell = "```{code-cell}\n1\n```\n\n"
    (found,) = problems(cell * 3)
    assert (
        found.message == "{code-cell} is only shown here: its code is not run (and 2 more like it)"
    )
    assert found.hint is not None
    assert "kernelspec" in found.hint
    (inner,) = problems(f"````{{note}}\n{cell}````")
    assert inner.hint == "a cell that runs stands in no other block"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("```{nots}\nx\n```", "did you mean {note}?"),
        ("```{code-blok}\nx\n```", "did you mean {code-block}?"),
        ("{kdb}`x`", "did you mean {kbd}?"),
        ("{reff}`x`", "did you mean {ref}?"),
        ("```{qqqqqqqq}\nx\n```", None),
        ("```{" + "note" * 100 + "}\nx\n```", None),
    ],
)
def test_names_that_are_not_known_come_with_the_one_that_is_meant(
    text: str, hint: str | None
) -> None:
    assert [found.hint for found in problems(text)] == [hint]


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        (
            "figure} a.png\n:widht: 3",
            "{figure} has no option :widht:, so",
            "did you mean :width: ?",
        ),
        ("figure} a.png\n:width: wide", ":width: of {figure} cannot be 'wide'", "60% or 300px"),
        (
            "figure} a.png\n:align: up",
            ":align: of {figure} cannot be 'up'",
            "left, center or right",
        ),
        ("image} a.png\n:scale: big", ":scale: of {image} cannot be 'big'", "50%"),
        ("csv-table}\n:header-rows: one\n\na", ":header-rows: of {csv-table} cannot be 'one'", "2"),
        ("code-block}\n:lineno-start: a\n\nb", ":lineno-start: of {code-block}", "10"),
        ("code-block}\n:emphasize-lines: last\n\nb", ":emphasize-lines: of {code-block}", "2,4-6"),
        ("toctree}\n:maxdepth: deep\n:hidden:", ":maxdepth: of {toctree} cannot be 'deep'", "2"),
        (
            "note}\n:colapse: true\n\nx",
            "{note} has no option :colapse:",
            "did you mean :collapse: ?",
        ),
    ],
)
def test_options_that_say_nothing_are_told(options: str, message: str, hint: str) -> None:
    (found,) = problems(f"```{{{options}\n```")
    assert message in found.message
    assert hint in str(found.hint)


@pytest.mark.parametrize(
    "options",
    [
        "figure} a.png\n:width: 50 %\n:align: center\n:figclass: x\n:name: f\n:alt: a",
        "figure} a.png\n:width: 300px\n:height: 2.5em\n:scale: 50 %\n:target: b.md",
        "list-table}\n:header-rows: 1\n:widths: 1 2\n:align: left\n\n* - a\n  - b",
        "code-block} python\n:linenos:\n:emphasize-lines: 1, 3-\n:caption: c\n:force:\n\nx",
        "note}\n:class: dropdown\n:icon: false\n\nx",
        "dropdown} T\n:class-title: x\n:animate: fade-in\n:color: info\n\nx",
        "card} T\n:whatever: x\n\nx",
    ],
)
def test_options_of_other_tools_pass(options: str) -> None:
    assert located(f"```{{{options}\n```") == []


# What is not there


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "```{figure} sub/text.txt\n\nCaption\n```",
            "sub/text.txt is no picture that browsers show",
        ),
        ("```{image} a.pdf\n```", "a.pdf is no picture that browsers show"),
        ("```{figure}\n```", "{figure} names no picture"),
        ("```{image}\n```", "{image} names no picture"),
    ],
)
def test_a_figure_without_a_picture_is_told(text: str, message: str) -> None:
    assert located(text) == [(1, message)]


@pytest.mark.parametrize(
    "text",
    [
        "```{figure} a.PNG?x=1\n```",
        "```{figure} a.*\n```",
        "```{figure} a.b/c\n```",
        "```{figure} https://x.org/a.php\n```",
        "```{figure}\n![](a.png)\n\nCaption\n```",
        "```{figure} #cell\nCaption\n```",
    ],
)
def test_what_may_be_a_picture_is_not(text: str) -> None:
    assert located(text) == []


def test_a_name_that_is_not_in_a_file_of_code_is_told() -> None:
    text = "```{literalinclude} a.py\n:pyobject: nofunc\n```"
    prose = markdown.render([text], load={"a.py": "def f():\n    pass\n"}.get)
    (found,) = prose.problems
    assert found.message == "there is no nofunc in a.py: all of it is shown"
    assert "def f()" in prose.cells[0]


def test_footnotes_without_a_reference_and_references_without_one_are_told() -> None:
    found = problems(
        "a[^1] b[^no] `[^code]` [^1]: c", "[^1]: used\n\n[^unused]: d\n\n[^2]: e", "f[^2]"
    )
    assert [(p.cell, p.line, p.message) for p in found] == [
        (1, 3, "nothing refers to the footnote [^unused]: it is not shown"),
        (0, 1, "there is no footnote [^no]: this is shown as text"),
    ]


# Formulas and bibliographies


@pytest.mark.parametrize(
    ("tex", "hint"),
    [
        (r"\frac{a}{b", "a brace { is not closed"),
        (r"a}", "a brace } closes nothing"),
        (r"\unheard x", r"the command \unheard is not known"),
        (r"\begin{foo}a\end{foo}", "the environment foo is not known"),
        (r"\left( a", r"a \left has no \right"),
        (r"\begin{aligned} a", r"a \begin{…} has no \end{…}"),
        (r"x^2^3", "a letter has two indexes or two exponents: put braces around one"),
        ("{" * 500 + "}" * 500, "it is too long, or nested too deeply"),
    ],
)
def test_a_formula_that_cannot_be_drawn_says_why(tex: str, hint: str) -> None:
    (found,) = problems(f"${tex}$")
    assert "cannot be converted" in found.message
    assert found.hint == hint


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "@article{foo,\n title={a\n}\n@book{b, title={x}}",
            "the entry foo is left out: a brace or a quote is not closed before the next entry "
            "begins",
        ),
        (
            "@article{foo, title={a},",
            "the entry foo is left out: a brace or a quote is not closed before the file ends",
        ),
        ("@article{foo title={a}}", "the entry foo is left out: a comma is missing after its key"),
        ("@article{, title={a}}", "an entry is left out: it has no key"),
        ("@article{a b, title={a}}", "the entry 'a b' is left out: a key has no spaces"),
    ],
)
def test_a_broken_entry_is_told_in_plain_words(entry: str, message: str) -> None:
    assert [p.message for p in bibtex.parse(entry, "a.bib")[1]] == [message]

"""Directives that show code. Source: Sphinx's "Showing code examples"."""

from __future__ import annotations

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from publisher.markdown import targets
from publisher.markdown.directives.boxes import names
from publisher.markdown.directives.directive import Directive, html
from publisher.markdown.listings import Listing, number, numbers

_CODE = ("code", "code-block", "sourcecode", "code-cell", "code-example", "ipython", "highlight")
_LANGUAGES = (
    "bash c cpp css go haskell html java javascript js json julia ojs perl php python r ruby rust "
    "sas sh shell sql stan toml typescript xml yaml"
).split()


def listing(directive: Directive, code: str, language: str) -> list[Token]:
    """Code with what the options of a directive ask for."""
    options = directive.options
    name = options.get("filename", "")
    start = options.get("lineno-start") or options.get("number-lines") or ""
    numbered = bool(start) or bool({"linenos", "lineno-match", "number-lines"} & {*options})
    lines = options.get("emphasize-lines") or options.get("hl_lines") or ""
    token = Token("fence", "code", 0)
    token.content, token.map = code.strip("\n") + "\n", directive.token.map
    token.meta = {
        "listing": Listing(
            language,
            number(start) if numbered else None,
            frozenset(numbers(lines)),
            "" if "caption" in options else name,
        )
    }
    return _captioned(directive, token, name)


def _captioned(directive: Directive, code: Token, name: str) -> list[Token]:
    """Code in a figure, if it has a caption; with a label too, it is numbered."""
    caption, label = directive.options.get("caption", ""), directive.label
    if not caption:
        return [code]
    title = directive.inline(caption)
    identifier = directive.target("code", title[0]) if label else ""
    given = f' id="{escapeHtml(identifier)}"' if identifier else ""
    kinds = " ".join(names(["listing", *directive.classes]))
    mark = targets.caption_number("code", identifier) if label else ""
    opening = f'<figure class="{kinds}"{given}>\n<figcaption>{mark}'
    file = f' <span class="filename">{escapeHtml(name)}</span>' if name else ""
    return [html(opening), *title, html(f"{file}</figcaption>\n"), code, html("</figure>\n")]


def _code(directive: Directive) -> list[Token]:
    language = directive.argument.split()[0] if directive.argument else ""
    if directive.name.lower() == "highlight" and not directive.body:
        return []  # sets a language for what follows
    if directive.name.lower() == "code-cell":
        _warn_of_cell(directive)
    return listing(directive, directive.body, language)


def _warn_of_cell(directive: Directive) -> None:
    """Say why a cell is not run: one of a notebook is no directive any more."""
    hint = "a cell that runs stands in no other block"
    if not directive.place.depth and not directive.token.level:
        hint = "a page that runs says so in its front matter: kernelspec: {name: python3}"
    directive.warn("{code-cell} is only shown here: its code is not run", hint)


def _language(directive: Directive) -> list[Token]:
    """A fence that other tools run, and that is only shown here: `{python}`."""
    return listing(directive, directive.token.content, directive.name.lower())


def _run_elsewhere(directive: Directive) -> list[Token]:
    """Code that other tools run while they build, and that is only shown here: `{plot}`."""
    code = directive.body if directive.body.strip() else directive.argument
    language = "" if directive.name.lower() == "productionlist" else "python"
    return listing(directive, code, language)


def _session(directive: Directive) -> list[Token]:
    """A session with an interpreter: `{doctest}`."""
    language = {"prompt": "bash", "parsed-code": ""}.get(directive.name.lower(), "pycon")
    return listing(directive, directive.body, language)


HANDLERS = {
    **dict.fromkeys(_LANGUAGES, _language),
    **dict.fromkeys(_CODE, _code),
    **dict.fromkeys(
        (
            "plot bokeh-plot altair-plot pyvista-plot exec_code exec-code jupyter-execute "
            "execute_code pyodide pyodide-python thebe-code productionlist"
        ).split(),
        _run_elsewhere,
    ),
    **dict.fromkeys(("doctest", "testcode", "prompt", "try_examples"), _session),
}

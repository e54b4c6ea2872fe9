"""Stage 3: `Executed` → `Rendered`. The only one that knows nbconvert and the types of outputs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from publisher import markdown
from publisher.config import Config
from publisher.markdown import abbreviated
from publisher.markdown.cells import is_prose
from publisher.markdown.substitutions import texts as substitutions
from publisher.math import Macros
from publisher.model import Executed, Facts, Packages, Page, Problem, Reference, Rendered
from publisher.render.cells import is_removed, prepare
from publisher.render.code import highlight
from publisher.render.embedded import filled, wanted
from publisher.render.excerpt import excerpt
from publisher.render.exporter import exporter
from publisher.render.figure import figure
from publisher.render.glue import fill
from publisher.render.interact import Interacts
from publisher.render.links import Addresses, identifiers
from publisher.render.macros import macros
from publisher.render.notebook import as_notebook
from publisher.render.numbering import as_text, labels, numbered, own_label, places
from publisher.render.texts import Texts
from publisher.render.widgets.state import Saved
from publisher.render.works import Works

__all__ = ["as_notebook", "render"]


def render(
    executed: Executed, config: Config, packages: Callable[[], tuple[Packages, ...]] = tuple
) -> Rendered:
    """Draw a page's cells as HTML by the theme's cell template.

    `packages` tells the environments that hold the libraries of its outputs, the best first; only
    a page that needs some asks.
    Addresses stay open (see `model.Link`). `ThemeError` if the template is missing or broken.
    """
    page = executed.page
    if page.dialect == "text":
        return Rendered(executed.notebook.cells[0].source, (), frozenset(), (), (), ())
    shown = config.shown(page.path)
    cells = executed.notebook.cells
    texts = [index for index, cell in enumerate(cells) if is_prose(cell)]
    addresses = Addresses(page, config, packages)
    addresses.saved = Saved(executed.widgets) if executed.widgets else None
    addresses.stored = executed.status == "stored"
    if executed.states:
        addresses.interacts = Interacts(executed.states, addresses.saved)
    works = Works(page, config, addresses)
    sources = [cells[index].source for index in texts]
    known, wrong = macros(page, config)
    addresses.problems += wrong
    hidden = [at for at, index in enumerate(texts) if is_removed(cells[index])]
    prose = _prose(sources, hidden, page, config, works, Texts(addresses), known)
    prose = works.listed(prose)
    addresses.macros = prose.macros
    addresses.targets |= prose.targets
    addresses.references += [_open(*found, texts, page) for found in prose.references]
    html = dict(zip(texts, prose.cells, strict=True))
    addresses.embedded |= wanted(prose.cells)
    notebook = prepare(executed, html, addresses)
    body = filled(exporter(config).draw(notebook, addresses, shown), addresses)
    if prose.tail:
        body += addresses.rewrite(prose.tail, texts[-1] if texts else None)
    if page.meta.timeline:
        body = _with_timeline(body, addresses)
    body, numbers = numbered(_glued(body, executed, addresses))
    ids = identifiers(body)
    headings = tuple(
        replace(heading, html=fill(heading.html, addresses.glued)[0])
        for heading in prose.headings
        if heading.id in ids  # cells may be removed
    )
    addresses.targets = {
        label: replace(target, title=fill(target.title, addresses.glued)[0])
        for label, target in addresses.targets.items()
    }
    found = labels(addresses.targets, numbers, ids, addresses.references) | own_label(page)
    words = as_text("".join(prose.cells), found, addresses.references)
    facts = Facts(
        labels=found | places(page.source, headings, found),
        cited=prose.cited,
        excerpt=excerpt(words),
        picture=figure(page, body, addresses),
    )
    return Rendered(
        body=body,
        headings=headings,
        ids=ids,
        links=tuple(addresses.links),
        assets=tuple(addresses.assets.values()),
        problems=(
            *(_placed(problem, texts, page, shown) for problem in prose.problems),
            *addresses.problems,
        ),
        asked=addresses.asked,
        measured=tuple(addresses.measured),
        references=tuple(addresses.references),
        facts=facts,
        libraries=tuple(addresses.libraries.values()),
    )


def _with_timeline(body: str, addresses: Addresses) -> str:
    """A body with its dated paragraphs as a timeline; a warning if it has none."""
    from publisher.render.timeline import timeline

    drawn = timeline(body)
    if drawn == body:
        message = "`timeline`: no paragraph begins with a date in bold, such as **May 2021**"
        addresses.problems.append(Problem(message, addresses.shown))
    return drawn


def _prose(
    sources: list[str],
    hidden: list[int],
    page: Page,
    config: Config,
    works: Works,
    files: Texts,
    known: Macros,
) -> markdown.Prose:
    """The page's prose as HTML. Pages in HTML stand as they are."""
    if page.dialect == "html" or page.dialect == "text":
        return markdown.Prose(tuple(sources), "", (), ())
    prose = markdown.render(
        sources,
        page.dialect,
        highlight=highlight,
        title=page.titled_by_heading,
        options=config.as_jekyll.table("kramdown"),
        bibliography=works.bibliography(sources),
        macros=known,
        load=files.load,
        substitutions=_substitutions(page, config),
        abbreviations=_abbreviations(page, config),
        hidden=hidden,
    )
    if page.dialect == "kramdown" and page.titled_by_heading and prose.cells:
        return replace(prose, cells=(_entitled(prose.cells[0]), *prose.cells[1:]))
    return prose


def _substitutions(page: Page, config: Config) -> dict[str, str]:
    """What `{{ name }}` stands for on a page: what its book gives, and its own."""
    book = {"substitutions": config.book.substitutions} if config.book else {}
    return {**substitutions(book), **substitutions(page.front)}


def _abbreviations(page: Page, config: Config) -> dict[str, str]:
    """The abbreviations that a page explains, and those of its book."""
    book = abbreviated.given(config.book.abbreviations) if config.book else {}
    return {**book, **abbreviated.given(page.front.get("abbreviations"))}


def _entitled(html: str) -> str:
    """HTML whose lone first line, if that is its title, is a heading to those who listen."""
    if not html.startswith("<p>"):
        return html
    return f'<p class="title" role="heading" aria-level="1">{html[3:]}'


def _glued(body: str, executed: Executed, addresses: Addresses) -> str:
    """A body with the values that its code has glued to names."""
    filled, missing = fill(body, addresses.glued)
    for name in missing if executed.status != "not run" else ():
        spellings = (f"`{name}", f"}} {name}")
        lines = (
            addresses.line(spelled, index)
            for index, cell in enumerate(executed.notebook.cells)
            for spelled in spellings
            if spelled in cell.source
        )
        message = f"no code of this page glues a value to the name {name}"
        addresses.problems.append(Problem(message, addresses.shown, next(lines, None)))
    return filled


def _open(reference: Reference, cell: int, texts: list[int], page: Page) -> Reference:
    """A reference of prose, its line that of the file, the path to a page that of its source."""
    line = page.line(texts[cell], reference.line or 1) if texts else None
    target = reference.target
    if reference.role == "doc":
        folder = "" if target.startswith("/") else posixpath.dirname(page.source)
        target = posixpath.normpath(posixpath.join(folder, target.lstrip("/")))
    return replace(reference, target=target, line=line)


def _placed(problem: Problem, texts: list[int], page: Page, shown: str) -> Problem:
    """A problem of prose, its line that of the file; one of an included file has its own."""
    if problem.path is not None:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(shown), problem.path))
        return replace(problem, path=path, cell=None)
    line = page.line(texts[problem.cell or 0], problem.line or 1)
    return replace(problem, path=shown, line=line, cell=None)

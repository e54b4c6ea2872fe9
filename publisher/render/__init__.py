"""Stage 3: `Executed` → `Rendered`. The only one that knows nbconvert and the types of outputs."""

from __future__ import annotations

from dataclasses import replace

from publisher import markdown
from publisher.config import Config
from publisher.model import Executed, Page, Problem, Rendered
from publisher.render.cells import prepare
from publisher.render.code import highlight
from publisher.render.exporter import exporter
from publisher.render.links import Addresses, identifiers
from publisher.render.timeline import timeline

__all__ = ["render"]


def render(executed: Executed, config: Config) -> Rendered:
    """Draw a page's cells as HTML by the theme's cell template.

    Addresses stay open (see `model.Link`). `ThemeError` if the template is missing or broken.
    """
    page = executed.page
    if page.dialect == "text":
        return Rendered(executed.notebook.cells[0].source, (), frozenset(), (), (), None, ())
    shown = config.shown(page.path)
    cells = executed.notebook.cells
    texts = [index for index, cell in enumerate(cells) if cell.cell_type == "markdown"]
    prose = _prose([cells[index].source for index in texts], page, config)
    addresses = Addresses(page, config)
    html = dict(zip(texts, prose.cells, strict=True))
    notebook = prepare(executed, html, addresses)
    body = exporter(config).draw(notebook, addresses, shown)
    if prose.tail:
        tail_cell = texts[-1] if texts else 0
        body += addresses.rewrite(prose.tail, tail_cell)
    if page.meta.timeline:
        body = _with_timeline(body, addresses)
    image = page.meta.image and addresses.picture(page.meta.image)
    ids = identifiers(body)
    return Rendered(
        body=body,
        headings=tuple(h for h in prose.headings if h.id in ids),  # cells may be removed
        ids=ids,
        links=tuple(addresses.links),
        assets=tuple(addresses.assets.values()),
        image=image or addresses.first_picture,
        problems=(
            *(_placed(problem, texts, page, shown) for problem in prose.problems),
            *addresses.problems,
        ),
        asked=addresses.asked,
        measured=tuple(addresses.measured),
    )


def _with_timeline(body: str, addresses: Addresses) -> str:
    """A body with its dated paragraphs as a timeline; a warning if it has none."""
    drawn = timeline(body)
    if drawn == body:
        message = "`timeline`: no paragraph begins with a date in bold, such as **May 2021**"
        addresses.problems.append(Problem(message, addresses.shown))
    return drawn


def _prose(sources: list[str], page: Page, config: Config) -> markdown.Prose:
    """The page's prose as HTML. Pages in HTML stand as they are."""
    if page.dialect == "html" or page.dialect == "text":
        return markdown.Prose(tuple(sources), "", (), ())
    prose = markdown.render(
        sources,
        page.dialect,
        highlight=highlight,
        title=page.titled_by_heading,
        options=config.as_jekyll.table("kramdown"),
    )
    if page.dialect == "kramdown" and page.titled_by_heading and prose.cells:
        return replace(prose, cells=(_entitled(prose.cells[0]), *prose.cells[1:]))
    return prose


def _entitled(html: str) -> str:
    """HTML whose lone first line, if that is its title, is a heading to those who listen."""
    if not html.startswith("<p>"):
        return html
    return f'<p class="title" role="heading" aria-level="1">{html[3:]}'


def _placed(problem: Problem, texts: list[int], page: Page, shown: str) -> Problem:
    """A problem of prose, its line that of the file."""
    line = page.line(texts[problem.cell or 0], problem.line or 1)
    return replace(problem, path=shown, line=line, cell=None)

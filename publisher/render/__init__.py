"""Stage 3: `Executed` → `Rendered`. The only one that knows nbconvert and the types of outputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from publisher import markdown
from publisher.config import Config
from publisher.model import Executed, Problem, Rendered
from publisher.render.cells import prepare
from publisher.render.code import highlight
from publisher.render.exporter import exporter
from publisher.render.links import Addresses, identifiers

__all__ = ["render"]


def render(executed: Executed, config: Config) -> Rendered:
    """Draw a page's cells as HTML by the theme's cell template.

    Addresses stay open (see `model.Link`). `ThemeError` if the template is missing or broken.
    """
    page = executed.page
    shown = config.shown(page.path)
    cells = executed.notebook.cells
    texts = [index for index, cell in enumerate(cells) if cell.cell_type == "markdown"]
    prose = markdown.render(
        [cells[index].source for index in texts],
        page.dialect,
        highlight=highlight,
        title=page.titled_by_heading,
    )
    addresses = Addresses(page, config)
    html = dict(zip(texts, prose.cells, strict=True))
    notebook = prepare(executed, html, addresses)
    body = exporter(config).draw(notebook, addresses, shown)
    if prose.tail:
        tail_cell = texts[-1] if texts else 0
        body += addresses.rewrite(prose.tail, tail_cell)
    image = page.meta.image and addresses.address(page.meta.image, None, picture=True)
    ids = identifiers(body)
    return Rendered(
        body=body,
        headings=tuple(h for h in prose.headings if h.id in ids),  # cells may be removed
        ids=ids,
        links=tuple(addresses.links),
        assets=tuple(addresses.assets.values()),
        image=image or addresses.first_picture,
        problems=(
            *(_placed(problem, texts, page.lines, shown) for problem in prose.problems),
            *addresses.problems,
        ),
    )


def _placed(problem: Problem, texts: list[int], lines: Iterable[int], shown: str) -> Problem:
    """A problem of prose, its line that of the file."""
    first = tuple(lines)[texts[problem.cell or 0]]
    line = first + (problem.line or 1) - 1 if first else None
    return replace(problem, path=shown, line=line, cell=None)

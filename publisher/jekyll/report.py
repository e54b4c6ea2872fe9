"""What of a Jekyll site has no place in ours."""

from __future__ import annotations

from publisher.jekyll import Jekyll
from publisher.model import Problem

# What these do, we do ourselves.
_OWN = frozenset(
    "jekyll-redirect-from jekyll-optional-front-matter jekyll-titles-from-headings "
    "jekyll-relative-links jekyll-default-layout jekyll-include-cache jekyll-seo-tag "
    "jekyll-feed jekyll-sitemap "
    "jekyll-paginate jekyll-paginate-v2 jekyll-sass-converter jekyll-readme-index "
    "jekyll-coffeescript jekyll-commonmark-ghpages kramdown kramdown-parser-gfm rouge".split()
)


def left_out(jekyll: Jekyll) -> tuple[Problem, ...]:
    """Warnings of what is not used: the theme and its layouts, and plugins."""
    problems = list(jekyll.problems)
    name = jekyll.file.name if jekyll.file else None
    key = next((k for k in ("theme", "remote_theme") if jekyll.text(k)), None)
    folder = jekyll.text("layouts_dir", "_layouts").strip("/")
    own = folder if any((jekyll.root / folder).glob("*.html")) else ""
    if key or own:
        what = [f"the theme {jekyll.text(key)}"] if key else []
        what += [f"the layouts in {own}"] if own else []
        problems.append(
            Problem(
                f"{' and '.join(what)} {'are' if own else 'is'} left out: pages are drawn by the "
                "layouts of our theme",
                name if key else own,
                jekyll.lines.get(key or ""),
                hint="make your own in templates/, if ours do not suit",
            )
        )
    plugins = [p for key in ("plugins", "gems") for p in jekyll.texts(key) if p not in _OWN]
    folder = jekyll.text("plugins_dir", "_plugins").strip("/")
    plugins += [f"{folder}/{p.name}" for p in sorted((jekyll.root / folder).glob("*.rb"))]
    if plugins:
        line = jekyll.lines.get("plugins", jekyll.lines.get("gems"))
        message = f"plugins are left out: {', '.join(plugins)}"
        problems.append(Problem(message, name, line))
    return tuple(problems)

"""The directives `bibliography` and `publications`."""

from __future__ import annotations

from html import escape

from markdown_it.token import Token

from publisher.markdown.citing import Citing, Listing
from publisher.markdown.directives.directive import Directive, html


def _bibliography(directive: Directive) -> list[Token]:
    """Note what is to be listed; it is drawn once it is known what the page cites."""
    options, condition = directive.options, None
    citing: Citing | None = directive.place.env.get("citing")
    if citing is None:
        return []
    if citing.bibliography is None or not citing.bibliography.works:
        directive.warn("there is no bibliography to list", "put a .bib file beside the page")
        return []
    if options.get("filter"):
        from publisher.citations.filters import condition as parsed

        try:
            condition = parsed(options["filter"])
        except ValueError as error:
            directive.warn(f"the filter of {{bibliography}} is left out: {error}")
    listing = Listing(
        everything="all" in options,
        file=_file(directive, citing),
        condition=condition,
        key_prefix=options.get("keyprefix", ""),
        label_prefix=options.get("labelprefix", ""),
        rest=bool({"notcited", "not-cited"} & {*options}),
        in_order=options.get("style", "").startswith("unsrt"),
    )
    citing.listings.append(listing)
    token = Token("bibliography", "", 0)
    token.block, token.meta = True, {"listing": listing}
    return [token]


def _file(directive: Directive, citing: Citing) -> str:
    """The file that a directive names, as the bibliography knows it."""
    name = directive.argument.rpartition("/")[2]
    files = [file for file, _ in citing.bibliography.sources] if citing.bibliography else []
    found = next((file for file in files if file.rpartition("/")[2] == name), "")
    if name and not found:
        directive.warn(f"the bibliography {directive.argument} is not there")
    return found


def _publications(directive: Directive) -> list[Token]:
    """The place of the author's own works, which `render` fills."""
    attributes = {
        "file": directive.argument,
        "query": directive.options.get("query", ""),
        "selected": "true" if "selected" in directive.options else "",
        "limit": directive.options.get("limit", ""),
    }
    text = "".join(f' data-{k}="{escape(v)}"' for k, v in attributes.items() if v)
    return [html(f'<div class="x-publications"{text}></div>\n')]


HANDLERS = {
    "bibliography": _bibliography,
    "footbibliography": _bibliography,
    "publications": _publications,
}

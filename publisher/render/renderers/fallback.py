"""What stands in place of an output that is alive, until it is, and without JavaScript."""

from __future__ import annotations

from html import escape

from publisher.render.links import decoded
from publisher.renderers import Bundle

PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/webp")


def picture(bundle: Bundle, alt: str = "") -> str:
    """The picture that an output has besides; empty if it has none."""
    for mime in PICTURES:
        data = bundle.all.get(mime)
        if data is None:
            continue
        try:
            content = str(data).encode() if mime == "image/svg+xml" else decoded(data)
        except ValueError:
            continue
        own = bundle.metadata.get(mime, bundle.metadata)
        return bundle.image(content, mime, own, alt)
    return ""


def sentence(what: str, title: str, *, alive: bool = True) -> str:
    """What is there, for those who cannot see it: `what` is `Plotly figure`.

    One that is not `alive` is seen by nobody.
    """
    named = f": {escape(title)}" if title else ""
    end = "" if title.endswith((".", "!", "?")) else "."
    if not alive:
        return f"<p>An interactive {what}{named}{end} It cannot be drawn here.</p>"
    needs = '<span class="needs-script">It needs JavaScript.</span>'
    return f"<p>An interactive {what}{named}{end} {needs}</p>"

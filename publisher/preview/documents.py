"""Pages as the preview shows them: with its client, and where they share an origin, sandboxed.

In the sandbox a page has an origin of its own that nobody else has, so browsers send no cookies
with what it asks for, and a server that wants them refuses. So it is sent as one file, and shown
by a page of ours, the shell, which follows its links and the channel for it. That shell alone is
of the server's origin; no script of an author ever runs in it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from importlib import resources

from publisher.bundle import bundle
from publisher.markup import ATTRIBUTES, MARKUP, attributes_of, tag_name
from publisher.store import content_digest

RESERVED = "_preview"
ALLOWED = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-forms allow-modals "
    "allow-downloads"
)
SANDBOX = f"sandbox {ALLOWED}"
SHELL = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
OWN = "default-src 'none'; connect-src 'self'"  # the channel's worker is of this origin
_REFRESH = re.compile(rf"<meta(?=[\s/]){ATTRIBUTES}", re.IGNORECASE)
_URL = re.compile(r"""url\s*=\s*['"]?([^'"]+)""", re.IGNORECASE)
_ICON = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"


@cache
def own(name: str) -> bytes | None:
    """A file that the browser asks us for; None if we have no such one."""
    if name not in ("client.js", "channel.js", "shell.js", "shell.css"):
        return None
    content = _static(name)
    if name == "client.js":
        style = json.dumps(_static("client.css").decode())
        content = content.replace(b'"client.css"', style.encode(), 1)
    return content


def _named(name: str) -> str:
    """The address of a file of ours, another one for other bytes."""
    return f"{name}?{content_digest(own(name) or b'')[:12]}"


def _static(name: str) -> bytes:
    return (resources.files("publisher.preview") / "static" / name).read_bytes()


def with_client(html: bytes, up: str, attributes: dict[str, str]) -> bytes:
    """A page with the script that follows the channel. `up` leads to the site's root."""
    return _with_script(html, f"{up}{RESERVED}/{_named('client.js')}", attributes)


def sandboxed(
    html: bytes, path: str, read: Callable[[str], bytes | None], attributes: dict[str, str]
) -> bytes:
    """A page as one file, with the client in it, which knows what it is made of."""
    files: dict[str, None] = {}

    def noted(name: str) -> bytes | None:
        files[name] = None
        return read(name)

    page = _REFRESH.sub(_asked, bundle(html, path, noted)).encode("utf-8", "surrogatepass")
    client = base64.b64encode(own("client.js") or b"").decode()
    known = {**attributes, "data-files": json.dumps(list(files))}
    return _with_script(page, f"data:text/javascript;charset=utf-8;base64,{client}", known)


def _asked(match: re.Match[str]) -> str:
    """A redirect that the client asks the shell for."""
    given = attributes_of(match[0][len("<meta") :])
    url = _URL.search(given.get("content", ""))
    if given.get("http-equiv", "").lower() != "refresh" or url is None:
        return match[0]
    return f'<meta data-refresh="{escape(url[1])}">'


def shell(up: str) -> bytes:
    """The page that shows a sandboxed one."""
    return (
        "<!doctype html>\n<html>\n<head>\n"
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<title>Preview</title>\n<link rel="icon" href="{_ICON}">\n'
        f'<link rel="stylesheet" href="{up}{RESERVED}/{_named("shell.css")}">\n'
        f'<script src="{up}{RESERVED}/{_named("shell.js")}" data-sandbox="{ALLOWED}" defer>'
        "</script>\n"
        "</head>\n<body></body>\n</html>\n"
    ).encode()


def _with_script(html: bytes, source: str, attributes: dict[str, str]) -> bytes:
    """A page with a script of ours, before any other."""
    text = html.decode("utf-8", "surrogateescape")
    given = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    script = f'<script src="{escape(source)}"{given}></script>'
    at = _beginning(text)
    return f"{text[:at]}{script}{text[at:]}".encode("utf-8", "surrogateescape")


def _beginning(html: str) -> int:
    """Where the first element of a page's head may stand."""
    for match in MARKUP.finditer(html):
        if match[0].startswith("<!--") or tag_name(match[0]) == "html":
            continue
        return match.end() if tag_name(match[0]) == "head" else match.start()
    return len(html)

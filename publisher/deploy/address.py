"""Where a site that was deployed is found, as far as that can be known."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def of(repository: str | None, cname: bytes | None) -> str | None:
    """The address of the pages of a repository (`https://github.com/me/site`).

    Known for GitHub, and wherever the site says its domain in a file CNAME. Source:
    https://docs.github.com/en/pages/getting-started-with-github-pages
    """
    lines = (cname or b"").decode("utf-8", "replace").split()
    if lines and _DOMAIN.fullmatch(lines[0]):
        return f"https://{lines[0].lower()}/"
    parts = urlsplit(repository or "")
    names = parts.path.strip("/").removesuffix(".git").split("/")
    if (parts.hostname or "") not in ("github.com", "www.github.com", "ssh.github.com"):
        return None
    if len(names) != 2 or not all(names):
        return None
    owner, name = names
    home = f"{owner.lower()}.github.io"
    return f"https://{home}/" if name.lower() == home else f"https://{home}/{name}/"


def differ(url: str, address: str) -> bool:
    """Whether two addresses lead to different places; http or https is all the same."""
    return _place(url) != _place(address)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.strip("/")

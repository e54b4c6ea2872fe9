"""Addresses that BinderHub opens a repository by.

Source: https://binderhub.readthedocs.io/en/latest/developer/repoproviders.html
"""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

HUB = "https://mybinder.org"
SITE = "publisher/"
"""Where a server of Jupyter has the preview of the site."""


def launch(hub: str, repository: str, ref: str, path: str = "") -> str | None:
    """Where a BinderHub opens a repository, at `path` of its Jupyter server (`lab/tree/a.md`).

    `repository` is its full address, `ref` a branch, a tag or a commit. None if the address names
    no repository.

    >>> launch(HUB, "https://github.com/me/site", "a/b", "lab/tree/my notes.md")
    'https://mybinder.org/v2/gh/me/site/a/b?urlpath=lab%2Ftree%2Fmy%2520notes.md'
    """
    spec = _spec(repository)
    if spec is None:
        return None
    query = f"?{urlencode({'urlpath': quote(path)})}" if path else ""
    return f"{hub.rstrip('/')}/v2/{spec}/{quote(ref)}{query}"


def notebook(path: str) -> str:
    """Where JupyterLab opens a file of the project."""
    return f"lab/tree/{path}"


def _spec(repository: str) -> str | None:
    """What BinderHub calls a repository: its host's short name, and its name there.

    Only github.com and gitlab.com have one; others go by their whole address.
    """
    parts = urlsplit(repository)
    host = parts.netloc.lower().removeprefix("www.")
    names = [name for name in parts.path.removesuffix(".git").split("/") if name]
    if host == "github.com":
        return f"gh/{quote(names[0])}/{quote(names[1])}" if len(names) == 2 else None
    if host == "gitlab.com":
        return f"gl/{quote('/'.join(names), safe='')}" if len(names) >= 2 else None
    return f"git/{quote(repository, safe='')}" if host and names else None

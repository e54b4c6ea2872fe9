"""What stands before a first build: a new project, a new page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import capwords

from publisher.errors import ConfigError

_CONFIG = """\
# All keys: see "Configuration" in the guide.
title = {title}
description = "What this site is about, in one sentence."
navigation = ["first-notebook.md", "about.md"]

[author]
name = "Your Name"
# tagline = "What you do, in one line"
# photo = "images/me.jpg"  # below notebooks/
# affiliation = "Where you work or study"
# location = "Where you live"
#
# [author.links]
# github = "your-name"
# orcid = "0000-0000-0000-0000"
# Blog = "https://example.org/blog"
"""

_HOME = """\
---
title: {title}
description: "What this site is about, in one sentence."
layout: listing
---

Welcome. This page is `notebooks/index.md`; the pages below it are listed by themselves.
"""

_ABOUT = """\
---
title: About
layout: about
permalink: /about/
---

Write here who you are: what you work on, where, and how to reach you.

This is a plain Markdown page; nothing in it is ever run.
"""

_NOTEBOOK = """
Open this page in JupyterLab as a notebook, and change it: `publish preview` follows.

## Code and its output

```python
squares = {n: n**2 for n in range(1, 6)}
squares
```

The outputs are made when the site is built, so they always belong to the code above them:
$\\sum_{n=1}^{5} n^2 = 55$.

```python
sum(squares.values())
```

Go back to [the first page](index.md), or read [about the author](about.md).
"""

_GITIGNORE = """\
.publisher/
site/
.ipynb_checkpoints/
__pycache__/
.venv/
"""

_JUPYTEXT = """\
# Pages are Jupytext Markdown; these keys keep their front matter and make no noise in git.
formats = "md"
notebook_metadata_filter = "-all,kernelspec.name,kernelspec.display_name,kernelspec.language"
"""


def project(folder: Path) -> tuple[Path, ...]:
    """Make a small site that can be built as it is; the files that were written.

    `ConfigError` if the folder holds a project already; other files in it are left alone.
    """
    title = capwords(re.sub("[-_]", " ", folder.resolve().name)) or "My Site"
    files = {
        "publisher.toml": _CONFIG.format(title=json.dumps(title)),
        "notebooks/index.md": _HOME.format(title=json.dumps(title)),
        "notebooks/about.md": _ABOUT,
        "notebooks/first-notebook.md": header("First notebook", "A page with code") + _NOTEBOOK,
        "jupytext.toml": _JUPYTEXT,
        ".gitignore": _GITIGNORE,
    }
    taken = [name for name in files if name != ".gitignore" and (folder / name).exists()]
    if taken:
        raise ConfigError(
            f"{folder} holds a project already: {', '.join(taken)}",
            hint="choose another folder, or add a page with `publish new`, "
            "or what Binder needs with `publish binder`",
        )
    written = []
    for name, text in files.items():
        path = folder / name
        if path.exists():
            continue
        _write(path, text)
        written.append(path)
    return tuple(written)


def page(
    path: Path, title: str | None, description: str = "", *, source: Path | None = None
) -> Path:
    """Make a notebook page with the right Jupytext header; its path.

    `ConfigError` if there is one, if the name does not end in `.md`, or if it lies outside the
    project's `source` folder, where no build would find it.
    """
    if path.suffix != ".md":
        raise ConfigError(
            f"{path.name}: a page's name ends in .md",
            hint=f"try `publish new {path.with_suffix('.md')}`",
        )
    if path.exists():
        raise ConfigError(f"{path} exists already")
    if source is not None and not path.resolve().is_relative_to(source):
        raise ConfigError(
            f"{path} lies outside the source folder {source.name}, where no build would find it",
            hint=f"try `publish new {source.name}/{path.name}`",
        )
    title = title or path.stem.replace("-", " ").replace("_", " ").capitalize()
    body = "\nWrite here.\n\n```python\n1 + 1\n```\n"
    _write(path, header(title, description) + body)
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def header(title: str, description: str = "") -> str:
    """Front matter and Jupytext header as Jupytext itself would save them."""
    lines = ["---", f"title: {_yaml(title)}"]
    if description:
        lines.append(f"description: {_yaml(description)}")
    return "\n".join(
        [
            *lines,
            "jupyter:",
            "  jupytext:",
            "    notebook_metadata_filter: -jupytext.text_representation.jupytext_version",
            "    text_representation:",
            "      extension: .md",
            "      format_name: markdown",
            "      format_version: '1.3'",
            "  kernelspec:",
            "    display_name: Python 3 (ipykernel)",
            "    language: python",
            "    name: python3",
            "---",
            "",
        ]
    )


def _yaml(text: str) -> str:
    """A text as YAML: as it is where that is safe, else quoted (JSON is YAML)."""
    plain = re.fullmatch(r"[A-Za-z][\w ,.()/-]*", text) and text.lower() not in _WORDS
    return text if plain and text == text.strip() else json.dumps(text, ensure_ascii=False)


_WORDS = {"yes", "no", "true", "false", "on", "off", "null", "y", "n"}

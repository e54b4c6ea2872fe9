"""How each tool is given pages and told to build them: one adapter, a function, for each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from corpora import Corpus

OURS = "publish"
ONE_JOB = "publish --jobs 1"
IN_FOLDER = "publish, one folder"
SITE = "publish, whole site"
VARIANTS = (ONE_JOB, IN_FOLDER, SITE)
NBCONVERT = "nbconvert"


@dataclass(frozen=True)
class Tool:
    """A tool in a virtual environment.

    In `command` and `executing` (what is added to it to run notebooks), `{project}` and `{files}`
    are filled in. `configuration` gives the text files of a project. `page` is a page's HTML file
    below `site`, `parts` are files that a site has besides. A tool that is told its `{files}`
    keeps nothing from one build to the next. `serving` is the command of its preview, if it has
    one that follows changes, with the `{port}` to be used; without a `command`, only that is
    measured. `executes` says whether it can run notebooks.
    """

    name: str
    venv: Path
    command: tuple[str, ...]
    version: tuple[str, ...]
    sources: str
    site: str
    page: str
    configuration: Callable[[Corpus], Mapping[str, str]] = lambda corpus: {}
    executing: tuple[str, ...] = ()
    markdown: bool = False
    parts: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    executes: bool = True

    @property
    def caches(self) -> bool:
        """Whether a second build can use what the first one did."""
        return "{files}" not in self.command

    def prepare(self, project: Path, corpus: Corpus) -> None:
        """Fill an empty folder with the pages and a minimal configuration."""
        sources = project / self.sources
        sources.mkdir(parents=True)
        files = (self.markdown and corpus.markdown) or corpus.ipynb
        for path in files.values():
            shutil.copy(path, sources)
        for name, text in self.configuration(corpus).items():
            (project / name).write_text(text, encoding="utf-8")

    def build(self, project: Path, *, execute: bool, only: str = "*") -> list[str]:
        """The command that builds the site; of one page `only`, where nothing is kept."""
        files = sorted(map(str, (project / self.sources).rglob(f"{only}.ipynb")))
        command = [*self.command, *(self.executing if execute else ())]
        parts = [files if part == "{files}" else [part] for part in command]
        filled = [part.replace("{project}", str(project)) for group in parts for part in group]
        return [str(self.venv / "bin" / filled[0]), *filled[1:]]

    def serve(self, project: Path, port: int) -> list[str]:
        """The command that serves a preview."""
        filled = [part.format(project=project, port=port) for part in self.serving]
        return [str(self.venv / "bin" / filled[0]), *filled[1:]]

    def address(self, page: str) -> str:
        """Where a preview shows a page."""
        return self.page.format(page).removesuffix("index.html")

    def print_version(self) -> list[str]:
        """The command that prints the version."""
        return [str(self.venv / "bin" / self.version[0]), *self.version[1:]]

    def source(self, project: Path, page: str) -> Path:
        """The file that an author edits."""
        return next((project / self.sources).glob(f"{page}.*"))

    def output(self, project: Path, page: str) -> Path:
        """The HTML file of a page."""
        return project / self.site / self.page.format(page)


def own_venv() -> Path:
    """The environment that this Python runs in."""
    return Path(sys.prefix)


def publish(venv: Path, jobs: int = 0) -> Tool:
    """Ours, on Jupytext Markdown (`.ipynb` where the corpus has outputs); 0 jobs: one per core."""
    return Tool(
        name=ONE_JOB if jobs == 1 else OURS,
        venv=venv,
        command=("publish", "build", "-C", "{project}", *(("--jobs", str(jobs)) if jobs else ())),
        version=("publish", "--version"),
        sources="notebooks",
        site="site",
        page="{}/index.html",
        configuration=lambda corpus: {"publisher.toml": 'title = "Benchmark"\n'},
        markdown=True,
        serving=("publish", "preview", "-C", "{project}", "--port", "{port}"),
    )


def publish_in_folder(venv: Path) -> Tool:
    """Ours with all pages below `guide/`: they are its chapters, each of which lists the others."""
    return replace(
        publish(venv), name=IN_FOLDER, sources="notebooks/guide", page="guide/{}/index.html"
    )


def publish_pages(venv: Path) -> Tool:
    """Ours on one core, and pages alone, as nbconvert makes them: no search, no downloads."""
    settings = 'title = "Benchmark"\nsearch = false\ndownloads = false\n'
    return replace(publish(venv, jobs=1), configuration=lambda corpus: {"publisher.toml": settings})


def publish_site(venv: Path) -> Tool:
    """Ours with all that surrounds pages: dated ones in a folder, listings, feed, search."""
    settings = 'title = "Benchmark"\nurl = "https://example.org/benchmark"\n'
    return replace(
        publish(venv),
        name=SITE,
        sources="notebooks/posts",
        page="posts/{}/index.html",
        configuration=lambda corpus: {"publisher.toml": settings},
        parts=(
            "feed.xml", "sitemap.xml", "posts/index.html", "posts/page/2/index.html",
            "archive/index.html", "tags/topic-1/index.html", "static/pagefind/pagefind-entry.json",
        ),
    )  # fmt: skip


def nbconvert(venv: Path) -> Tool:
    """`jupyter nbconvert --to html` on all files in one call."""
    command = ("jupyter-nbconvert", "--to", "html", "--output-dir", "{project}/site", "{files}")
    return Tool(
        name=NBCONVERT,
        venv=venv,
        command=command,
        version=("jupyter-nbconvert", "--version"),
        sources="notebooks",
        site="site",
        page="{}.html",
        executing=("--execute",),
    )


def sphinx(venv: Path) -> Tool:
    """Sphinx with myst-nb and its default theme, two jobs, results kept by jupyter-cache."""

    def configuration(corpus: Corpus) -> dict[str, str]:
        mode = "off" if corpus.executed else "cache"
        names = "\n".join(sorted(corpus.ipynb))
        return {
            "source/conf.py": f'project = "Benchmark"\nextensions = ["myst_nb"]\n'
            f'nb_execution_mode = "{mode}"\nnb_execution_raise_on_error = True\n'
            'myst_enable_extensions = ["dollarmath"]\n',
            "source/index.md": f"# Benchmark\n\n```{{toctree}}\n{names}\n```\n",
        }

    command = ("sphinx-build", "-q", "-b", "html", "-j", "2", "{project}/source", "{project}/site")
    return Tool(
        name="sphinx",
        venv=venv,
        command=command,
        version=("sphinx-build", "--version"),
        sources="source",
        site="site",
        page="{}.html",
        configuration=configuration,
        serving=(
            "sphinx-autobuild", "-q", "--port", "{port}",
            "{project}/source", "{project}/site",
        ),
    )  # fmt: skip


def jupyter_book(venv: Path) -> Tool:
    """Jupyter Book 1, results kept by jupyter-cache."""

    def configuration(corpus: Corpus) -> dict[str, str]:
        mode = '"off"' if corpus.executed else "cache"
        chapters = "".join(f"  - file: {name}\n" for name in sorted(corpus.ipynb))
        return {
            "source/_config.yml": f"title: Benchmark\nexecute:\n  execute_notebooks: {mode}\n",
            "source/_toc.yml": f"format: jb-book\nroot: index\nchapters:\n{chapters}",
            "source/index.md": "# Benchmark\n",
        }

    command = ("jupyter-book", "build", "-q", "--path-output", "{project}", "{project}/source")
    return Tool(
        name="jupyter-book",
        venv=venv,
        command=command,
        version=("jupyter-book", "--version"),
        sources="source",
        site="_build/html",
        page="{}.html",
        configuration=configuration,
    )


def mkdocs(venv: Path) -> Tool:
    """mkdocs-jupyter, with the material theme (the one it is made for) if that is installed."""

    def configuration(corpus: Corpus) -> dict[str, str]:
        theme = "material" if any(venv.glob("lib/*/site-packages/material")) else "mkdocs"
        return {
            "docs/index.md": "# Benchmark\n",
            "mkdocs.yml": f"site_name: Benchmark\ntheme:\n  name: {theme}\nplugins:\n"
            f"  - mkdocs-jupyter:\n      execute: {str(not corpus.executed).lower()}\n",
        }

    return Tool(
        name="mkdocs",
        venv=venv,
        command=("mkdocs", "build", "-q", "-f", "{project}/mkdocs.yml", "-d", "{project}/site"),
        version=("mkdocs", "--version"),
        sources="docs",
        site="site",
        page="{}/index.html",
        configuration=configuration,
        serving=("mkdocs", "serve", "-q", "-f", "{project}/mkdocs.yml", "-a", "127.0.0.1:{port}"),
    )


def mkdocs_dirty(venv: Path) -> Tool:
    """The same, where its preview makes only the pages anew that have changed."""
    tool = mkdocs(venv)
    dirty = (*tool.serving, "--dirty")
    return replace(tool, name=f"{tool.name} --dirty", serving=dirty, command=())


def nikola(venv: Path) -> Tool:
    """The preview of Nikola, with its default theme. It runs no notebooks."""

    def configuration(corpus: Corpus) -> dict[str, str]:
        names = ("BLOG_AUTHOR", "BLOG_TITLE", "BLOG_EMAIL", "BLOG_DESCRIPTION")
        lines = [f'{name} = "Benchmark"' for name in names]
        lines += ['SITE_URL = "https://example.org/"', 'DEFAULT_LANG = "en"', "POSTS = ()"]
        lines += ['PAGES = (("pages/*.ipynb", "", "page.tmpl"),)']
        lines += ['COMPILERS = {"ipynb": (".ipynb",)}', 'NAVIGATION_LINKS = {"en": ()}']
        return {"conf.py": "\n".join(lines) + "\n"}

    return Tool(
        name="nikola",
        venv=venv,
        command=(),
        version=("nikola", "version"),
        sources="pages",
        site="output",
        page="{}/index.html",
        configuration=configuration,
        serving=("nikola", "auto", "-p", "{port}"),
        executes=False,
    )


PEERS = {"sphinx": sphinx, "mkdocs": mkdocs, "jupyter-book": jupyter_book, "nikola": nikola}

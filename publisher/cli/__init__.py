"""The command `publish`. Prints, and knows exit codes; the work is done elsewhere."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

COMMON = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Default(click.Group):
    """A group in which `build` may be left out: `publish --strict` is `publish build --strict`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a path in its place gets a hint."""
        if args[0] not in self.commands and Path(args[0]).exists():
            folder = args[0] if Path(args[0]).is_dir() else "FOLDER"
            ctx.fail(
                f"{args[0]!r} is no command. To build the site in a folder: publish -C {folder}"
            )
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "--version"}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["build", *args]
        return super().parse_args(ctx, args)


project_option = click.option(
    "-C",
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    help="Folder of the project.  [default: this folder]",
)
build_options = [
    project_option,
    click.option("--output", type=click.Path(path_type=Path), help="Folder to write the site to."),
    click.option("--jobs", type=click.IntRange(1), help="Pages at once.  [default: one per core]"),
    click.option("--no-execute", is_flag=True, help="Run nothing: stored results or bare source."),
    click.option(
        "--refresh",
        metavar="[GLOB]",
        is_flag=False,
        flag_value="*",
        multiple=True,
        help="Run pages again whatever is stored: all, or those like posts/*.md.",
    ),
    click.option("--no-cache", is_flag=True, help="Use nothing that is stored."),
    click.option(
        "--scheduler", metavar="ADDRESS", help="Run pages on the Dask cluster at tcp://HOST:PORT."
    ),
    click.option("--drafts", is_flag=True, help="Publish pages with `draft: true` as well."),
    click.option("--strict", is_flag=True, help="Publish nothing if there are warnings."),
    click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    click.option("-v", "--verbose", is_flag=True, help="Say how long each page took, and where."),
]


def _with_build_options(command: Any) -> Any:
    for option in reversed(build_options):
        command = option(command)
    return command


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from publisher import __version__

        click.echo(f"notebook-publisher {__version__}")
        ctx.exit()


@click.group(cls=_Default, context_settings=COMMON)
@click.option(
    "--version",
    is_flag=True,
    callback=_version,
    expose_value=False,
    is_eager=True,
    help="Show the version.",
)
def cli() -> None:
    """Publish Jupyter notebooks as a website.

    Without a command, builds the site of this folder: its notebooks are run and turned into
    pages in site/. It then takes the options of build (publish build --help).

    \b
    First steps:
      publish init my-site       make a small site
      cd my-site
      publish preview            look at it while you write
      publish new notebooks/second.md --title "Second page"
      publish                    build it again: only what changed is run
      publish status             which notebooks would run now, and why
      publish check              what is wrong with it: dead links, secrets, missing texts
      publish deploy             put it online
      publish -C my-jekyll-site  build the site of another folder, as it is
    """  # noqa: D301 - \b is click's mark for text that is not wrapped


@cli.command()
@_with_build_options
@click.option("--json", "as_json", is_flag=True, help="Print a machine-readable report.")
def build(as_json: bool, **given: Any) -> None:
    """Build the site (the same as `publish` alone).

    \b
    Exit codes:
      0    the site was published
      1    a page failed, or with --strict there were warnings: the old site stays
           (but with on_error = "keep" the rest was published)
      2    the configuration or the command line is wrong
      130  interrupted
    """  # noqa: D301
    from publisher.cli.run import run

    sys.exit(run(as_json=as_json, **given))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--binder", "with_binder", is_flag=True, help="Add what Binder needs to show it.")
def init(folder: Path, with_binder: bool) -> None:
    """Make a small working site in FOLDER.

    It gets a configuration, a home page, an about page and a notebook. Nothing is built yet.
    """
    from publisher import scaffold

    written = scaffold.project(folder)
    if with_binder:
        from publisher import binder, config

        written += binder.write(binder.files(config.load(folder)))
    for path in written:
        click.echo(f"wrote {path}", err=True)
    click.echo(f"next: cd {folder} && publish preview", err=True)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--title", help="Title of the page.  [default: from the file's name]")
@click.option("--description", default="", help="One sentence about the page.")
def new(path: Path, title: str | None, description: str) -> None:
    """Make a notebook page at PATH, such as notebooks/posts/first.md."""
    from publisher import config, scaffold

    source = config.load(Path(".")).source
    click.echo(f"wrote {scaffold.page(path, title, description, source=source)}", err=True)


@cli.command()
@project_option
@click.option("--force", is_flag=True, help="Replace files that are there and different.")
@click.option(
    "--url", is_flag=True, help="Write nothing: print the link to the current branch on Binder."
)
def binder(project: Path, force: bool, url: bool) -> None:
    """Add what Binder needs to show the site, or print its link there.

    The files go to binder/ at the top of the repository. Commit and push them; Binder then builds
    the site of any branch, and opens it beside JupyterLab.
    """
    from publisher.cli.binder import print_link, write

    if url:
        print_link(project)
    else:
        write(project, force=force)


@cli.command()
@project_option
@click.option("--drafts", is_flag=True, help="Look at pages with `draft: true` as well.")
@click.option("-v", "--verbose", is_flag=True, help="Say what each page read.")
@click.option("--json", "as_json", is_flag=True, help="Print it machine-readable.")
@click.argument("pages", nargs=-1)
def status(
    project: Path, drafts: bool, verbose: bool, as_json: bool, pages: tuple[str, ...]
) -> None:
    """Say which notebooks would run, and why.

    PAGES are sources or patterns such as 'posts/*'; without any, all notebooks. Nothing is run.
    """
    from publisher.cli.status import show

    show(project, pages, drafts=drafts, verbose=verbose, as_json=as_json)


@cli.command()
@project_option
@click.option("--store", "only_store", is_flag=True, help="Only forget stored results.")
@click.option("--site", "only_site", is_flag=True, help="Only remove the built site.")
@click.option(
    "--to",
    "megabytes",
    type=click.FloatRange(0),
    metavar="MB",
    help="Only forget what was used least, until the store has this size.",
)
@click.option(
    "--unused",
    "days",
    type=click.FloatRange(0),
    metavar="DAYS",
    help="Only forget what no build has used for so long.",
)
def clean(
    project: Path,
    only_store: bool,
    only_site: bool,
    megabytes: float | None,
    days: float | None,
) -> None:
    """Remove the built site and all stored results.

    The next build then runs every notebook again. With --to or --unused, the site and the rest of
    the results stay.
    """
    from publisher import config, write
    from publisher.store import Store

    loaded = config.load(project)
    if megabytes is not None or days is not None:
        size = sys.maxsize if megabytes is None else int(megabytes * 1_000_000)
        removed = Store(loaded.store).trim(size, None if days is None else days * 86_400)
        click.echo(f"removed {removed / 1_000_000:.1f} MB of stored results", err=True)
        if not only_site:
            return
    elif not only_site and Store(loaded.store).clear():
        click.echo(f"removed {loaded.shown(loaded.store)}", err=True)
    if not only_store and write.remove(loaded.output):
        click.echo(f"removed {loaded.shown(loaded.output)}", err=True)


@cli.command()
@project_option
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to serve at; 0 takes a free one.",
)
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Serve at this Unix socket instead, behind a proxy such as jupyter-server-proxy.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@click.option("--jobs", type=click.IntRange(1), help="Pages that run at once.")
@click.option("--no-execute", is_flag=True, help="Run nothing: stored results or bare source.")
@click.option("--drafts", is_flag=True, help="Show pages with `draft: true` as well.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
def preview(
    project: Path,
    port: int,
    socket: Path | None,
    open_browser: bool,
    jobs: int | None,
    no_execute: bool,
    drafts: bool,
    quiet: bool,
) -> None:
    """Show the site while you write, until Ctrl-C.

    The site is served on this machine alone, and made anew whenever a page, a template, the
    configuration or data change: prose is shown at once, outputs as soon as their code has run,
    what you have run in JupyterLab as it was saved there. Nothing is written to site/.
    """
    from publisher.build import Options
    from publisher.cli.preview import serve

    options = Options(jobs or 0, execute=not no_execute, drafts=drafts)
    serve(
        project,
        options,
        port=port,
        socket=socket,
        open_browser=open_browser,
        quiet=quiet,
    )


@cli.command()
@_with_build_options
@click.option("--remote", default="", help="Remote, or its address.  [default: origin]")
@click.option("--branch", default="", help="Branch of the built site.  [default: gh-pages]")
@click.option("-m", "--message", default="", help="What the commit says.")
@click.option("-n", "--dry-run", is_flag=True, help="Build and check, but push nothing.")
@click.option("--force", is_flag=True, help="Replace what others put there; its history stays.")
@click.option(
    "--workflow", is_flag=True, help="Only write a workflow, by which GitHub publishes the site."
)
def deploy(workflow: bool, **given: Any) -> None:
    """Build the site, check it, and push it to a branch for GitHub Pages.

    Nothing is pushed if a page fails, if the site would show a secret, or if the branch holds
    this site already. The checkout, its branches and the index stay as they are.
    """
    from publisher.cli.deploy import push, write_workflow

    if workflow:
        sys.exit(write_workflow(given["project"], given["output"], force=given["force"]))
    sys.exit(push(**given))


@cli.command()
@project_option
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the built site.")
@click.option("--built", is_flag=True, help="Check the site as it lies in that folder.")
@click.option("--no-execute", is_flag=True, help="Run nothing: stored results or bare source.")
@click.option("--drafts", is_flag=True, help="Check pages with `draft: true` as well.")
@click.option(
    "--kind", "kinds", metavar="KIND", multiple=True, help="Only look for this: secret, link …"
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("-v", "--verbose", is_flag=True, help="Show all warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print it machine-readable.")
def check(as_json: bool, **given: Any) -> None:
    """Look for secrets, leaks, dead links and what else is wrong with the site.

    Builds the site as publish does, without writing it, and looks through every file of it.

    \b
    Kinds: secret, link, fragment (errors); leak, alt, title, size, unread (warnings)
    Exit codes:
      0    nothing, or only warnings
      1    errors (with --strict, warnings too), or a page failed
      2    the configuration or the command line is wrong
    """  # noqa: D301
    from publisher.cli.check import run

    sys.exit(run(as_json=as_json, **given))


def main() -> NoReturn:
    """Run the command; the one place that turns exceptions into messages and exit codes."""
    gc.set_threshold(50_000)  # what is read of a large site stays: to look through it takes time
    from publisher.errors import PublishError
    from publisher.imports import spare

    spare()
    try:
        cli.main(prog_name="publish", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PublishError as error:
        from publisher.cli.show import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # click takes it for the end of the input
            raise error.__cause__ from None
        click.echo("\ninterrupted: the site is as it was", err=True)
        sys.exit(130)
    sys.exit(0)

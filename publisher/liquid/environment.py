"""python-liquid, set up to forgive what Jekyll forgives, to say so, and to come to an end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from liquid import Environment as Base
from liquid import Mode
from liquid.builtin.output import Output, OutputNode
from liquid.context import RenderContext
from liquid.exceptions import (
    BlockNestingError,
    ContextDepthError,
    LiquidError,
    LiquidInterrupt,
    LiquidSyntaxError,
    LiquidValueError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)
from liquid.output import LimitedStringIO
from liquid.template import BoundTemplate
from liquid.token import TOKEN_TAG, Token

from publisher.errors import SourceError
from publisher.liquid.lax import readable
from publisher.liquid.values import text
from publisher.model import Problem

if TYPE_CHECKING:
    from publisher.liquid.site import SiteTable

MAX_ITERATIONS = 1_000_000  # of all loops of a page
MAX_STEPS = 20_000_000  # variables and filters looked up by a page
MAX_OUTPUT = 50_000_000  # bytes
MAX_VARIABLES = 50_000_000  # bytes
MAX_DEPTH = 50  # includes in includes
_LIMITS = (
    BlockNestingError,
    ContextDepthError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)


@dataclass
class Run:
    """One page's way through Liquid: what it has used up, and what was wrong."""

    shown: str
    text: str
    first_line: int
    highlight: Callable[[str, str], str]
    iterations: int = 0
    steps: int = 0
    last: Token | None = None
    problems: dict[tuple[str, str | None, int | None], Problem] = field(default_factory=dict)

    def warn(self, message: str, token: Token | None, hint: str | None = None) -> None:
        """Note a problem at a token, once."""
        path, line = self.place(token)
        self.problems.setdefault((message, path, line), Problem(message, path, line, hint=hint))

    def place(self, token: Token | None) -> tuple[str, int | None]:
        """File and line of a token; those of an included file if it is from there."""
        if token is None or token.start_index < 0:
            return self.shown, None
        line = 1 + token.source.count("\n", 0, token.start_index)
        if token.source is self.text:
            return self.shown, self.first_line + line - 1
        if isinstance(token.source, IncludedText):
            return token.source.path, line
        return self.place(self.last)  # of an expression in a text: where it is used

    def charge(self, steps: int, token: Token | None = None) -> None:
        """Count work. What does not come to an end is ended."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise LoopIterationLimitError("it does not come to an end", token=token)
        if token is not None and (
            token.source is self.text or isinstance(token.source, IncludedText)
        ):
            self.last = token


class IncludedText(str):
    """The text of a file that is included, which knows its path."""

    __slots__ = ("path",)
    path: str


class Context(RenderContext):
    """A context that counts what is done in it."""

    __slots__ = ()

    @property
    def run(self) -> Run:
        """The page that is rendered."""
        assert isinstance(self.env, Environment)
        assert self.env.run is not None
        return self.env.run

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count a loop's iterations before it begins."""
        self.run.iterations += length
        if self.run.iterations > MAX_ITERATIONS:
            raise LoopIterationLimitError(
                f"its loops run more than {MAX_ITERATIONS:,} times", token=None
            )

    def get(self, path: list[object], *, token: Token | None, **default: Any) -> object:
        """Look a variable up."""
        self.run.charge(1, token)
        return super().get(path, token=token, **default)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """A filter; one that is not known passes its value on, with a warning."""
        self.run.charge(1, token)
        if name not in self.env.filters:
            self.run.warn(f"the Liquid filter `{name}` is not known: it is left out", token)
        return super().filter(name, token)

    def get_item(self, obj: Any, key: Any) -> Any:
        """A property; of null there is none."""
        if isinstance(key, float):
            key = int(key)
        return super().get_item(obj, key)


class _OutputNode(OutputNode):
    """`{{ … }}`, written as Ruby writes values."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(text(self.expression.evaluate(context)))


class _Output(Output):
    node_class = _OutputNode


class Template(BoundTemplate):
    """A template that is rendered in a `Context`."""

    context_class = Context


class Environment(Base):
    """Liquid as Jekyll runs it. What is not understood is left out with a warning.

    `site` is what templates see as such, `markdown` draws a text for `markdownify`, `run` is the
    page that is rendered.
    """

    template_class = Template
    context_depth_limit = MAX_DEPTH
    block_nesting_limit = MAX_DEPTH
    local_namespace_limit = MAX_VARIABLES
    output_stream_limit = MAX_OUTPUT
    keyword_assignment = True
    shorthand_indexes = True

    def __init__(self, site: SiteTable, markdown: Callable[[str], str]) -> None:
        super().__init__(tolerance=Mode.LAX, strict_filters=False)
        self.add_tag(_Output)
        self.site, self.markdown = site, markdown
        self.includes: dict[Path, Template] = {}
        self.run: Run | None = None

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """The tokens of a template, their expressions made readable."""
        plain = super().tokenizer()
        return lambda source: readable(plain(source), self)

    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        """Warn of an error, or raise it where no page can be made of what is left."""
        error = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        if error.token is None:
            error.token = token
        if isinstance(error, _LIMITS) or self.run is None:
            raise error
        known = error.token
        name = known.value if known is not None and known.kind == TOKEN_TAG else None
        message = str(error.message)
        if isinstance(error, LiquidSyntaxError) and name and message.startswith("unexpected tag"):
            if not name.startswith("end"):
                self.run.warn(f"the Liquid tag `{name}` is not known: it is left out", known)
            return
        if type(error) is LiquidSyntaxError and (_breaks(message) or _opens(known)):
            raise error
        self.run.warn(f"Liquid: {message}: it is left out", known)


def _opens(token: Token | None) -> bool:
    """Whether a token is part of a tag that begins a block, whose text would be lost with it."""
    if token is None or token.start_index < 0:
        return False
    start = token.source.rfind("{%", 0, token.start_index + 1)
    return start >= 0 and _BLOCK.match(token.source, start) is not None


def _breaks(message: str) -> bool:
    """Whether a syntax error leaves it open where a block ends."""
    return "found end of file" in message or "expected tag" in message or "closing" in message


def render(
    environment: Environment, source: str, variables: Mapping[str, Any], run: Run
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Render a page's text. Also where its lines came from: (line of the result, of the text).

    `SourceError` with file and line if the text cannot be parsed or does not come to an end.
    """
    outer = environment.run
    environment.run = run
    token = None
    try:
        template = parse(environment, source)
        buffer = _Lines(MAX_OUTPUT)
        context = Context(template, globals=variables)
        marks: list[tuple[int, int]] = []
        line, passed = 1, 0
        for node in template.nodes:
            token = node.token
            start = max(token.start_index, passed)
            line += source.count("\n", passed, start)
            passed = start
            marks.append((buffer.lines, line))
            try:
                node.render(context, buffer)
            except LiquidInterrupt:
                continue
            except LiquidError as error:
                environment.error(error, token=token)
        return buffer.getvalue(), tuple(marks)
    except LiquidError as error:
        path, at = run.place(error.token or token)
        raise SourceError(_explained(error), path=path, line=at, hint=_hint(error)) from error
    except (RecursionError, MemoryError, OverflowError) as error:
        path, at = run.place(token)
        raise SourceError(
            "Liquid: the template is too deep or too large", path=path, line=at
        ) from error
    finally:
        environment.run = outer


def parse(environment: Environment, source: str) -> Template:
    """Parse a text. An error that has no place gets that of the block that is not closed."""
    try:
        _check_raw(source)
        template = environment.from_string(source)
    except LiquidError as error:
        if error.token is not None and error.token.start_index >= 0:
            raise
        name, at = _unclosed(source)
        message = f"{{% {name} %}} is not closed" if name else str(error.message)
        token = Token(TOKEN_TAG, name, at, source)
        raise LiquidSyntaxError(message, token=token) from error
    assert isinstance(template, Template)
    return template


_RAW = re.compile(r"\{%-?\s*(end)?(raw|doc)\s*-?%\}")


def _check_raw(source: str) -> None:
    """Refuse `{% raw %}` without an end, for which the lexer would search again and again."""
    opened: re.Match[str] | None = None
    for match in _RAW.finditer(source):
        if match[1] and opened is not None and opened[2] == match[2]:
            opened = None
        elif not match[1] and opened is None:
            opened = match
    if opened is not None:
        token = Token(TOKEN_TAG, opened[2], opened.start(), source)
        raise LiquidSyntaxError(f"{{% {opened[2]} %}} is not closed", token=token)


BLOCKS = ("if", "unless", "for", "case", "capture", "comment", "highlight", "tablerow")
_BLOCK = re.compile(rf"\{{%-?\s*(end)?({'|'.join(BLOCKS)})\b")


def _unclosed(source: str) -> tuple[str, int]:
    """Name and place of the innermost block that has no end."""
    opened: list[tuple[str, int]] = []
    for match in _BLOCK.finditer(source):
        if match[1] is None:
            opened.append((match[2], match.start()))
        elif opened and opened[-1][0] == match[2]:
            opened.pop()
    return opened[-1] if opened else ("", len(source) and len(source) - 1)


class _Lines(LimitedStringIO):
    """An output that counts its lines."""

    lines = 1

    def write(self, content: str) -> int:
        self.lines += content.count("\n")
        return super().write(content)


def _explained(error: LiquidError) -> str:
    if isinstance(error, ContextDepthError):
        return "Liquid: files include each other without end"
    return f"Liquid: {error.message}"


def _hint(error: LiquidError) -> str | None:
    if isinstance(error, _LIMITS):
        return None
    if "not closed" in str(error.message) or "found end of file" in str(error.message):
        return "close every {% if %}, {% for %} … with its {% end… %}, and every {{ with }}"
    return "show braces as they are between {% raw %} and {% endraw %}"


def value_error(message: str) -> LiquidError:
    """An error of a filter, which leaves its output out."""
    return LiquidValueError(message, token=None)

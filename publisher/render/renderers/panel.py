"""What Panel and HoloViews add to a document of Bokeh: styles, states and a way to Python."""

from __future__ import annotations

import json
import mimetypes
import posixpath
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from publisher.renderers import Bundle, Script

SCRIPT = "panel/dist/panel.min.js"
INSTALL = "install panel in the environment that publishes: pip install panel"
PREFIX = "panel."  # of the names of its classes
STATE = "panel.models.state.State"
TABLE = "panel.models.tabulator.DataTabulator"
PLOTLY = "panel.models.plotly.PlotlyPlot"
MANAGER = "panel.models.comm_manager.CommManager"
OF_KERNELS = ("panel.models.browser.BrowserInfo", MANAGER)  # they do nothing without one
JSON = "json"  # a type that Bokeh does not have: a text of JSON, as the value that it holds
_STYLES = re.compile(r"https://cdn\.holoviz\.org/panel/[^/]+/dist/([\w./@-]+\.css)(?:\?.*)?")
_LEFT_OUT = (
    "css/loading.css",  # shows that Python is at work
    "font-awesome/css/all.min.css",  # of no use without its fonts, which a figure cannot load
)
MAX_BYTES = 10_000  # of an image in a style sheet
_IMPORT = re.compile(r"@import url\('([\w.-]+)'\);?")
_URL = re.compile(r"url\(\s*(['\"]?)(?!data:|https?:|[/#])([^'\"()]+)\1\s*\)")
_VERSION = re.compile(r"\{[\w.]+\}|\^|\d+(?:\.\d+)+")
_INPUT = re.compile(
    r"(?:Button|Checkbox|Choice|Dropdown|Group|Input|Picker|Player|Select|Slider|Spinner|Switch|"
    r"Toggle)$"
)
_OWN_LABEL = "target.text = labels[source.value]"
_EXTENSION = re.compile(r'\s*<(?:div class="logo-block"|script type="esms-options")>')


def loads_only(html: str) -> bool:
    """Whether HTML only loads HoloViews or Panel into a notebook, and shows their logos."""
    return _EXTENSION.match(html) is not None


def uses(names: Iterable[str]) -> bool:
    """Whether one of these is the name of a class of Panel's."""
    return any(name.startswith(PREFIX) for name in names)


def settled(content: Mapping[str, Any], bundle: Bundle) -> dict[str, Any]:
    """A document that can stand without a kernel and without Panel's server.

    The texts in its states are values of type `json`, until they are `closed`.
    """
    if any(root.get("name") == MANAGER for root in _roots(content)) and _calls_python(content):
        bundle.warn(
            "a figure or widget of Panel or HoloViews calls Python, so it does nothing on a page",
            "let the page hold its states: `.embed()` of Panel, a `HoloMap` for a `DynamicMap`, or "
            "`interact` of ipywidgets",
        )
    roots = [root for root in _roots(content) if root.get("name") not in OF_KERNELS]
    made = dict(content) | {"roots": roots}
    names = {str(each.get("name")) for each in _objects(roots)}
    if not defined(content) & names:
        made.pop("defs", None)

    def change(each: Mapping[str, Any]) -> Mapping[str, Any]:
        return _changed(_without(each, "uid") if PLOTLY in names else each, bundle)

    return {key: _walked(value, change) for key, value in made.items()}


def defined(content: Mapping[str, Any]) -> set[str]:
    """The names of the classes that a document brings along."""
    every = _mappings(content.get("defs"))
    return {str(each.get("name")) for each in every if each.get("type") == "model"}


def closed(value: Any) -> Any:
    """A document with the texts in its states as texts again."""

    def change(each: Mapping[str, Any]) -> Any:
        if each.get("type") != JSON:
            return each
        return json.dumps(each["value"], separators=(",", ":"))

    return _walked(value, change)


def scripts(names: Iterable[str], bundle: Bundle) -> list[Script]:
    """What draws Panel's classes of these names; empty if Panel is not installed."""
    main = bundle.package_file(SCRIPT)
    if main is None:
        return []
    own = [name for name in sorted(names) if name.startswith(PREFIX)]
    found = [script for name in own for script in _libraries(name, main, bundle)]
    return [*found, Script(f"panel-{bundle.version(main, 'panel')}", main)]


def _libraries(name: str, main: Path, bundle: Bundle) -> list[Script]:
    """The scripts of others that a class of Panel's needs, in the order in which it names them."""
    module, _, title = name.rpartition(".")
    source = bundle.package_file(f"{module.replace('.', '/')}.py")
    folder = main.parent / "bundled" / title.lower()
    if source is None or not folder.is_dir():
        return []
    text = _VERSION.sub("", source.read_text("utf-8"))
    places: dict[Path, int] = {}
    for path in sorted(folder.rglob("*")):
        place = text.find(f"/{_VERSION.sub('', path.relative_to(folder).as_posix())}")
        # Of some, a host of scripts names no file, and `vega@6.1.2` is what was got there.
        if place >= 0 and path.is_file() and (path.suffix == ".js" or "@" in path.name):
            places[path] = place
    return [_script(path, folder) for path in sorted(places, key=lambda path: places[path])]


def _script(path: Path, folder: Path) -> Script:
    first = path.relative_to(folder).parts[0].strip("@").replace("@", "-")
    name = first.removesuffix(".js").removesuffix(".min")
    if path.suffix == ".js":
        return Script(name, path)
    return Script(name, content=path.read_bytes())


def _walked(value: Any, change: Callable[[Mapping[str, Any]], Any]) -> Any:
    """A value with what `change` makes of its objects, the outer ones first."""
    if isinstance(value, list):
        return [_walked(item, change) for item in value]
    if not isinstance(value, Mapping):
        return value
    made = change(value)
    if not isinstance(made, Mapping):
        return made
    return {key: _walked(part, change) for key, part in made.items()}


def _changed(each: Mapping[str, Any], bundle: Bundle) -> Mapping[str, Any]:
    """An object that asks no third party and holds nothing that differs from run to run."""
    attributes, name = _attributes(each), each.get("name")
    if each.get("type") != "object" or not attributes:
        return each
    if name == "ImportedStyleSheet" and (found := _STYLES.fullmatch(str(attributes.get("url")))):
        css = {"css": _styles(f"panel/dist/{found[1]}", bundle)}
        return {**each, "name": "InlineStyleSheet", "attributes": css}
    if name == "CustomJS":  # its tags are addresses in the memory of the kernel
        return {**each, "attributes": {k: v for k, v in attributes.items() if k != "tags"}}
    if name == STATE:
        state = _opened(attributes.get("state"))
        return {**each, "attributes": {**attributes, "state": state}}
    if name == TABLE and isinstance(styles := attributes.get("cell_styles"), Mapping):
        return {**each, "attributes": {**attributes, "cell_styles": _without(styles, "id")}}
    return each


def _without(each: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A map without a key whose value is random; whatever else as it is."""
    entries = each.get("entries")
    if each.get("type") != "map" or not isinstance(entries, list):
        return each
    return {**each, "entries": [pair for pair in entries if pair[:1] != [key]]}


def _styles(name: str, bundle: Bundle) -> str:
    """A style sheet of the package, in one piece with what it names; empty if it is not there."""
    path = bundle.package_file(name)
    if path is None or name.endswith(_LEFT_OUT):
        return ""
    folder = posixpath.dirname(name)

    def address(found: re.Match[str]) -> str:
        file = bundle.package_file(posixpath.normpath(f"{folder}/{found[2]}"))
        kind = mimetypes.guess_type(found[2])[0] or ""
        if file is None or not kind.startswith("image/") or file.stat().st_size > MAX_BYTES:
            return 'url("data:,")'
        return f'url("data:{kind};base64,{b64encode(file.read_bytes()).decode()}")'

    text = path.read_text("utf-8")
    text = _IMPORT.sub(lambda found: _styles(f"{folder}/{found[1]}", bundle), text)
    return _URL.sub(address, text)


def _opened(value: Any) -> Any:
    """States with the texts in their messages as values, that what they name can be renamed."""
    if isinstance(value, list) and len(value) == 2 and value[0] in ("header", "content"):
        try:
            message = json.loads(value[1])
        except (TypeError, ValueError):
            return value
        if isinstance(message, dict):
            message.pop("msgid", None)
        return [value[0], {"type": JSON, "value": message}]
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _opened(part) for key, part in value.items()}
    return value


def _calls_python(content: Mapping[str, Any]) -> bool:
    """Whether a document has inputs to which no script listens, or figures that tell Python."""
    bare = _walked(_roots(content), lambda each: {} if _is_own_label(each) else each)
    mentions = Counter(str(each.get("id")) for each in _mappings(bare))
    return any(
        (_is_deaf(each) and mentions[str(each.get("id"))] == 1)
        or (each.get("name") == "Figure" and "subscribed_events" in _attributes(each))
        for each in _objects(bare)
    )


def _is_own_label(each: Mapping[str, Any]) -> bool:
    """Whether this is the script by which a DiscreteSlider tells readers its value."""
    return each.get("name") == "CustomJS" and _OWN_LABEL in str(each.get("attributes"))


def _is_deaf(each: Mapping[str, Any]) -> bool:
    """Whether this is an input that readers can use, and that calls no script."""
    attributes = _attributes(each)
    called = [attributes.get(name) for name in ("js_property_callbacks", "js_event_callbacks")]
    return (
        _INPUT.search(str(each.get("name"))) is not None
        and not attributes.get("disabled")
        and not any(_objects(called))
    )


def _roots(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    roots = content.get("roots")
    return [root for root in roots if isinstance(root, Mapping)] if isinstance(roots, list) else []


def _attributes(each: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = each.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """All objects in a value."""
    return (each for each in _mappings(value) if each.get("type") == "object")


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, Mapping):
            yield each
            todo += each.values()
        elif isinstance(each, list):
            todo += each

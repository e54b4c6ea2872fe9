"""Documents of Bokeh: its figures, layouts and the widgets that work without a server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from publisher.render.renderers import panel
from publisher.render.renderers.fallback import picture, sentence
from publisher.render.renderers.reading import assigned
from publisher.renderers import Bundle, Drawn, Live, Script

EXEC = "application/vnd.bokehjs_exec.v0+json"
LOAD = "application/vnd.bokehjs_load.v0+json"
HOLOVIEWS = "application/vnd.holoviews_exec.v0+json"
HOLOVIEWS_LOAD = "application/vnd.holoviews_load.v0+json"
FOLDER = "bokeh/server/static/js"
PARTS = ("bokeh-widgets", "bokeh-tables")  # besides what every document needs
DRAWS = Path(__file__).parent / "scripts" / "bokeh.js"
_NAMED = re.compile(r'__name__="([\w.]+)"')
_PLACE = re.compile(  # where a notebook would draw what the next output holds
    r"\s*<div(?=[^>]*\s(?:data-root-id=|class=[\"']bk-root\b))[^>]*>\s*</div>\s*"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FORMULA = re.compile(r"\$\$|\\\\\(|\\\\\[|\"name\":\"(?:TeX|MathML|Ascii)\"")


@dataclass(frozen=True)
class Bokeh:
    """Documents of Bokeh, and those of HoloViews and Panel, as far as Bokeh draws them."""

    mimes: tuple[str, ...] = (EXEC, LOAD, HOLOVIEWS, HOLOVIEWS_LOAD, "text/html")
    priority: float = 100

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The document; nothing for what only loads Bokeh into a notebook."""
        if bundle.mime in (LOAD, HOLOVIEWS_LOAD):
            return Drawn("")
        if bundle.mime == "text/html":
            html = str(bundle.data)
            if "bk-notebook-logo" in html or _PLACE.fullmatch(html) or panel.loads_only(html):
                return Drawn("")
            return _document(html, bundle) if "docs_json" in html else None
        script = str(bundle.all.get("application/javascript", ""))
        return _document(script or str(bundle.all.get("text/html", "")), bundle)


def _document(script: str, bundle: Bundle) -> Drawn | None:
    """The document that a script embeds."""
    documents, items = assigned(script, "docs_json"), assigned(script, "render_items")
    try:
        ((identifier, content),) = documents.items()
        roots = [str(root) for item in items for root in item.get("root_ids") or item["roots"]]
        assert items[0]["docid"] == identifier
        assert roots
        assert isinstance(content, dict)
    except (AssertionError, AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None
    if bundle.mime != EXEC and isinstance(content.get("roots"), list):
        content = panel.settled(content, bundle)
        if not content["roots"]:
            return Drawn("")
    content, names = numbered(content)
    return drawn(panel.closed(content), [names.get(root, root) for root in roots], bundle)


def numbered(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A document with its objects numbered from 1, and their new names by the old ones.

    Bokeh numbers all that a kernel makes, so that the names tell what ran before. Panel's names
    are UUIDs, which its scripts hold too.
    """
    names: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        made = {key: value[key] for key in value}
        name = value.get("id")
        if isinstance(name, str) and (value.get("type") == "object" or len(value) == 1):
            made["id"] = names.setdefault(name, f"p{len(names) + 1}")
        return {key: part if key == "id" else renamed(part) for key, part in made.items()}

    def rewritten(value: Any) -> Any:
        if isinstance(value, str):
            return _UUID.sub(lambda found: names.get(found[0], found[0]), value)
        if isinstance(value, list):
            return [rewritten(item) for item in value]
        if isinstance(value, Mapping):
            return {key: rewritten(part) for key, part in value.items()}
        return value

    made = renamed(content)
    return rewritten(made) if any(map(_UUID.fullmatch, names)) else made, names


def drawn(content: Mapping[str, Any], roots: list[str], bundle: Bundle) -> Drawn | None:
    """A document that is alive."""
    title = _title(content)
    what = _kind(_models(content))
    label = bundle.description() or title or what
    scripts = _scripts(content, bundle)
    said = sentence(what, bundle.description() or title, alive=scripts is not None)
    shown = picture(bundle, label) or said
    if scripts is None:
        return Drawn(shown, "image" if shown.startswith("<img") else "html")
    return Drawn(
        shown,
        "image live-figure",
        Live(
            "bokeh",
            {"document": content, "roots": roots},
            (*scripts, Script("draw-bokeh", DRAWS)),
            label=label,
            height=_height(content),
        ),
    )


def _scripts(content: Mapping[str, Any], bundle: Bundle) -> tuple[Script, ...] | None:
    """The scripts that a document needs; None, with a warning, if some cannot be found."""
    main = bundle.package_file(f"{FOLDER}/bokeh.min.js")
    if main is None:
        bundle.warn(
            "Bokeh is not installed, so its figures are not drawn",
            "install bokeh in the environment that publishes: pip install bokeh",
        )
        return None
    version = bundle.version(main, "bokeh")
    made = str(content.get("version", ""))
    if version and made and version.split(".")[:2] != made.split(".")[:2]:
        bundle.warn(
            f"a figure was made by Bokeh {made}, and {version} is installed: it may not be drawn",
            f"install the same version: pip install bokeh=={made}",
        )
    missing = _models(content) - _defined(main) - panel.defined(content)
    panels = panel.scripts(missing, bundle) if panel.uses(missing) else []
    scripts = [Script(f"bokeh-{version}", main)]
    for part in PARTS:
        path = main.with_name(f"{part}.min.js")
        if path.is_file() and (panels or missing & _defined(path)):
            missing -= _defined(path)
            scripts.append(Script(f"{part}-{version}", path))
    text = json.dumps(content, separators=(",", ":"))
    if '"output_backend":"webgl"' in text:
        scripts.append(Script(f"bokeh-gl-{version}", main.with_name("bokeh-gl.min.js")))
    if _FORMULA.search(text):
        scripts.append(Script(f"bokeh-mathjax-{version}", main.with_name("bokeh-mathjax.min.js")))
    if missing and not panels:
        names = ", ".join(sorted(missing)[:3])
        bundle.warn(
            f"figures with {names} need a server or scripts that Bokeh does not have",
            panel.INSTALL if panel.uses(missing) else None,
        )
        return None
    return (*scripts, *panels)


def _kind(names: set[str]) -> str:
    """What to call a document with objects of these classes."""
    return "Panel layout" if panel.uses(names) and "Figure" not in names else "Bokeh figure"


def _models(value: Any) -> set[str]:
    """The names of the classes of a document's objects."""
    found: set[str] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, Mapping):
            if each.get("type") == "object" and isinstance(each.get("name"), str):
                found.add(each["name"])
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return found


def _defined(path: Path) -> frozenset[str]:
    return _names(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _names(path: Path, _: int) -> frozenset[str]:
    """The names of the classes that a script of Bokeh defines."""
    return frozenset(_NAMED.findall(path.read_text("utf-8", "replace")))


def _roots(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    roots = content.get("roots")
    if isinstance(roots, Mapping):  # of Bokeh 2
        roots = roots.get("references")
    given = roots if isinstance(roots, list) else []
    return [root for root in given if isinstance(root, Mapping)]


def _title(content: Mapping[str, Any]) -> str:
    """The title of the first figure."""
    for root in _roots(content):
        attributes = root.get("attributes")
        title = attributes.get("title") if isinstance(attributes, Mapping) else None
        inner = title.get("attributes") if isinstance(title, Mapping) else None
        text = inner.get("text") if isinstance(inner, Mapping) else None
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
    return ""


def _height(content: Mapping[str, Any]) -> float | None:
    """The height of a lone figure, in CSS pixels."""
    roots = _roots(content)
    attributes = roots[0].get("attributes") if len(roots) == 1 else None
    if not isinstance(attributes, Mapping) or roots[0].get("name") not in ("Figure", "figure"):
        return None
    height = attributes.get("height", 600)
    return float(height) if isinstance(height, (int, float)) else None

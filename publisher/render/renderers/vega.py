"""Charts of Vega and Vega-Lite, which Altair makes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.render.renderers.fallback import picture, sentence
from publisher.render.renderers.reading import values, written
from publisher.renderers import Bundle, Drawn, Live, Script

CONVERTER = "vl_convert/__init__.py"  # of the distribution vl-convert-python
DRAWS = Path(__file__).parent / "scripts" / "vega.js"
TIMEOUT = 120  # seconds that a conversion may take
_MIME = "application/vnd.{}.v{}{}json"
_ELSEWHERE = re.compile(r'"url": "(?:https?:)?//([^"/?#]+)')
_CALL = re.compile(r"\}\)\(\s*(?=\{)")
_SCHEMA = re.compile(r"/schema/(vega|vega-lite)/v(\d{1,3})(?:\.(\d{1,3}))?")

# These run in an environment that has vl-convert: ours, or that of the page's kernel.
_BUNDLE = """
import sys, vl_convert as vl
wanted, known = sys.argv[1], vl.get_vegalite_versions()
fitting = [v for v in known if v.split(".")[0] == wanted] or known
best = max(fitting, key=lambda v: tuple(map(int, v.split("."))))
script = vl.javascript_bundle(vl_version=best)
sys.stdout.buffer.write(("(() => {\\n" + script + "\\n})();\\n").encode())
"""
_DRAW = """
import json, sys, vl_convert as vl
given = json.load(sys.stdin.buffer)
if given["lite"]:
    known = vl.get_vegalite_versions()
    fitting = [v for v in known if v.split(".")[0] == given["version"]] or known
    best = max(fitting, key=lambda v: tuple(map(int, v.split("."))))
    made = vl.vegalite_to_svg(given["spec"], vl_version=best, allowed_base_urls=[])
else:
    made = vl.vega_to_svg(given["spec"], allowed_base_urls=[])
sys.stdout.buffer.write(made.encode())
"""


@dataclass(frozen=True)
class Vega:
    """Charts of Vega and Vega-Lite."""

    mimes: tuple[str, ...] = (
        *(_MIME.format("vegalite", n, sign) for n in (6, 5, 4, 3, 2) for sign in "+."),
        *(_MIME.format("vega", n, sign) for n in (6, 5, 4, 3) for sign in "+."),
        "text/html",
    )
    priority: float = 100

    def draw(self, bundle: Bundle) -> Drawn | None:
        """The chart."""
        if bundle.mime != "text/html":
            own = bundle.metadata.get(bundle.mime)
            given = own.get("embed_options") if isinstance(own, dict) else None
            return drawn(bundle.data, given, bundle)
        html = str(bundle.data)
        if "vegaEmbed(" not in html or written(bundle.all):
            return None
        call = _CALL.search(html)
        found = values(html, call.end(), 2) if call else None
        return drawn(found[0], found[1], bundle) if found else None


def drawn(spec: Any, options: Any, bundle: Bundle) -> Drawn | None:
    """A chart that is alive, a picture in its place until then."""
    if not isinstance(spec, Mapping):
        bundle.warn("a Vega chart without a specification is left out")
        return None
    usual = spec.get("usermeta")
    usual = usual.get("embedOptions") if isinstance(usual, Mapping) else None
    options = {
        **(usual if isinstance(usual, Mapping) else {}),
        **(options if isinstance(options, Mapping) else {}),
    }
    schema = _SCHEMA.search(str(spec.get("$schema", "")))
    lite = schema[1] == "vega-lite" if schema else "mark" in spec or "encoding" in spec
    options.setdefault("mode", "vega-lite" if lite else "vega")
    _warn_of_addresses(spec, bundle)
    title = _title(spec)
    label = bundle.description() or title or "Chart"
    converter = bundle.package_file(CONVERTER)
    shown = picture(bundle, label)
    if converter is None:
        bundle.warn(
            "vl-convert-python is not installed, so charts of Vega are not drawn",
            "install it in the environment that publishes: pip install vl-convert-python",
        )
        still = sentence("chart", bundle.description() or title, alive=False)
        return Drawn(shown or still, "image" if shown else "html")
    major = schema[2] if schema and lite else ""
    version = bundle.version(converter, "vl-convert-python")
    shown = shown or _picture(spec, lite, major, converter, version, bundle, label)
    script = bundle.cached(
        ("vega", version, major), lambda: _run(bundle.python(converter), _BUNDLE, major or "6")
    )
    if script is None:
        bundle.warn("vl-convert-python does not work, so charts of Vega are not drawn")
        still = sentence("chart", bundle.description() or title, alive=False)
        return Drawn(shown or still, "image" if shown else "html")
    return Drawn(
        shown or sentence("chart", bundle.description() or title),
        "image live-figure",
        Live(
            "vega",
            {"spec": spec, "options": options},
            (Script(f"vega-{version}", content=script), Script("draw-vega", DRAWS)),
            label=label,
            height=_height(shown),
        ),
    )


def _picture(
    spec: Mapping[str, Any],
    lite: bool,
    major: str,
    converter: Path,
    version: str,
    bundle: Bundle,
    alt: str,
) -> str:
    """The chart as a picture that vl-convert makes; empty if it cannot."""
    text = json.dumps({"spec": spec, "lite": lite, "version": major}, sort_keys=True)
    made = bundle.cached(
        ("vega picture", version, text),
        lambda: _run(bundle.python(converter), _DRAW, given=text.encode("utf-8", "replace")),
    )
    return bundle.image(made, "image/svg+xml", alt=alt) if made else ""


def _run(python: str, code: str, *arguments: str, given: bytes = b"") -> bytes | None:
    """What a few lines print in another interpreter; None if they fail."""
    try:
        done = subprocess.run(
            [python, "-c", code, *arguments], input=given, capture_output=True, timeout=TIMEOUT
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _warn_of_addresses(spec: Mapping[str, Any], bundle: Bundle) -> None:
    found = _ELSEWHERE.search(json.dumps(spec))
    if found:
        hint = "read it in the notebook, so that the page holds it"
        bundle.warn(f"a chart asks {found[1]} for its data as it is drawn", hint)


def _title(spec: Mapping[str, Any]) -> str:
    title = spec.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    lines = text if isinstance(text, list) else [text]
    found = spec.get("description") or " ".join(line for line in lines if isinstance(line, str))
    return " ".join(found.split()) if isinstance(found, str) else ""


def _height(image: str) -> float | None:
    found = re.search(r'\sheight="(\d{1,5})"', image)
    return float(found[1]) if found else None

"""Outputs in the form in which notebooks can hold them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
MAX_PACKED = 3_000_000  # bytes in base64, and
MAX_PIXELS = 4_000_000  # those of a larger picture would take a while
_JSON = re.compile(r"application/(?:.*\+)?json")


def storable(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle by MIME type of which every part is a text, or a value of JSON under a type of such.

    Altair gives its charts under `application/vnd.vegalite.v6.json`, which nbformat does not take
    for JSON: it becomes `…v6+json`. What else is no text is written as JSON. Pictures are packed.
    """
    made: dict[str, Any] = {}
    for mime, value in data.items():
        if _JSON.fullmatch(mime) or _is_text(value):
            made[mime] = value
        elif mime.endswith(".json"):
            made[f"{mime.removesuffix('.json')}+json"] = value
        else:
            made[mime] = json.dumps(value, ensure_ascii=False)
    if isinstance(made.get("image/png"), str):
        made["image/png"] = packed(made["image/png"])
    return made


def packed(picture: str) -> str:
    """A PNG in base64, its pixels the same in fewer bytes where that takes only milliseconds.

    Plots have large even areas, which zlib takes best unfiltered; Matplotlib filters every line.
    """
    if len(picture) > MAX_PACKED:
        return picture
    try:
        import oxipng
    except ImportError:  # it is not there for all machines
        return picture
    with suppress(binascii.Error, struct.error, ValueError, oxipng.PngError):
        content = base64.b64decode(picture)
        width, height = struct.unpack(">II", content[16:24])
        if width * height > MAX_PIXELS:
            return picture
        made = oxipng.optimize_from_memory(
            content,
            level=0,
            filter=[oxipng.RowFilter.NoOp],
            deflate=oxipng.Deflaters.libdeflater(9),
        )
        if len(made) < len(content):
            return base64.b64encode(made).decode("ascii") + "\n" * picture.endswith("\n")
    return picture


def without(outputs: list[Any], closed: Iterable[str]) -> list[Any]:
    """Outputs without the views of widgets that were closed, which no front end shows."""
    names = set(closed)
    return [output for output in outputs if _model(output) not in names]


def _model(output: Any) -> str:
    view = output.get("data", {}).get(VIEW) if isinstance(output, dict) else None
    return str(view.get("model_id", "")) if isinstance(view, dict) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(line, str) for line in value)
    )

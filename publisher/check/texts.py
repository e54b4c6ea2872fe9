"""The text that a file of any kind holds, for the detector; images say where they were taken."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from publisher.check.sources import strings
from publisher.model import LIBRARIES

PAGES = (".html", ".htm", ".xhtml")
_SILENT = frozenset(
    ".woff .woff2 .ttf .otf .eot .ico .mp3 .ogg .oga .wav .flac .mp4 .m4a .m4v .webm .mov .wasm "
    ".pagefind .pf_index .pf_meta .pf_filter .gif".split()
)
"""Kinds of files that hold no text: fonts, sound, films, and lists of stems."""
_LIBRARY = re.compile(rf"static/{LIBRARIES}/[^/]+\.[0-9a-f]{{12}}\.(?:js|css)")
"""Copies of scripts that packages bring, under names of ours: nothing in them is the author's."""
_PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".heic"))
MAX_UNPACKED = 50_000_000
MAX_METADATA = 1_000_000
_GPS = 0x8825


def is_page(path: str) -> bool:
    """Whether a file of the site is a page of HTML."""
    return PurePosixPath(path).suffix.lower() in PAGES


def is_library(path: str) -> bool:
    """Whether a file of the site is a script or style sheet of a library that draws outputs."""
    return _LIBRARY.fullmatch(path) is not None


def is_silent(path: str) -> bool:
    """Whether there is nothing to read in such a file."""
    return PurePosixPath(path).suffix.lower() in _SILENT or is_library(path)


def text(path: str, content: bytes) -> bytes:
    """What to look through of a file that is no page."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".pf_fragment":
        return _unpacked(content)
    if suffix == ".ipynb":
        return _notebook(content)
    if suffix in _PICTURES:
        return b"\n".join(_metadata(content))
    return content


def leaks(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """What a file tells of its author beside its text: what that is, and the text to look for."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _PICTURES and any(map(_has_place, _metadata(content))):
        yield "the place where the picture was taken (GPS)", ""
    if suffix == ".ipynb" and b'"executionInfo"' in content:
        yield from _colab(content)


def page_of(content: bytes) -> str:
    """The file of the page that a fragment of the search index is of; empty if it says none."""
    try:
        url = json.loads(_unpacked(content)).get("url")
    except (ValueError, AttributeError, RecursionError):
        return ""
    path = url.split("#")[0].lstrip("/") if isinstance(url, str) else ""
    return f"{path}index.html" if path.endswith("/") or not path else path


def _unpacked(content: bytes) -> bytes:
    """A fragment of the search index: JSON behind a mark, in gzip."""
    try:
        made = zlib.decompressobj(wbits=31).decompress(content, MAX_UNPACKED)
    except zlib.error:
        return content
    return made[made.find(b"{") :]


def _notebook(content: bytes) -> bytes:
    """All texts of a notebook, each as its reader has it."""
    try:
        return "\n\n".join(strings(json.loads(content))).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return content


def _colab(content: bytes) -> Iterator[tuple[str, str]]:
    """The users that Google Colab noted in the metadata of cells."""
    try:
        cells: Any = json.loads(content)["cells"]
        for cell in cells:
            user = cell.get("metadata", {}).get("executionInfo", {}).get("user", {})
            name = user.get("displayName") or user.get("userId")
            if name:
                yield f"who ran the cells, in the metadata of Colab ({str(name)[:2]}…)", str(name)
                return
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return


def _metadata(content: bytes) -> Iterator[bytes]:
    """What a picture holds beside its pixels: chunks of PNG and WebP, segments of JPEG."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _chunks(content, 8, ">I4s", 4, (b"tEXt", b"zTXt", b"iTXt", b"eXIf"))
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        yield from _chunks(content, 12, "<4sI", 0, (b"EXIF", b"XMP "))
    elif content.startswith(b"\xff\xd8"):
        yield from _segments(content)
    elif content[:4] in (b"II*\0", b"MM\0*"):
        yield content[:MAX_METADATA]


def _chunks(
    content: bytes, at: int, head: str, tail: int, wanted: tuple[bytes, ...]
) -> Iterator[bytes]:
    while at + 8 <= len(content):
        one, two = struct.unpack_from(head, content, at)
        size, kind = (one, two) if head[0] == ">" else (two, one)
        data = content[at + 8 : at + 8 + min(size, MAX_METADATA)]
        if kind in wanted:
            yield _plain(data) if kind in (b"zTXt", b"iTXt") else data
        at += 8 + size + tail + (size % 2 if not tail else 0)


def _plain(data: bytes) -> bytes:
    """A text chunk of a PNG, which may be compressed behind its keyword."""
    start = data.find(b"\x78")
    while 0 <= start <= 100:
        try:
            return data[:start] + zlib.decompressobj().decompress(data[start:], MAX_METADATA)
        except zlib.error:
            start = data.find(b"\x78", start + 1)
    return data


def _segments(content: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] in (*range(0xE1, 0xF0), 0xFE):
            yield content[at + 4 : at + 2 + size]
        at += 2 + max(size, 2)


def _has_place(metadata: bytes) -> bool:
    """Whether EXIF says where: its first directory has an entry for GPS with a latitude.

    Source: Exif 2.32, sections 4.6.2 and 4.6.6.
    """
    data = metadata.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return False
    try:
        first = struct.unpack_from(f"{order}I", data, 4)[0]
        there = _entries(data, first, order).get(_GPS)
        return there is not None and 2 in _entries(data, there, order)
    except struct.error:
        return False


def _entries(data: bytes, at: int, order: str) -> dict[int, int]:
    """The tags of a directory of TIFF, with their values as they stand."""
    count = struct.unpack_from(f"{order}H", data, at)[0]
    pairs = (struct.unpack_from(f"{order}H6xI", data, at + 2 + 12 * n) for n in range(count))
    return dict(pairs)

"""Pagefind's program, and how one speaks with it.

It is run as the service that Pagefind's own wrappers for Node.js and Python run: requests go to
its input and answers come from its output in the same order, as JSON in Base64 that ends in a
comma. It ends when its input does, thus with us, however we end. (Its Python package is not used:
that waits 0.1 s for every answer, for ever where the program has died, and takes no large index.)
"""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import IO, Any

import msgspec

from publisher.errors import SearchError

LONGEST = 60.0  # seconds for an index, and
LONGER = 0.2  # more for each page: 100 times what it takes
CONFIG = {
    # No words of a page: links to its own headings, our labels, sources and blocks of formulas.
    "exclude_selectors": [".anchor", ".cell summary", "annotation", 'math[display="block"]'],
}
ENTRY = "pagefind-entry.json"
UNUSED = ("pagefind-ui", "pagefind-modular-ui", "pagefind-component-ui", "pagefind-highlight")
"""What Pagefind brings for pages that have no interface of their own."""
_HINT = "`search = false` in the configuration publishes the site without search"


def run(program: str, pages: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """The files of an index of these pages, by their paths. A page is its address and its HTML.

    `program` is the package that brings the program. `SearchError` if it cannot be started, fails
    or takes too long.
    """
    requests = [_encoded(number, payload) for number, payload in enumerate(_requests(pages))]
    answered, reason = 0, ""
    seconds = LONGEST + LONGER * len(pages)
    with tempfile.TemporaryFile() as log, _service(program, log) as service:
        late = threading.Timer(seconds, service.kill)
        feeder = threading.Thread(target=_feed, args=(service.stdin, requests))
        try:
            late.start()
            feeder.start()
            for answer in _answers(service.stdout):
                if answer["type"] == "Error":
                    reason = answer["message"]
                    break
                answered += 1
                if answered == len(requests):
                    return _files(answer)
            if late.finished.is_set():
                reason = f"it took longer than {seconds:.0f} s"
        finally:
            late.cancel()
            service.kill()
            late.join()
            feeder.join()
        raise _error(pages[answered - 1][0] if 0 < answered <= len(pages) else "", reason, log)


def _requests(pages: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    yield {"type": "NewIndex", "config": CONFIG}
    for address, html in pages:
        yield {"type": "AddFile", "index_id": 0, "url": address, "file_contents": html}
    yield {"type": "GetFiles", "index_id": 0}


def _encoded(number: int, payload: dict[str, Any]) -> bytes:
    return base64.b64encode(msgspec.json.encode({"message_id": number, "payload": payload})) + b","


@contextmanager
def _service(program: str, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The program, running; it heeds no settings of Pagefind's in the environment or nearby."""
    try:
        path = import_module(program).get_executable()
        process = subprocess.Popen(
            [path, "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=path.parent,
            env={name: value for name, value in os.environ.items() if "PAGEFIND" not in name},
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise SearchError(f"Pagefind cannot be started: {reason}", hint=_HINT) from error
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _feed(pipe: IO[bytes] | None, requests: list[bytes]) -> None:
    assert pipe is not None
    with suppress(OSError):  # it has ended: that is seen where it is read
        pipe.writelines(requests)
        pipe.flush()


def _answers(pipe: IO[bytes] | None) -> Iterator[dict[str, Any]]:
    assert pipe is not None
    parts: list[bytes] = []
    while data := pipe.read1():  # type: ignore[attr-defined]
        *ends, rest = data.split(b",")
        for end in ends:
            yield msgspec.json.decode(base64.b64decode(b"".join((*parts, end))))["payload"]
            parts = []
        parts.append(rest)


def _files(answer: dict[str, Any]) -> dict[str, bytes]:
    """The files of an index, without those that no page of ours asks for."""
    files = {
        file["path"].replace("\\", "/"): base64.b64decode(file["content"])
        for file in answer["files"]
    }
    entry = msgspec.json.decode(files[ENTRY])
    files[ENTRY] = msgspec.json.encode(entry, order="sorted")  # its languages are in any order
    unknown = any(language["wasm"] is None for language in entry["languages"].values())
    unused = UNUSED if unknown else (*UNUSED, "wasm.unknown")
    return {path: content for path, content in files.items() if not path.startswith(unused)}


def _error(page: str, reason: str, log: IO[bytes]) -> SearchError:
    log.seek(0)
    said = log.read().decode("utf-8", "replace").strip()
    place = f" of the page {page}" if page else ""
    why = f": {reason}" if reason else ""
    return SearchError(
        f"the search index{place} cannot be made{why}", hint=_HINT, detail=said or None
    )

"""What a kernel would tell of its widgets while they are moved: heard, and kept in.

Runs in the author's kernel: the standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

SHOWN = ("stream", "display_data", "execute_result", "error")
HEARD = (*SHOWN, "update_display_data", "clear_output", "comm_open", "comm_msg", "comm_close")


class Stream:
    """A standard stream whose text is told at once: the kernel's own takes milliseconds."""

    def __init__(self, stream: Any, take: Callable[[str, dict[str, Any]], None]) -> None:
        self._stream, self._take = stream, take

    def write(self, text: str) -> int:
        """Tell a text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._take("stream", {"name": getattr(self._stream, "name", "stdout"), "text": text})
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Tell several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is held back."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Descriptor:
    """A standard descriptor that other processes and C libraries write to, told when asked.

    The kernel's own reader of it runs in a thread: what it reads would come whenever it likes.
    """

    def __init__(self, number: int, take: Callable[[str, dict[str, Any]], None]) -> None:
        self._number, self._take, self._told = number, take, 0
        self._file, path = tempfile.mkstemp()
        os.unlink(path)
        self._kept = os.dup(number)
        os.dup2(self._file, number)

    def tell(self) -> None:
        """Tell what was written since."""
        size = os.fstat(self._file).st_size
        if size > self._told:
            text = os.pread(self._file, size - self._told, self._told)
            self._told = size
            name = "stdout" if self._number == 1 else "stderr"
            self._take("stream", {"name": name, "text": text.decode("utf-8", "replace")})

    def close(self) -> None:
        """Let it be what it was."""
        os.dup2(self._kept, self._number)
        os.close(self._kept)
        os.close(self._file)


class Capture:
    """Hears what the kernel tells, and keeps what each Output widget shows.

    As a front end does: https://github.com/jupyter-widgets/ipywidgets (`output.ts`).
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self.contents: dict[str, list[dict[str, Any]]] = {}
        self.clearing: set[str] = set()
        self.stack: list[str] = []
        self.entered: set[str] = set()
        self.changed: dict[str, bool] = {}  # widgets that were given a state, in order
        self.descriptors: list[Descriptor] = []

    def __enter__(self) -> Capture:
        self._flush()
        self.send = self.session.send
        self.session.send = self._hear
        self.streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (Stream(stream, self._take) for stream in self.streams)
        if getattr(self.streams[0], "watch_fd_thread", None) is not None:
            self.descriptors = [Descriptor(number, self._add) for number in (1, 2)]
        return self

    def __exit__(self, *error: object) -> None:
        for descriptor in self.descriptors:
            descriptor.close()
        sys.stdout, sys.stderr = self.streams
        self._flush()
        del self.session.send

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()

    def _hear(
        self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **more: Any
    ) -> Any:
        whole = isinstance(msg_or_type, dict)
        kind = msg_or_type["header"]["msg_type"] if whole else msg_or_type
        if kind not in HEARD:
            return self.send(stream, msg_or_type, content, *args, **more)
        self._take(kind, msg_or_type["content"] if whole else content)
        return msg_or_type if whole else {}

    def _take(self, kind: str, content: dict[str, Any]) -> None:
        for descriptor in self.descriptors:
            descriptor.tell()
        self._add(kind, content)

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        if kind.startswith("comm"):
            self._comm(content.get("comm_id", ""), content.get("data", {}).get("state") or {})
        elif kind == "update_display_data":
            self._update(content)
        elif self.stack:
            model = self.stack[-1]
            if kind == "clear_output" and content.get("wait"):
                self.clearing.add(model)
            elif kind == "clear_output":
                self.contents[model] = []
            else:
                if model in self.clearing:
                    self.clearing.discard(model)
                    self.contents[model] = []
                self._append(self.contents.setdefault(model, []), kind, content)

    def _comm(self, model: str, state: dict[str, Any]) -> None:
        """An Output widget begins or ends to catch outputs, or was given some."""
        if state.get("msg_id"):
            self.stack.append(model)
            self.entered.add(model)
        elif "msg_id" in state and model in self.stack:
            self.stack.reverse()
            self.stack.remove(model)
            self.stack.reverse()
        if "msg_id" not in state:
            self.changed[model] = True
        if "outputs" in state:
            self.entered.add(model)
            self.contents[model] = [dict(output) for output in state["outputs"]]

    def _append(self, shown: list[dict[str, Any]], kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            _write(shown, content["name"], content["text"])
            return
        keys = {"error": ("ename", "evalue", "traceback")}.get(kind, ("data", "metadata"))
        output = {"output_type": kind, **{key: content[key] for key in keys}}
        if kind == "execute_result":
            output["execution_count"] = None
        display_id = (content.get("transient") or {}).get("display_id")
        shown.append(output | ({"id": display_id} if display_id else {}))

    def _update(self, content: dict[str, Any]) -> None:
        display_id = (content.get("transient") or {}).get("display_id")
        for outputs in self.contents.values():
            for output in outputs:
                if display_id and output.get("id") == display_id:
                    output.update(data=content["data"], metadata=content["metadata"])

    def shown(self, model: str) -> str:
        """What an Output widget shows, as JSON."""
        shown = [] if model in self.clearing else self.contents.get(model, [])
        plain = [{k: v for k, v in output.items() if k != "id"} for output in shown]
        return json.dumps(plain, sort_keys=True)


def _write(shown: list[dict[str, Any]], name: str, text: str) -> None:
    """Add to a stream; of two that stand together stdout comes first: their order is chance."""
    start = len(shown)
    while start and shown[start - 1]["output_type"] == "stream":
        start -= 1
    for output in shown[start:]:
        if output["name"] == name:
            output["text"] += text
            return
    stream = {"output_type": "stream", "name": name, "text": text}
    shown.insert(start if name == "stdout" else len(shown), stream)

"""Changes of a project's files. The only one that knows watchfiles."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

STEP = 20  # ms without a change after which changes are told: many files are saved at once
MOST = 300  # ms after which they are told in any case
TEMPORARY = re.compile(r"\A\..*|.*~|.*\.(?:sw[a-z]|tmp|part|crdownload)|#.*#|4913|.*___jb_\w+___")
"""Names of hidden files and of those that editors write beside the one that is saved."""


class Watcher:
    """Watches folders, not what lies below them, and calls `tell` with the paths that changed.

    It does so from a thread of its own, with no path once it has begun to watch. Hidden and
    temporary files are passed over.
    """

    def __init__(self, tell: Callable[[set[Path]], None]) -> None:
        self._tell = tell
        self._folders: frozenset[Path] = frozenset()
        self._replaced = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, folders: Iterable[Path]) -> bool:
        """Watch these folders instead of those before; whether they are others."""
        wanted = frozenset(folders)
        if wanted == self._folders and not self._replaced:
            return False
        self.close()
        self._replaced = False
        self._folders, self._stop = wanted, threading.Event()
        self._thread = threading.Thread(target=self._run, args=(wanted, self._stop), daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        """Watch nothing any more."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread, self._folders = None, frozenset()

    def _run(self, folders: frozenset[Path], stop: threading.Event) -> None:
        try:
            self._follow(folders, stop, polling=False)
        except FileNotFoundError:  # a folder went away meanwhile
            self._replaced = True
            self._tell(set(folders))
        except OSError:  # the system has no watches left
            self._follow(folders, stop, polling=True)

    def _follow(self, folders: frozenset[Path], stop: threading.Event, *, polling: bool) -> None:
        from watchfiles import watch

        changes = watch(
            *(folder for folder in folders if folder.is_dir()),
            watch_filter=_tells,
            step=STEP,
            debounce=MOST,
            rust_timeout=100,
            yield_on_timeout=True,
            stop_event=stop,
            recursive=False,
            force_polling=polling or None,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        first = True
        for found in changes:
            if found or first:  # what was changed before the watch began is not told
                paths = {Path(path) for _, path in found}
                self._replaced |= not folders.isdisjoint(paths)  # what is watched is the old one
                self._tell(paths)
            first = False


def _tells(change: object, path: str) -> bool:
    """Whether a change of a file may be one of the site."""
    name = path.rpartition("/")[2]
    return not TEMPORARY.fullmatch(name) and name != "__pycache__"

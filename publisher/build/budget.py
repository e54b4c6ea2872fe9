"""How much memory the pages that run at once may use. The only one that looks at the machine's."""

from __future__ import annotations

from pathlib import Path

GB = 1_000_000_000
SHARE = 0.8  # of what is free when a build begins
PAGE = GB // 5  # what a page is taken to need as long as it has not shown more
_GROUP = Path("/sys/fs/cgroup")


class Budget:
    """A bound on the memory of the pages that run, in bytes; 0: 80 % of what is free now.

    Measured as what is free now against when the build began: what other programs take meanwhile
    counts as well, for then there is that much less for pages.
    """

    def __init__(self, bytes_: float = 0) -> None:
        self.free = _free()
        self.bytes = min(bytes_, self.free) if bytes_ else SHARE * self.free

    def allows_another(self, running: int) -> bool:
        """Whether one more page may run beside those that do. One always may."""
        used = max(self.free - _free(), running * PAGE)
        return not running or used + PAGE <= self.bytes


def _free() -> int:
    """Free memory in bytes: that of the machine, or less where our control group has less."""
    import psutil

    free: int = psutil.virtual_memory().available
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        current = int((_GROUP / "memory.current").read_text())
        return free if limit == "max" else min(free, max(int(limit) - current, 0))
    except (OSError, ValueError):
        return free

"""Turn Jupyter notebooks into a website.

The package is a pipeline; `publisher.build` knows the order of its stages:
read → execute → render → compose → write.
"""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """`__version__`, looked up only when somebody asks: workers start without it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("notebook-publisher")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

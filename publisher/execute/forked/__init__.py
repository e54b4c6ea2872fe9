"""Forked kernels: one process has everything imported, and each kernel is a copy of it.

`Parent` is that process. It runs with the interpreter of the site's Python kernels; a kernel that
cannot be forked (of another environment or language, on another system) is started as usual.
"""

from publisher.execute.forked.parent import Parent

__all__ = ["Parent"]

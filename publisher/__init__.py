"""Turn Jupyter notebooks into a website.

The package is a pipeline; `publisher.build` knows the order of its stages:
read → execute → render → compose → write.
"""

from importlib.metadata import version

__version__ = version("notebook-publisher")

"""What every worker process needs, imported once in the process that they are forked from."""

from publisher.imports import spare

spare()

import nbclient  # noqa: E402 - what is spared must be before

import publisher.build.worker  # noqa: E402
import publisher.execute.client  # noqa: E402
import publisher.render  # noqa: E402

__all__ = ["nbclient", "publisher"]

"""What every worker process needs, imported once in the process that they are forked from."""

import nbclient

import publisher.build.worker
import publisher.execute.client
import publisher.render

__all__ = ["nbclient", "publisher"]

"""How tests wait for what takes as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page


def until(done: Callable[[], Any], seconds: float = 60, what: str = "it took too long") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def holds(page: Page, expression: str) -> None:
    """Wait until an expression holds. (Playwright's own way would need `unsafe-eval`.)"""
    until(lambda: page.evaluate(expression), 20, expression)


def drawn(page: Page, wrong: Sequence[str]) -> None:
    """Scroll to each figure of a page, and wait until all are drawn; `wrong` is what went wrong."""
    for element in page.locator(".live").all():
        element.scroll_into_view_if_needed()
    holds(page, "!document.querySelector('.live:not([data-state=drawn], [data-state=failed])')")
    assert page.locator(".live[data-state=failed]").count() == 0, wrong

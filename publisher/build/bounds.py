"""Which pages a site may let move. The only one that knows what it may hold of states."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.config import Config
from publisher.model import Problem, Weight


def still(weights: Mapping[str, Weight], config: Config) -> tuple[set[str], tuple[Problem, ...]]:
    """The pages whose controls are to stand still, and what the author should know of that.

    `weights` are those of the states of all pages by source. Each page has, in their order, what
    those before it have left.
    """
    given = config.settings.interact
    most = Weight(given.site_states, int(given.site_size * 1e6))
    total, wanted, over = Weight(), Weight(), set()
    for source, weight in weights.items():
        now, wanted = total + weight, wanted + weight
        if now.states > most.states or now.size > most.size:
            over.add(source)
        else:
            total = now
    if not over:
        return over, ()
    message = (
        f"the controls of all pages have {wanted} together, more than the {most} that the site "
        f"may: those of {len(over)} stand still"
    )
    return over, (Problem(message, hint="raise `site_states` or `site_size` under [interact]"),)

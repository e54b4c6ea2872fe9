"""The middle one of several measurements, of each tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, quantiles

from measure import Cost

Costs = Mapping[str, Mapping[str, Sequence[Cost]]]
"""What was measured, by scenario and tool, a cost for each round."""


def wall(costs: Costs, scenario: str) -> dict[str, float]:
    """Seconds of each tool; empty if the scenario was not measured."""
    return {name: median(c.wall for c in runs) for name, runs in costs.get(scenario, {}).items()}


def cpu(costs: Costs, scenario: str) -> dict[str, float]:
    """CPU seconds of each tool."""
    return {name: median(c.cpu for c in runs) for name, runs in costs.get(scenario, {}).items()}


def memory(costs: Costs, scenario: str) -> dict[str, float]:
    """Peak memory of each tool, MB."""
    return {name: median(c.memory for c in runs) for name, runs in costs.get(scenario, {}).items()}


def slow(costs: Costs, scenario: str) -> dict[str, float]:
    """The seconds that nine of ten runs of each tool stay below."""
    return {
        name: quantiles((c.wall for c in runs), n=10, method="inclusive")[-1]
        for name, runs in costs.get(scenario, {}).items()
        if len(runs) > 1
    }

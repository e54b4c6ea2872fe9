"""What pages may show of each other, and which of it a page was seen to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from publisher.model import Facts, Picture, Target
from publisher.store import digest

Question = tuple[Literal["label", "cited", "excerpt", "picture"], str]
_NOTHING = Facts()


class SiteFacts:
    """The facts of all pages of a site by source, in the order of the site."""

    def __init__(self, facts: Mapping[str, Facts]) -> None:
        self.facts = facts

    @cached_property
    def places(self) -> dict[str, tuple[str, Target]]:
        """Where each label is: the source of its page, the first that has it, and the place."""
        found: dict[str, tuple[str, Target]] = {}
        for source, facts in self.facts.items():
            for label, target in facts.labels.items():
                found.setdefault(label, (source, target))
        return found

    @cached_property
    def cited(self) -> tuple[str, ...]:
        """The keys of all works that are cited, in the order of the site."""
        return tuple(dict.fromkeys(key for facts in self.facts.values() for key in facts.cited))

    def excerpt(self, source: str) -> str:
        """The text of a page's first paragraph."""
        return self.facts.get(source, _NOTHING).excerpt

    def picture(self, source: str) -> Picture | None:
        """The picture that stands for a page."""
        return self.facts.get(source, _NOTHING).picture

    def answers(self, questions: Iterable[Question]) -> str:
        """A hash of what pages would be told who ask this; empty for no question."""
        told = [self._answer(*question) for question in questions]
        return digest(told) if told else ""

    def _answer(self, kind: str, name: str) -> object:
        if kind == "label":
            return self.places.get(name)
        if kind == "picture":
            return self.picture(name)
        return self.cited if kind == "cited" else self.excerpt(name)


class Asking:
    """The facts of a site as one page asks for them: `asked` notes its questions."""

    def __init__(self, facts: SiteFacts) -> None:
        self.facts = facts
        self.asked: dict[Question, None] = {}

    def label(self, name: str) -> tuple[str, Target] | None:
        """The source of the page that has a label, and its place there."""
        self.asked[("label", name)] = None
        return self.facts.places.get(name)

    def cited(self) -> tuple[str, ...]:
        """The keys of all works that the site cites."""
        self.asked[("cited", "")] = None
        return self.facts.cited

    def excerpt(self, source: str) -> str:
        """The text of a page's first paragraph."""
        self.asked[("excerpt", source)] = None
        return self.facts.excerpt(source)

    def picture(self, source: str) -> Picture | None:
        """The picture that stands for a page."""
        self.asked[("picture", source)] = None
        return self.facts.picture(source)

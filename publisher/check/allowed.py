"""What the settings say may stay: `[check] allow`."""

from __future__ import annotations

from publisher.check.finding import Finding
from publisher.config import Config, matches


class Allowed:
    """Findings that are not to be shown: by kind, with a pattern of paths or a fingerprint."""

    def __init__(self, config: Config) -> None:
        given = (item.partition(":") for item in config.settings.check.allow)
        self.items = [(kind, what) for kind, _, what in given]
        self.top = f"{config.shown(config.source)}/"

    def __contains__(self, finding: object) -> bool:
        assert isinstance(finding, Finding)
        paths = (finding.path, finding.path.removeprefix(self.top), finding.file)
        return any(
            kind == finding.kind
            and (
                not what
                or what == finding.fingerprint
                or any(path == what or matches(path, (what,)) for path in paths)
            )
            for kind, what in self.items
        )

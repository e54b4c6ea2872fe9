"""Secrets and home folders in any text. The only one that knows the detector.

It is Kingfisher (`kingfisher-secret-scanner`, Apache-2.0, by MongoDB), with the rules of
Betterleaks (MIT) and OSV-SCALIBR (Apache-2.0). It has no dependencies, runs in this process and
offline, reads a few hundred MB a second in time linear in what it reads, looks into Base64, and
has releases every few weeks. detect-secrets (Apache-2.0) has had none since 2024; CredSweeper
(MIT) wants pandas and an ONNX runtime; gitleaks is on PyPI only as a program wrapped by third
parties; TruffleHog is AGPL. What its rules leave out is in `rules.yml`.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.errors import PublishError

if TYPE_CHECKING:
    from kingfisher_sdk import Finding, Scanner

RULES = Path(__file__).with_name("rules.yml")
SECONDS = 20.0
"""The longest time for one file."""
MAX_FOUND = 1_000
"""Different secrets and leaks of one file that are told apart."""
_NOBODY = re.compile(
    r"(?i)\A(?:<.*|\{.*|\$.*|user(?:_?name)?|users?\d*|your?|your.?(?:user)?.?name|me|myname|name|"
    r"jovyan|runner\w*|vscode|codespace|gitpod|docker|ubuntu|debian|ec2-user|vagrant|app|git|"
    r"conda|mambauser|circleci|travis|vsts\w*|public|default|shared|xxx+|foo|bar|someone|someuser|"
    r"myuser|my_?user_?name|admin|rstudio|linuxbrew|sagemaker-user|kaggle|oai|student|guest)\Z"
)
"""Names of users that say nothing of anybody: of images, services, and in examples."""
_PLACEHOLDER = re.compile(
    r"(?i)example|your[_-]?|x{4,}|\*{3,}|\.{3}|\u2026|changeme|change[_-]me|placeholder|redacted|"
    r"dummy|insert|<[^>]+>|\A[${%][{(]?\w+[)}%]?\Z|\A\w+\(|\.environ|getenv|todo|"
    r"12345678|abcdefgh|passw?or[dt]|secret_?key|api_?key|\A(?:os|self|config|settings)\."
)
"""What stands in examples in place of a password."""
_NO_SECRET = re.compile(
    r"(?i)\A(?:[/.#]|https?://(?![^/\s]*@)|(?:sha\d{3}|md5)[:=-]|(?:rgba?|hsla?|var|url|calc)\()"
    r"|\A[\w-]+\.(?:csv|json|txt|md|py|ipynb|html?|js|css|png|jpe?g|svg|pdf|ya?ml|toml|env|key|"
    r"pem)\Z|\A[\w.-]+/[\w./-]+\.\w+\Z"
    r"|\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
    r"|(?-i:\A(?:[A-Z]?[a-z]{1,14}\d?|\d+[a-z]?)(?:[-_. ](?:[A-Z]?[a-z]{1,14}\d?|\d+[a-z]?))*\Z)"
)
"""Paths, addresses, colours, hashes that say so, UUIDs, and words and numbers (`page-2-of-30`)."""
_OURS = "publisher."
_GUESSED = frozenset(
    (f"{_OURS}password", f"{_OURS}environment", "betterleaks.generic-credential-uri")
)
_PACKED = re.compile(rb"[A-Za-z0-9+/=]*+")
_PACKED_BEFORE = re.compile(rb"[A-Za-z0-9+/=]{0,400}\Z")
MIN_PACKED = 64
"""Characters of Base64 before and behind a word, from which on it is a part of what they hold."""
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Hit:
    """Something that was found. `name` is that of the rule, `text` what stands there.

    `text` is the secret itself, or what it is hidden in (Base64).
    """

    kind: Literal["secret", "leak"]
    name: str
    value: str
    text: str


class Detector:
    """Finds secrets and leaks in texts."""

    @cached_property
    def _scanner(self) -> Scanner:
        """The detector; the first use on a machine compiles its rules, which takes seconds."""
        try:
            from kingfisher_sdk import DetectionPolicy, Rules, Scanner
        except ImportError as error:
            raise PublishError(
                "what looks for secrets is not installed",
                hint="pip install kingfisher-secret-scanner",
            ) from error
        # What is written in a line to allow a secret is read by us, from the source.
        return Scanner(Rules([RULES]), policy=DetectionPolicy(inline_ignores=False))

    def find(self, data: bytes) -> list[Hit]:
        """What a text holds, each once. `TimeoutError` if that takes too long."""
        found: dict[str, tuple[int, Hit]] = {}
        for finding in self._scanner.scan(data, timeout=SECONDS):
            if not finding.visible:
                continue
            if len(found) >= MAX_FOUND:
                break
            hit = _hit(finding, data)
            rank = _CONFIDENCE.get(finding.confidence, 3) + 3 * finding.rule_id.startswith(_OURS)
            if hit is not None and (hit.value not in found or rank < found[hit.value][0]):
                found[hit.value] = rank, hit
        return [hit for _, hit in found.values()] + self._own(data)

    def _own(self, data: bytes) -> list[Hit]:
        """The name of this computer, and the home folder of who runs it."""
        return [
            Hit("leak", name, text.decode(), text.decode())
            for name, text in self._here
            if text in data
        ]

    @cached_property
    def _here(self) -> list[tuple[str, bytes]]:
        host = socket.gethostname()
        telling = len(host) >= 8 and re.search(r"\d|-", host) and not host.startswith("localhost")
        home = _home()
        named = re.match(r"/(?:home|Users)/|[A-Za-z]:\\Users\\", home)
        return [
            (name, text.encode())
            for name, text, wanted in (
                ("the name of this computer", host, telling),
                ("your home folder", f"{home}/", home not in ("", "/", "/root") and not named),
            )
            if wanted
        ]


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _hit(finding: Finding, data: bytes) -> Hit | None:
    name, value, text = finding.rule_id, finding.secret, finding.secret
    start, end = finding.location["start_offset"], finding.location["end_offset"]
    if finding.is_base64_encoded:
        text = data[start:end].decode("utf-8", "replace")
    elif _is_packed(data, start, end):
        return None
    if name.startswith(f"{_OURS}home"):
        user = re.split(r"[\\/]+", value)[-1]
        return None if _NOBODY.match(user) else Hit("leak", "a home folder", value, text)
    if name in _GUESSED and (_PLACEHOLDER.search(value) or _NO_SECRET.search(value)):
        return None
    if name.startswith(_OURS) and "EXAMPLE" in value.upper():
        return None
    return Hit("secret", name.rpartition(".")[2].rpartition("/")[2], value, text)


def _is_packed(data: bytes, start: int, end: int) -> bool:
    """Whether a word is a part of a picture or the like in Base64, be it parted into lines.

    Some tokens have nothing but three letters that tell them from it.
    """
    if not _PACKED.fullmatch(data, start, end):
        return False
    before = _PACKED_BEFORE.search(data, max(start - 400, 0), start)
    behind = _PACKED.match(data, end, end + 400)
    assert behind is not None
    length = (len(before[0]) if before else 0) + len(behind[0])
    if length >= 2 * MIN_PACKED:
        return True
    lines = data[max(start - 400, 0) : end + 400].splitlines()[1:-1]
    return (
        len(lines) > 2
        and len(set(map(len, lines))) == 1
        and all(len(line) >= MIN_PACKED and _PACKED.fullmatch(line) for line in lines)
    )

"""What git says when it fails, in our words, without passwords."""

from __future__ import annotations

import re

from publisher.errors import DeployError

_KNOWN = (
    (
        r"could not read (Username|Password)|terminal prompts disabled|Authentication failed"
        r"|Invalid username or (password|token)|Permission denied|returned error: 40[13]"
        r"|Permission to .* denied|access denied|not authorized",
        "you may not do that there, or git does not know your password",
        "try `git push` by hand; with GitHub, `gh auth login` or an SSH key helps",
    ),
    (
        r"Could not resolve host|Name or service not known|Network is unreachable"
        r"|Connection (refused|timed out|reset)|Failed to connect|Temporary failure in name",
        "it cannot be reached",
        "is this machine online? Nothing was pushed: run it again later",
    ),
    (
        r"Host key verification failed",
        "its SSH host key is not known",
        "connect to it once by hand: ssh -T git@HOST",
    ),
    (
        r"dubious ownership",
        "the repository belongs to another user",
        "git config --global --add safe.directory FOLDER",
    ),
    (r"not a git repository \(or any", "the project is in no git repository", "git init"),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|does not exist"
        r"|not a git repository",
        "there is no repository",
        "`git remote -v` shows the addresses; make the repository there first",
    ),
    (
        r"protected branch|declined|rejected",
        "it refuses the commit",
        "the branch may be protected there",
    ),
)


def explained(said: bytes, remote: str, what: str, report: bytes = b"") -> DeployError:
    """The error that git's words mean; they are its detail. `report` is that of a push."""
    text = redacted(said + b"\n" + b"\n".join(re.findall(rb"^!\t.*", report, re.MULTILINE)))
    subject = f"the remote {redacted(remote.encode())} {what}" if remote else what
    for pattern, reason, hint in _KNOWN:
        if re.search(pattern, text):
            message = f"{subject}: {reason}" if remote else reason
            return DeployError(message, hint=hint, detail=text)
    return DeployError(subject, detail=text)


def redacted(said: bytes) -> str:
    """A text of git's without names and passwords in addresses."""
    text = said.decode("utf-8", "replace").strip()
    return re.sub(r"(?<=://)\S*@", "", text)

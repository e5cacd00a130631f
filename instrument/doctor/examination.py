"""`ladmg doctor`: looks at all that playing needs, says how it is, and what to do.

Each check is a function that yields findings. What may hang or crash is tried in a process of its own, with a
deadline (`trial`); nothing is written but a file that goes away by itself, and what an instrument that plays could
notice is not tried but asked of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from instrument.console import PlaySettings
from instrument.doctor.finding import Check, Checkup, Finding
from instrument.doctor.model import check_model
from instrument.doctor.sound import check_sound
from instrument.doctor.system import (
    check_folders,
    check_loopback,
    check_machine,
    check_midi,
    check_osc_port,
    check_page_port,
    check_priority,
    check_session,
    check_shared_memory,
    status_of,
)

FORMAT = "ladmg-doctor"
VERSION = 1
CHECKS: tuple[Check, ...] = (
    check_machine,
    check_sound,
    check_priority,
    check_midi,
    check_osc_port,
    check_page_port,
    check_loopback,
    check_shared_memory,
    check_model,
    check_folders,
    check_session,
)
_SHOWN = {"good": "ok", "note": "note", "bad": "BAD"}


def examine(play: PlaySettings, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """All findings, as they are made. A check that fails itself is a finding too, and the others go on."""
    checkup = Checkup(play, status_of(play))
    for check in checks:
        try:
            yield from check(checkup)
        except Exception as error:
            what = check.__name__.removeprefix("check_").replace("_", " ")
            found = f"this could not be looked at: {type(error).__name__}: {error}"
            yield Finding(what, "bad", " ".join(found.split()), "send this report to LADMG's authors")


def line(finding: Finding) -> str:
    """For people: one line, and what to do in a second one."""
    text = f"{_SHOWN[finding.state]:4s}  {finding.check:13s}  {finding.found}"
    return text + (f"\n{'':21s}-> {finding.advice}" if finding.advice else "")


def verdict(findings: Iterable[Finding]) -> str:
    """The last line."""
    bad = [finding.check for finding in findings if finding.state == "bad"]
    if not bad:
        return "ready to play with sound"
    return f"not ready to play with sound: {', '.join(dict.fromkeys(bad))}"


def report(findings: Iterable[Finding]) -> str:
    """For programs and bug reports: JSON."""
    findings = list(findings)
    told = {
        "format": FORMAT,
        "version": VERSION,
        "is_ready": all(finding.state != "bad" for finding in findings),
        "findings": [finding.to_dict() for finding in findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)

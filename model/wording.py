"""Ways of saying no, in words that the text tower learnt.

It knows "no", "not", "without" and "without any". "Kick-free", "minus the kick" or "remove the kick" name the kick,
and so ask for it.
"""

from __future__ import annotations

import re

# What a performer takes out. "Lose yourself" takes nothing out, and "beatless" is a kind of techno.
_PART = (
    "(?:kick|(?:bass|kick|snare) ?drum|drum|(?:hi-?)?hat|clap|snare|cymbal|ride|shaker|tom|percussion|perc|rim(?:shot)?"
    "|bass ?line|bass|sub|chord|stab|pad|lead|arp|melody|melodie|synth|vocal|voice|vox|acid|noise|riser|bell|effect)s?"
)
_OF = r"(?:(?:all of the|all the|the|any|all|that|those|every|my)\s+)?"
_BEFORE_ANYTHING = "free of|free from|devoid of|lacking|sans|minus"
_BEFORE_PARTS = (
    "remove|removing|removed|omit|omitting|exclude|excluding|skip|skipping|lose|losing|ditch|ditching|scrap|scrapping|mute|muting"
    "|muted|zero|take out|taking out|take away|leave out|leaving out|strip out|cut out|get rid of"
)
_TAKEN_OUT = re.compile(
    rf"\b(?:(?:{_BEFORE_ANYTHING})\s+{_OF}(?=[a-z])|(?:{_BEFORE_PARTS})\s+{_OF}(?=(?:{_PART}|beat)\b))",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    rf"\b(?:((?:hi-)?[a-z]+(?: drum| hat| line)?)-free|({_PART})-?less)\b\s*", re.IGNORECASE
)
_CLAUSE = re.compile(r"[^,;.]+")


def plain(text: str) -> str:
    """The same wish with "without": "kick-free techno" is "techno without kick", "remove all the hats" "without hats".

    Verbs count before parts of music only, as they can mean something else. A text without any of this stays as it is.
    """
    text = _CLAUSE.sub(lambda clause: _adjectives_last(clause[0]), text)
    return _TAKEN_OUT.sub("without ", text)


def _adjectives_last(clause: str) -> str:
    taken_out = [free or less for free, less in _ADJECTIVE.findall(clause)]
    if not taken_out:
        return clause
    rest = _ADJECTIVE.sub("", clause)
    before = rest[: len(rest) - len(rest.lstrip())]
    wanted = re.sub(r"^(?:and|or)\s+|\s*\b(?:and|or|a|an|the)$", "", rest.strip(), flags=re.IGNORECASE)
    return before + " ".join(filter(None, [wanted, "without", " or ".join(taken_out)]))

"""OSC's address patterns: which parameters `/ladmg/*/prompt` means."""

from dataclasses import dataclass
from functools import lru_cache

from instrument.osc.datagram import OscError
from instrument.params import ADDRESSES

PATTERN_LIMIT = 128  # characters
WILDCARD_LIMIT = 16
WILDCARDS = frozenset("*?[]{}")


@lru_cache(maxsize=256)
def expand(pattern: str) -> tuple[str, ...]:
    """The parameters' addresses that an OSC pattern means: * ? [a-z] [!a-z] {one,two}, none across a /.

    Bounded: a set of positions moves along each part once, no pattern can make it go back. Raises OscError.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise OscError(
            "too_long", f"a pattern must have at most {PATTERN_LIMIT} characters, got {len(pattern)}"
        )
    parts = [_tokens(part) for part in pattern.split("/")]
    if sum(isinstance(token, _Wild) for part in parts for token in part) > WILDCARD_LIMIT:
        raise OscError("too_many", f"a pattern must have at most {WILDCARD_LIMIT} wildcards")
    branches: list[tuple[str, _Tree]] = [("", _TREE)]
    for index, tokens in enumerate(parts):
        branches = [
            (f"{path}/{name}" if index else name, below)
            for path, tree in branches
            for name, below in tree.items()
            if _matches(tokens, name)
        ]
    return tuple(path for path, tree in branches if path in ADDRESSES and not tree)


class _Tree(dict[str, "_Tree"]):
    """Names and what lies below them."""


def _tree() -> _Tree:
    root = _Tree()
    for address in ADDRESSES:
        branch = root
        for name in address.split("/"):
            branch = branch.setdefault(name, _Tree())
    return root


_TREE = _tree()


@dataclass(frozen=True)
class _Wild:
    """Any run of characters, one character in (or, negated, outside) `spans`, or one of `words`."""

    run: bool = False
    spans: tuple[tuple[str, str], ...] = ()
    negated: bool = False
    words: tuple[str, ...] = ()


_RUN = _Wild(run=True)
_ANY = _Wild(negated=True)
_Token = _Wild | str


def _tokens(part: str) -> list[_Token]:
    tokens: list[_Token] = []
    index = 0
    while index < len(part):
        character = part[index]
        closing = {"[": "]", "{": "}"}.get(character)
        end = part.find(closing, index) if closing else index
        if end < 0:
            raise OscError("malformed", f"a pattern's {character} must be closed by {closing}")
        inner = part[index + 1 : end]
        if character == "*":
            if not tokens or tokens[-1] is not _RUN:
                tokens.append(_RUN)
        elif character == "?":
            tokens.append(_ANY)
        elif character == "[":
            negated = inner.startswith("!")
            tokens.append(_Wild(spans=_spans(inner[negated:]), negated=negated))
        elif character == "{":
            tokens.append(_Wild(words=tuple(inner.split(","))))
        elif tokens and isinstance(tokens[-1], str):
            tokens[-1] += character
        else:
            tokens.append(character)
        index = end + 1
    return tokens


def _spans(inner: str) -> tuple[tuple[str, str], ...]:
    spans = []
    index = 0
    while index < len(inner):
        if inner[index + 1 : index + 2] == "-" and index + 2 < len(inner):
            spans.append((inner[index], inner[index + 2]))
            index += 3
        else:
            spans.append((inner[index], inner[index]))
            index += 1
    return tuple(spans)


def _matches(tokens: list[_Token], name: str) -> bool:
    positions = {0}
    for token in tokens:
        if isinstance(token, str):
            positions = {at + len(token) for at in positions if name.startswith(token, at)}
        elif token.run:
            positions = set(range(min(positions), len(name) + 1))
        elif token.words:
            positions = {
                at + len(word) for at in positions for word in token.words if name.startswith(word, at)
            }
        else:
            positions = {
                at + 1
                for at in positions
                if at < len(name)
                and any(low <= name[at] <= high for low, high in token.spans) != token.negated
            }
        if not positions:
            return False
    return len(name) in positions

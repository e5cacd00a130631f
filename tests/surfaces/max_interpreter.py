"""As much of Max as the package's patches use, read from the files: opens patches, passes messages along their cords.

It knows the JSON format and Max's documented objects, and nothing of how the files are made. Time passes only in
`Max.wait`. A message is a list of atoms; a bang is ["bang"].
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Message = list[Any]
LINKS = ("ladmg.param", "ladmg.words", "ladmg.event", "ladmg.named")


class Max:
    """The program: buses, time, what went to the network, and the patches that are open."""

    def __init__(self, folder: Path) -> None:
        self.files = {path.name: path for path in folder.rglob("*.max*") if path.suffix != ".xml"}
        self.sent: list[Message] = []
        self.objects: list[Object] = []
        self.now = 0.0
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._ids = itertools.count(1000)

    def open(self, name: str, args: tuple[Any, ...] = ()) -> Patch:
        """Load a patch, abstractions and all; then everything in it that acts when it is loaded does."""
        patch = Patch(self, name, args, next(self._ids))
        for each in patch.everything():
            each.load()
        self.wait(0)
        return patch

    def close(self, patch: Patch) -> None:
        gone = list(patch.everything())
        for each in gone:
            if each.name == "freebang":
                each.send(0, ["bang"])
        self.objects = [each for each in self.objects if each not in gone]

    def after(self, milliseconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.now + milliseconds, next(self._order), action))

    def wait(self, milliseconds: float) -> None:
        end = self.now + milliseconds
        while self._later and self._later[0][0] <= end:
            self.now, _, action = heapq.heappop(self._later)
            action()
        self.now = end

    def hear(self, message: Message) -> None:
        """From the network."""
        for each in [each for each in self.objects if each.name == "udpreceive"]:
            each.send(0, message)

    def bus(self, name: str, message: Message) -> None:
        for each in [each for each in self.objects if each.name == "r" and each.words[0] == name]:
            each.send(0, message)


class Patch:
    """A patcher with its objects; an abstraction is one too, inside the object that holds it."""

    def __init__(self, program: Max, name: str, args: tuple[Any, ...], own_id: int) -> None:
        content = json.loads(program.files[name].read_text(encoding="utf-8"))["patcher"]
        self.name = name
        self.args = args
        self.boxes: dict[str, Object] = {}
        for entry in content["boxes"]:
            box = entry["box"]
            self.boxes[box["id"]] = Object(program, self, box, own_id)
        for line in content["lines"]:
            (source, outlet), (target, inlet) = line["patchline"]["source"], line["patchline"]["destination"]
            self.boxes[source].cords.append((outlet, self.boxes[target], inlet))

    def everything(self) -> Iterator[Object]:
        for box in self.boxes.values():
            yield box
            if box.inside is not None:
                yield from box.inside.everything()

    def ports(self, kind: str) -> list[Object]:
        """Inlets or outlets, from left to right."""
        found = [box for box in self.boxes.values() if box.name == kind]
        return sorted(found, key=lambda box: box.fields["patching_rect"][0])

    def controls(self) -> dict[str, Object]:
        """Of this patch and all in it: what is joined to a link, by the link's address."""
        found = {}
        for box in self.everything():
            for target in [target for _, target, _ in box.cords] if box.is_control else ():
                for link in (target, *(after for _, after, _ in target.cords)):
                    if link.name in ("prepend", *LINKS) and str(link.words[0]).startswith("/ladmg/"):
                        found[str(link.words[0])] = box
        return found


class Object:
    """One box. `state` is what it shows or keeps."""

    def __init__(self, program: Max, patch: Patch, box: dict[str, Any], own_id: int) -> None:
        self.program = program
        self.patch = patch
        self.fields = box
        text = box.get("text", "") if box["maxclass"] in ("newobj", "message") else ""
        atoms = [_filled(atom, patch.args, own_id) for atom in _atoms(text)]
        is_typed = box["maxclass"] == "newobj"
        self.name = str(atoms[0]) if is_typed else str(box["maxclass"])
        self.words = atoms[1:] if is_typed else atoms
        self.cords: list[tuple[int, Object, int]] = []
        # `i` keeps its argument; the second one of a gate says whether it is open.
        self.state: Any = {"i": self.words[:1], "gate": self.words[1:]}.get(self.name, [])
        self.state = self.state[0] if self.state else 0
        self.items: list[Any] = [item for item in box.get("items", []) if item != ","]
        self.inside: Patch | None = None
        program.objects.append(self)
        if self.name == "bpatcher":
            args = tuple(_filled(arg, patch.args, own_id) for arg in box["args"])
            self.inside = Patch(program, box["name"], args, next(program._ids))
        elif f"{self.name}.maxpat" in program.files:
            self.inside = Patch(program, f"{self.name}.maxpat", tuple(self.words), next(program._ids))
        if self.inside is not None:
            for index, port in enumerate(self.inside.ports("outlet")):
                port.state = (self, index)

    @property
    def is_control(self) -> bool:
        return self.fields["maxclass"] not in ("newobj", "message", "inlet", "outlet", "comment", "bpatcher")

    def send(self, outlet: int, message: Message) -> None:
        # Right to left, as cords that leave one outlet do.
        leaving = [(target, inlet) for at, target, inlet in self.cords if at == outlet]
        for target, inlet in sorted(leaving, key=lambda end: -end[0].fields["patching_rect"][0]):
            target.take(inlet, list(message))

    def load(self) -> None:
        said = {"loadbang": ["bang"], "loadmess": self.words, "patcherargs": list(self.patch.args)}
        if self.name in said:
            self.send(0, said[self.name])

    def press(self, value: Any = None) -> None:
        """What a hand does: turn to a value, press, or type and commit."""
        if self.name == "textedit":
            self.state = value
            self.send(0, ["text", *([value] if value else [])])
        elif self.name == "textbutton" and self.fields["mode"] == 0:
            self.take(0, ["bang"])
        else:
            self.take(0, [value])

    def take(self, inlet: int, message: Message) -> None:
        first, rest = message[0], message[1:]
        match self.name:
            case "s":
                self.program.bus(str(self.words[0]), message)
            case "udpreceive":
                assert first == "port"
            case "udpsend":
                self.program.sent.append(message)
            case "inlet" | "deferlow":
                self.send(0, message)
            case "outlet":
                if self.state:
                    holder, index = self.state
                    holder.send(index, message)
            case "gate":
                if inlet == 0:
                    self.state = first
                elif self.state:
                    self.send(0, message)
            case "prepend":
                self.send(0, [*self.words, *message])
            case "route":
                if first in self.words:
                    self.send(self.words.index(first), rest or ["bang"])
                else:
                    self.send(len(self.words), message)
            case "sel":
                found = self.words.index(first) if first in self.words else len(self.words)
                self.send(found, message if found == len(self.words) else ["bang"])
            case "t":
                for index in reversed(range(len(self.words))):
                    word = self.words[index]
                    self.send(
                        index, message if word in ("l", "i", "f") else ["bang"] if word == "b" else [word]
                    )
            case "message":
                if first == "set":
                    self.words = rest
                elif self.words:
                    self.send(0, self.words)
            case "tosymbol":
                self.send(0, [" ".join(map(str, message))])
            case "i":
                self.send(0, [self.state])
            case "==":
                self.send(0, [int(first == self.words[0])])
            case "+":
                self.send(0, [first + self.words[0]])
            case "unpack":
                for index in reversed(range(min(len(message), len(self.words)))):
                    self.send(index, [message[index]])
            case "zl.slice":
                self.send(1, message[self.words[0] :])
                self.send(0, message[: self.words[0]])
            case "zl.iter":
                for atom in message:
                    self.send(0, [atom])
            case "zl.lookup":
                self.send(0, [self.words[first]])
            case "metro":
                self.state = first
                self._tick()
            case "delay":
                self._restart(self.words[0])
            case "live.dial" | "live.slider" | "live.tab" | "number" | "flonum" | "umenu" | "toggle" | "led":
                self._turn(first, rest)
            case "textbutton":
                if first == "bang":
                    self.send(0, ["bang"])
                elif first in ("text", "texton", "bgcolor"):
                    self.fields = self.fields | {first: rest}
                else:
                    self._turn(first, rest)
            case "textedit" | "comment":
                assert first == "set", f"{self.name} {message}"
                self.state = " ".join(map(str, rest))
            case "counter":
                low, high = self.words
                self.send(0, [low + self.state])
                self.state = (self.state + 1) % (high - low + 1)
            case "multislider":
                if first == "fetch":
                    self.send(1, [self.state[rest[0] - 1]])
            case "js":
                pass
            case _:
                assert self.inside is not None, f"{self.name} got {message}"
                self.inside.ports("inlet")[inlet].send(0, message)

    def _turn(self, first: Any, rest: Message) -> None:
        """A control: a number turns it and leaves it, `set` only turns it."""
        if first == "set":
            self.state = rest[0]
        elif first == "clear":
            self.items = []
        elif first == "append":
            self.items.append(" ".join(map(str, rest)))
        elif isinstance(first, str):
            self.fields = self.fields | {first: rest}
        else:
            self.state = first
            self.send(0, [first])

    def _tick(self) -> None:
        if self.state and self in self.program.objects:
            self.send(0, ["bang"])
            self.program.after(self.words[0], self._tick)

    def _restart(self, milliseconds: float) -> None:
        self.state += 1
        mine = self.state
        self.program.after(milliseconds, lambda: self.send(0, ["bang"]) if self.state == mine else None)


def _atoms(text: str) -> list[Any]:
    return [_atom(quoted or word) for quoted, word in re.findall(r'"([^"]*)"|(\S+)', text)]


def _atom(word: str) -> Any:
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    return float(word) if re.fullmatch(r"-?\d*\.\d*(e-?\d+)?", word) and word != "." else word


def _filled(atom: Any, args: tuple[Any, ...], own_id: int) -> Any:
    """An atom with the arguments of its abstraction in the places of #1, #2.. and a number of its own in that of #0."""
    if not isinstance(atom, str) or "#" not in atom:
        return atom
    if re.fullmatch(r"#\d", atom):
        index = int(atom[1])
        return own_id if index == 0 else args[index - 1] if index <= len(args) else 0
    for index, arg in enumerate((own_id, *args)):
        atom = atom.replace(f"#{index}", str(arg))
    return atom

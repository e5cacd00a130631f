"""A session of Open Stage Control, as JSON: the same controls for a browser or a tablet."""

from __future__ import annotations

import json
from typing import Any

from instrument.params import ROOT, Spec
from surfaces.table import PORT, Table, decks, of_deck

COLUMNS, WIDTH, HEIGHT = 6, 150, 90  # of a tab's grid, pixels
TARGET = f"127.0.0.1:{PORT}"
# The server sends from the port that it listens on (--osc-port), so the instrument knows where to answer.
SUBSCRIBE = f"""const subscribe = () => send('{TARGET}', '{ROOT}/subscribe')
subscribe()
setInterval('subscribe', subscribe, 10000)"""


def session(table: Table) -> bytes:
    """One tab for what is global, one for each deck."""
    tabs = [
        _tab("global", of_deck(table, None)),
        *(_tab(f"deck {deck}", of_deck(table, deck)) for deck in decks(table)),
    ]
    root = {
        "type": "root",
        "id": "root",
        "width": 1000,
        "height": 800,
        "default": "",
        "value": "",
        "tabs": tabs,
    }
    content = {"version": "1.25.0", "type": "session", "content": root}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _tab(name: str, table: Table) -> dict[str, Any]:
    widgets = [_widget(address, spec, index) for index, (address, (spec, _)) in enumerate(table.items())]
    return {"type": "tab", "id": name, "label": name, "layout": "default", "widgets": widgets}


def _widget(address: str, spec: Spec, index: int) -> dict[str, Any]:
    """A control of the parameter's kind. Its address sends and is listened to; what comes in is not sent back."""
    widget: dict[str, Any] = {
        "id": address.strip("/"),
        "label": spec.name,
        "comments": spec.doc,
        "address": address,
        "target": [TARGET],
        "left": 10 + WIDTH * (index % COLUMNS),
        "top": 10 + HEIGHT * (index // COLUMNS),
        "width": WIDTH - 10,
        "height": HEIGHT - 10,
    }
    match spec.kind:
        case "float":
            kind = {
                "type": "fader",
                "horizontal": True,
                "range": {"min": spec.low, "max": spec.high},
                "default": spec.default,
                "decimals": max(2, spec.digits),
                "typeTags": "f",
            }
        case "int" if (spec.low, spec.high) == (0, 1):
            kind = {
                "type": "button",
                "mode": "toggle",
                "on": 1,
                "off": 0,
                "default": spec.default,
                "typeTags": "i",
            }
        case "int" | "pick" if not spec.choices:
            kind = {
                "type": "input",
                "numeric": True,
                "validation": f"^[0-9]{{1,{len(str(int(spec.high)))}}}$",
                "default": spec.default if spec.has_value else "",
                "typeTags": "i",
            }
        case "int":
            numbers = {str(choice): choice for choice in spec.choices}
            kind = {"type": "dropdown", "values": numbers, "default": spec.default, "typeTags": "i"}
        case "enum":
            names = {str(choice): index for index, choice in enumerate(spec.choices)}
            kind = {"type": "dropdown", "values": names, "default": spec.default, "typeTags": "i"}
        case "trigger":
            kind = {"type": "button", "mode": "momentary", "on": 1, "off": 0, "typeTags": "i"}
        case _:
            kind = {"type": "input", "numeric": False, "default": "", "typeTags": "s"}
    return widget | kind

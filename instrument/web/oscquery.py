"""OSCQuery: the parameters as a tree of JSON, and how other programs find it. github.com/Vidvox/OSCQueryProposal

Only what is said; `server.py` has the HTTP and the WebSocket on which it is said.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Sequence
from typing import Any

from instrument.params import ADDRESSES, ROOT, Params, Spec, Value

NAME = "LADMG"
SERVICE = "_oscjson._tcp.local."
READ, WRITE = 1, 2
_EXTENSIONS = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "LISTEN")
_ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", *_EXTENSIONS[:-1])
# Units that the proposal's programs know by these names; others go as the table has them.
_UNITS = {"dB": "gain.db", "BPM": "time.bpm"}

_log = logging.getLogger(__name__)

Json = dict[str, Any]


class QueryError(ValueError):
    """A query that can't be answered. status: of HTTP; 204 where a node lacks the attribute."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer(params: Params, path: str, query: str, osc_port: int, port: int) -> Json:
    """The answer to GET `path`?`query`: a node and all below it, one attribute, or HOST_INFO. Raises QueryError."""
    if query == "HOST_INFO":
        return {
            "NAME": NAME,
            "EXTENSIONS": dict.fromkeys(_EXTENSIONS, True),
            "OSC_PORT": osc_port,
            "OSC_TRANSPORT": "UDP",
            "WS_PORT": port,
        }
    node = _node(path, params.snapshot())
    if not query:
        return node
    if query not in _ATTRIBUTES:
        raise QueryError(400, f"no attribute {query[:40]!a}; there are HOST_INFO, {', '.join(_ATTRIBUTES)}")
    if query not in node:
        raise QueryError(204, "")
    return {query: node[query]}


def told(spec: Spec, value: Value) -> Value:
    """A value as OSCQuery tells it: of an enum the name, so that a menu shows words."""
    return str(spec.choices[int(value)]) if spec.kind == "enum" else value


def _node(path: str, values: dict[str, Value]) -> Json:
    path = path.rstrip("/") or "/"
    if path in ADDRESSES:
        return _method(path, ADDRESSES[path][0], values)
    prefix = path.rstrip("/") + "/"
    names = dict.fromkeys(
        address[len(prefix) :].split("/")[0] for address in ADDRESSES if address.startswith(prefix)
    )
    if not names:
        raise QueryError(404, f"nothing at {path[:80]!a}; everything is below {ROOT}")
    contents = {name: _node(prefix + name, values) for name in names}
    return {"FULL_PATH": path, "ACCESS": 0, "CONTENTS": contents}


def _method(address: str, spec: Spec, values: dict[str, Value]) -> Json:
    node: Json = {
        "FULL_PATH": address,
        "TYPE": {"float": "f", "int": "i", "pick": "i", "trigger": "I"}.get(spec.kind, "s"),
        "ACCESS": READ | WRITE if spec.has_value else WRITE,
        "DESCRIPTION": spec.doc,
    }
    if spec.has_value:
        node["VALUE"] = [told(spec, values[address])]
    if spec.choices:
        node["RANGE"] = [{"VALS": list(spec.choices)}]
    elif spec.kind in ("float", "int", "pick"):
        node["RANGE"] = [{"MIN": spec.low, "MAX": spec.high}]
    if spec.kind in ("float", "int"):
        node["CLIPMODE"] = ["both"]
    if spec.unit:
        node["UNIT"] = [_UNITS.get(spec.unit, spec.unit)]
    return node


async def announce(bind: str, port: int, interfaces: Sequence[str] | None = None) -> None:
    """Be found by programs that look for OSCQuery, until cancelled: where `bind` is, everywhere for 0.0.0.0.

    interfaces: other ones, by address. Where the network lets nothing be announced, that is logged, no error.
    """
    import ifaddr
    import zeroconf
    from zeroconf.asyncio import AsyncZeroconf

    is_everywhere = ipaddress.ip_address(bind).is_unspecified
    every = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    addresses = [one for one in every if not one.startswith("127.")] if is_everywhere else [bind]
    chosen = interfaces or ([bind] if not is_everywhere else zeroconf.InterfaceChoice.All)
    service = zeroconf.ServiceInfo(
        SERVICE,
        f"{NAME}.{SERVICE}",
        port=port,
        parsed_addresses=addresses,
    )
    try:
        network = AsyncZeroconf(interfaces=chosen, ip_version=zeroconf.IPVersion.V4Only)
        try:
            await network.async_register_service(service, allow_name_change=True)
            await asyncio.Event().wait()
        finally:
            await network.async_unregister_all_services()
            await network.async_close()
    except (OSError, zeroconf.Error) as error:
        _log.warning("other programs have to be told where OSCQuery is, it can't be announced: %s", error)

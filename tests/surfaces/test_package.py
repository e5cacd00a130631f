"""The Max package as files: whole, in step with the table of parameters, and laid out so that it can be read."""

from __future__ import annotations

import itertools
import json
import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.params import ADDRESSES
from surfaces import controls, maxpat, package, picture
from surfaces.__main__ import MADE, PACKAGE, REPOSITORY, files
from surfaces.arial import width_of
from surfaces.table import Table
from tests.surfaces import coming

TABLES = {
    "the table": ADDRESSES,
    "the planned table": coming.table(),
    "with unplanned parameters": coming.table(*coming.UNPLANNED),
}
# What is not a parameter: asked of the instrument, or told by it.
PROTOCOL = {"ping", "pong", "token", "confirm", "subscribe", "get", "error", "beat"} | {
    f"{deck}/{name}" for deck in (1, 2) for name in ("meter", "loop", "next", "fan")
}
IS_A_UI = {"live.dial", "live.slider", "live.tab", "textbutton", "textedit", "umenu", "number", "flonum"}

pytestmark = pytest.mark.filterwarnings("error")


_read: dict[int, dict[str, dict[str, Any]]] = {}


def patches(table: Table) -> dict[str, dict[str, Any]]:
    """Every patch of the package, by the name of its file, as a strict reader reads it."""
    if id(table) not in _read:
        _read[id(table)] = read(table)
    return _read[id(table)]


def read(table: Table) -> dict[str, dict[str, Any]]:
    made = package.package(table)
    found = {
        Path(path).name: strict(data)
        for path, data in made.items()
        if ".max" in path and "refpages" not in path
    }
    found["LADMG.amxd"] = strict(unwrap(made["devices/LADMG.amxd"])["ptch"].removesuffix(b"\0"))
    return found


def strict(data: bytes) -> dict[str, Any]:
    """The patcher in a file. Knows nothing of how it was made, and refuses what Max would not understand."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), f"named twice: {names}"
        return dict(pairs)

    def never(constant: str) -> None:
        raise AssertionError(f"no JSON: {constant}")

    content = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=never)
    assert list(content) == ["patcher"]
    patcher: dict[str, Any] = content["patcher"]
    assert patcher["fileversion"] == 1
    assert patcher["appversion"]["major"] == 8
    assert len(patcher["rect"]) == 4
    boxes = {}
    for entry in patcher["boxes"]:
        assert list(entry) == ["box"]
        box = entry["box"]
        assert re.fullmatch(r"obj-[1-9]\d*", box["id"])
        assert box["id"] not in boxes
        assert isinstance(box["maxclass"], str)
        rects = [box["patching_rect"], *([box["presentation_rect"]] if "presentation_rect" in box else [])]
        assert all(len(rect) == 4 and rect[2] > 0 and rect[3] > 0 for rect in rects)
        assert len(box.get("outlettype", [])) == box["numoutlets"]
        assert box["maxclass"] not in ("newobj", "message") or isinstance(box["text"], str)
        for name, value in box.items():
            if name.endswith("color") and not name.startswith(("use", "legacy")):
                assert len(value) == 4, name
                assert all(0 <= part <= 1 for part in value), name
        boxes[box["id"]] = box
    for entry in patcher["lines"]:
        assert list(entry) == ["patchline"]
        (source, outlet), (target, inlet) = entry["patchline"]["source"], entry["patchline"]["destination"]
        assert 0 <= outlet < boxes[source]["numoutlets"], f"{boxes[source]} has no outlet {outlet}"
        assert 0 <= inlet < boxes[target]["numinlets"], f"{boxes[target]} has no inlet {inlet}"
    lines = [json.dumps(entry) for entry in patcher["lines"]]
    assert len(set(lines)) == len(lines), "a cord is there twice"
    return patcher


def unwrap(data: bytes) -> dict[str, bytes]:
    """The chunks of an .amxd file."""
    chunks, index = {}, 0
    while index < len(data):
        name, size = struct.unpack_from("<4sI", data, index)
        chunks[name.decode("ascii")] = data[index + 8 : index + 8 + size]
        assert len(chunks[name.decode("ascii")]) == size
        index += 8 + size
    return chunks


def boxes_of(patcher: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in patcher["boxes"]:
        yield entry["box"]


def lie_apart(one: list[float], other: list[float]) -> bool:
    (x0, y0, w0, h0), (x1, y1, w1, h1) = one, other
    return x0 + w0 <= x1 or x1 + w1 <= x0 or y0 + h0 <= y1 or y1 + h1 <= y0


@pytest.fixture(params=TABLES, scope="module")
def table(request: pytest.FixtureRequest) -> Table:
    return TABLES[request.param]


def test_the_files_are_those_that_the_table_makes() -> None:
    """`make surfaces` writes them anew."""
    made = files()
    stale = [name for name, data in made.items() if (REPOSITORY / name).read_bytes() != data]
    assert stale == []
    there = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in MADE
        for path in (REPOSITORY / PACKAGE / folder).rglob("*")
        if path.is_file()
    }
    assert there <= made.keys()


def test_it_is_a_package_that_max_finds() -> None:
    info = json.loads((REPOSITORY / PACKAGE / "package-info.json").read_text())
    assert info["name"] == "LADMG"
    assert {"patchers", "help", "docs", "extras", "examples", "devices"} <= {
        path.name for path in (REPOSITORY / PACKAGE).iterdir()
    }


def test_every_object_has_its_inlets_and_outlets(table: Table) -> None:
    used = set()
    for name, patcher in patches(table).items():
        for box in boxes_of(patcher):
            typed = box["text"] if box["maxclass"] == "newobj" else box["maxclass"]
            used.add(typed.split()[0])
            if box["maxclass"] != "bpatcher":
                n_inlets, outlets = maxpat.shape(typed)
                assert (box["numinlets"], tuple(box.get("outlettype", ()))) == (n_inlets, outlets), name
    assert used == maxpat.OBJECTS.keys()


def test_abstractions_have_the_inlets_and_outlets_that_others_count_on(table: Table) -> None:
    every = patches(table)
    for patcher in every.values():
        for box in boxes_of(patcher):
            name = (
                box["name"]
                if box["maxclass"] == "bpatcher"
                else f"{box.get('text', '-').split(' ')[0]}.maxpat"
            )
            if name in every and box["maxclass"] in ("bpatcher", "newobj"):
                kinds = [inner["maxclass"] for inner in boxes_of(every[name])]
                assert (box["numinlets"], box["numoutlets"]) == (kinds.count("inlet"), kinds.count("outlet"))
            else:
                assert box["maxclass"] != "bpatcher", f"no file {name}"


def test_the_presentation_is_whole_and_nothing_lies_on_another(table: Table) -> None:
    for name, patcher in patches(table).items():
        width, height = patcher["rect"][2:]
        shown = [box for box in boxes_of(patcher) if box.get("presentation")]
        for box in shown:
            x, y, w, h = box["presentation_rect"]
            assert min(x, y) >= 0, f"{name}: {box}"
            assert x + w <= width, f"{name}: {box}"
            assert y + h <= height, f"{name}: {box}"
        for one, other in itertools.combinations(shown, 2):
            assert lie_apart(one["presentation_rect"], other["presentation_rect"]), f"{name}: {one} {other}"


def test_while_patching_no_object_lies_on_another(table: Table) -> None:
    for name, patcher in patches(table).items():
        for one, other in itertools.combinations(boxes_of(patcher), 2):
            assert lie_apart(one["patching_rect"], other["patching_rect"]), f"{name}: {one} {other}"


def test_the_main_patch_is_1280_by_720_and_opens_in_presentation(table: Table) -> None:
    main = patches(table)["LADMG.maxpat"]
    assert main["rect"][2:] == [1280, 720]
    assert main["openinpresentation"] == 1


def test_every_parameter_is_reached_once_from_the_main_patch_and_every_address_is_a_parameter(
    table: Table,
) -> None:
    every = patches(table)

    def reached(name: str) -> Iterator[str]:
        for box in boxes_of(every[name]):
            if box["maxclass"] == "bpatcher":
                yield from reached(box["name"])
            elif match := re.fullmatch(r"(?:ladmg\.\w+|prepend) (/ladmg/\S+)", box.get("text", "")):
                yield match[1]

    own = [address for address in reached("LADMG.maxpat") if address.removeprefix("/ladmg/") not in PROTOCOL]
    assert sorted(own) == sorted(table)
    for name, patcher in every.items():
        for address in re.findall(r"/ladmg/[\w/]+", json.dumps(patcher)):
            assert address in table or address.removeprefix("/ladmg/") in PROTOCOL, f"{name}: {address}"


def test_the_overview_names_every_parameter(table: Table) -> None:
    texts = {box.get("text") for box in boxes_of(patches(table)["LADMG Overview.maxpat"])}
    assert {f"/ladmg/get {address}" for address in table} <= texts


def test_ranges_and_names_are_those_of_the_table(table: Table) -> None:
    for name, patcher in patches(table).items():
        if not name.startswith(("ladmg.deck", "ladmg.top", "ladmg.mixer", "ladmg.gestures", "ladmg.names")):
            continue
        by_id = {box["id"]: box for box in boxes_of(patcher)}
        for line in patcher["lines"]:
            source, target = (by_id[line["patchline"][end][0]] for end in ("source", "destination"))
            link = re.fullmatch(r"ladmg\.\w+ (/ladmg/\S+)", target.get("text", ""))
            if link is None or source["maxclass"] not in IS_A_UI:
                continue
            spec, _ = table[link[1]]
            valueof = source.get("saved_attribute_attributes", {}).get("valueof", {})
            match source["maxclass"]:
                case "live.dial" | "live.slider":
                    assert (valueof["parameter_mmin"], valueof["parameter_mmax"]) == (spec.low, spec.high)
                case "live.tab":
                    assert valueof["parameter_enum"] == list(spec.choices)
                case "umenu":
                    assert [item for item in source["items"] if item != ","] == [str(c) for c in spec.choices]
                case "number" | "flonum":
                    assert (source["minimum"], source["maximum"]) == (spec.low, spec.high)


def test_live_neither_automates_nor_stores_what_the_instrument_says() -> None:
    for name, patcher in patches(ADDRESSES).items():
        for box in boxes_of(patcher):
            if box.get("parameter_enable"):
                invisible = box["saved_attribute_attributes"]["valueof"]["parameter_invisible"]
                assert invisible == (0 if name == "LADMG.amxd" else 2)
                assert box["maxclass"].startswith("live.")


def test_names_of_parameters_are_unique_in_a_patch(table: Table) -> None:
    for name, patcher in patches(table).items():
        names = [
            box["saved_attribute_attributes"]["valueof"]["parameter_longname"]
            for box in boxes_of(patcher)
            if "parameter_enable" in box
        ]
        assert len(set(names)) == len(names), name


def test_every_text_fits_its_place(table: Table) -> None:
    every = {name: {"patcher": patcher} for name, patcher in patches(table).items()}
    values = {address: spec.high for address, (spec, _) in table.items() if spec.kind in ("float", "int")}
    for name in ("LADMG.maxpat", "LADMG.amxd"):
        texts = [shape for shape in picture.scene(name, every, values) if isinstance(shape, picture.Words)]
        assert len(texts) > 10
        too_wide = [text for text in texts if text.box and text.width > text.room]
        assert too_wide == []
    for spec, _ in table.values():
        for choice in spec.choices:
            assert width_of(str(choice), 10) <= 78


def test_a_space_that_is_full_says_so() -> None:
    crowd = [coming.Spec(f"more_{i}", "deck", "float", 0.0, ("B",), "", 0, 1, 0.01) for i in range(20)]
    with pytest.raises(ValueError, match="no place is left for /ladmg/1/more_"):
        package.package(coming.table(*crowd))


def test_a_device_comes_out_of_its_container_as_it_went_in() -> None:
    patch = package.live_device(ADDRESSES)
    chunks = unwrap(maxpat.device(patch, "audio"))
    assert list(chunks) == ["ampf", "meta", "ptch"]
    assert chunks["ampf"] == b"aaaa"
    assert json.loads(chunks["ptch"].removesuffix(b"\0")) == json.loads(patch.to_bytes())
    assert chunks["ptch"].endswith(b"}\n\0")


def test_reference_pages_name_their_objects() -> None:
    for path in (REPOSITORY / PACKAGE / "docs").rglob("*.xml"):
        root = ElementTree.fromstring(path.read_bytes())
        assert root.attrib["name"] == path.name.removesuffix(".maxref.xml")
        assert root.attrib["name"] in controls.ABSTRACTIONS


def test_a_cord_to_nowhere_is_refused() -> None:
    patch = maxpat.Patcher(100, 100)
    with pytest.raises(ValueError, match="no cord"):
        patch.cord((patch.box("t b", 0, 0), 1), patch.box("s x", 0, 30))


def test_pictures_show_the_main_patch(tmp_path: Path) -> None:
    from matplotlib.image import imread

    from surfaces.__main__ import pictures

    pictures(tmp_path, coming.table())
    image = imread(tmp_path / "max-main.png")
    assert image.shape[:2] == (1080, 1920)
    assert image[..., :3].std() > 0.05

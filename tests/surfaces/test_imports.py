"""The direction of imports: surfaces are made from the table, and nothing that plays or trains needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrument.test_imports import FILES, imported_by, packages

SURFACES = sorted((Path(__file__).parents[2] / "surfaces").glob("*.py"))


@pytest.mark.parametrize("path", SURFACES, ids=lambda path: path.name)
def test_a_surface_knows_the_table_and_the_port_only(path: Path) -> None:
    known = {"instrument.params"} | ({"instrument.osc.datagram"} if path.name == "table.py" else set())
    assert {
        name for name in imported_by(path) if name.startswith(("instrument", "model", "training"))
    } <= known
    assert "matplotlib" not in packages(path, anywhere=False)


def test_nothing_else_needs_the_surfaces() -> None:
    assert not [path for path in FILES if "surfaces" in packages(path)]

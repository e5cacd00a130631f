"""Figures of made-up records: what they add up to, shares of the judges' own scores, and intervals in the table."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import report
from training.kernel_distance import Landmarks
from training.report import REAL, Column, Results
from training.trials import Trial


def results(name: str, **of_kinds: list[dict[str, Any]]) -> Results:
    rows = {
        Trial(kind, i, 0, wish=record.pop("wish", ""), side=record.pop("side", "")): record
        for kind, records in of_kinds.items()
        for i, record in enumerate(records)
    }
    return Results(Column(name, n_steps=0 if name == REAL else 4, cfg_scale=3.0, cfg_grid=1.0), rows)


def normal(n: int, mean: float, seed: int) -> np.ndarray:
    return mean + np.random.default_rng(seed).standard_normal((n, 6))


def text(n: int, mean: float, seed: int, nearest: float = 10.0) -> list[dict[str, Any]]:
    rows = normal(n, mean, seed).tolist()
    return [
        {
            "embedding": row,
            "seam": 1.0,
            "nearest_grid_db": nearest + i / n,
            "nearest_embedding": nearest,
            "caption_first": i % 2,
        }
        for i, row in enumerate(rows)
    ]


MARKS = Landmarks(normal(60, 0, 1), normal(60, 0, 2), normal(60, 2, 3))


def test_figures_of_a_column() -> None:
    real = results(REAL, text=text(40, 0, 4))
    one = results("4 steps", text=text(40, 1, 5, nearest=5.0), genre=[{"right": 1.0}, {"right": 0.0}])
    found = report.figures(one, real, MARKS, n_bootstrap=50)
    assert 0.2 < found["kad_low"] < found["kad"] < found["kad_high"] < 0.9
    assert found["caption_first"] == 0.5
    assert found["genre_right"] == 0.5
    assert found["nearest_embedding_ratio"] == pytest.approx(0.5)
    assert found["nearest_grid_db_too_near"] == 1.0
    assert report.figures(real, real, MARKS, 0)["nearest_grid_db_too_near"] == pytest.approx(0.05, abs=0.03)
    assert "tempo_right" not in found


def test_the_curves_of_all_loops_are_correlated_together() -> None:
    ramp = np.linspace(0, 1, 16)
    records = [{"asked": list(ramp + level), "heard": list(2 * ramp + 2 * level)} for level in (0.0, 5.0)]
    found = report.figures(results("4 steps", centroid=records), results(REAL), None)
    assert found["centroid_correlation"] == pytest.approx(1)


def test_pairs_count_where_both_were_heard() -> None:
    one = results("4 steps")
    for index, (less, more) in enumerate([(-9.0, -3.0), (-3.0, -9.0), (-9.0, -8.0)]):
        one.records[Trial("wish", index, 1, wish="no kick", side="less")] = {"reading": less}
        one.records[Trial("wish", index, 1, wish="no kick", side="more")] = {"reading": more}
    one.records[Trial("wish", 9, 1, wish="no kick", side="less")] = {"reading": 0.0}
    assert report.figures(one, results(REAL), None)["wish_no kick"] == pytest.approx(2 / 3)


def test_a_wish_s_reading_is_judged_on_real_loops_first() -> None:
    real = results(REAL)
    for index, (reading, is_more) in enumerate(
        [(-9.0, False), (-3.0, True), (-8.0, True), (-5.0, False), (0.0, None)]
    ):
        trial = Trial("wish", index, 1, wish="no kick", side="less")
        real.records[trial] = {"reading": reading, "is_more": is_more}
    found = report.figures(real, real, None)
    assert found["wish_no kick"] == pytest.approx(3 / 4)
    assert "wish_no hats" not in found


def test_diversity_is_zero_for_a_model_that_says_one_thing() -> None:
    real = results(REAL, text=text(20, 0, 4))
    same = [{"embedding": [1.0] * 6, "grid": [0.0] * 8}] * 3
    one = results("4 steps")
    for seed, record in enumerate(same):
        one.records[Trial("diversity", 1, seed)] = record
    assert report.figures(one, real, None)["diversity"] == 0
    rows = normal(3, 0, 9)
    for seed, row in enumerate(rows):
        one.records[Trial("diversity", 1, seed)] = {"embedding": row.tolist(), "grid": [float(seed)] * 8}
    assert 0.5 < report.figures(one, real, None)["diversity"] < 1.6


def test_few_steps_are_held_against_many() -> None:
    few, many = results("1 step", text=text(60, 1.2, 6)), results("50 steps", text=text(60, 0.8, 7))
    found = report.against_teacher(few, many, MARKS, n_bootstrap=60)
    assert 1 < found["kad_ratio_low"] < found["kad_ratio"] < found["kad_ratio_high"]


def test_the_table_has_intervals_and_shares_of_what_real_loops_get() -> None:
    columns = {
        REAL: {"kad": 0.0, "genre_right": 0.8},
        "4 steps": {"kad": 0.5, "kad_low": 0.4, "kad_high": 0.6, "genre_right": 0.6, "tempo_right": 1.0},
    }
    table = report.markdown(columns)
    assert table.splitlines()[0] == "| | real | 4 steps | target |"
    assert "| 0.50 (0.40 to 0.60) |" in table
    assert "| genre right (tag alone) | 0.80 | 0.60 (0.75) | 0.75 of real |" in table
    assert "| tempo right (0.3 %) |  | 1.00 |" in table
    assert "diversity" not in table
    reached = report.shares(columns["4 steps"], columns[REAL])
    assert reached == {"genre right (tag alone)": (pytest.approx(0.75), 0.75)}


def test_plots_are_written_of_what_there_is(tmp_path: Path) -> None:
    columns = [Column(f"{n} steps", n, 3.0, 1.0) for n in (4, 1, 2)]
    found = {
        c.name: {"kad": 1 / c.n_steps, "kad_low": 0.0, "kad_high": 1.0, "tempo_right": 0.9} for c in columns
    }
    report.draw_sweep(tmp_path / "steps.png", columns, found, lambda c: c.n_steps, "steps")
    report.draw_shares(tmp_path / "shares.png", {"genre": (0.8, 0.75), "key": (0.5, 0.7)})
    report.draw_memory(tmp_path / "memory.png", [results("4 steps", text=text(8, 0, 1))])
    report.draw_memory(tmp_path / "none.png", [results("4 steps")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["memory.png", "shares.png", "steps.png"]
    assert all(path.stat().st_size > 1000 for path in tmp_path.iterdir())

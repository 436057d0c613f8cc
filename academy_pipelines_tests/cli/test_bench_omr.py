import csv
import dataclasses
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from academy_pipelines.cli.bench import command
from academy_pipelines.cli.bench_omr import ALL_DRAWN, OLD_WAY, drawn_scores, speed_table
from academy_pipelines.cli.evaluate_tables import groups_table
from academy_pipelines.omr.objective import objective_template, template_meta
from academy_pipelines.omr.rates import tally
from academy_pipelines.sandbox import omr_bench
from academy_pipelines.sandbox.capture import PRESETS, SCAN
from academy_pipelines.sandbox.omr_bench import ReadingCost, level_sheets, preset_sheets
from academy_pipelines.sandbox.pencil import MARK_KINDS

SAMPLES = Path(__file__).parents[2] / "data" / "sandbox"


def printed(table) -> str:
    text = io.StringIO()
    Console(file=text, width=80).print(table)
    return text.getvalue()


def test_the_speed_table_shows_both_ratios():
    shown = printed(speed_table([ReadingCost("scan", 8.7, 455.0, 10.0, 6.0, 12.5, 200.0)]))
    assert "1.25" in shown
    assert "16.0" in shown
    assert "33.3" in shown
    assert "8.7" in shown
    assert "455" in shown


def test_a_group_is_one_line_of_a_terminal():
    sums = dataclasses.replace(tally([]), sheets=16, questions=1000, correct=990, silent=1, flagged=9)
    lines = [line for line in printed(groups_table({"dim_phone": sums}, "t")).splitlines() if "dim_phone" in line]
    assert len(lines) == 1
    assert all(text in lines[0] for text in ("99.00%", "0.100%", "0.90%", "1000"))


def test_a_few_sheets_have_every_preset_turn_and_most_kinds_of_mark():
    plan = [sheet.truth.name.rsplit("-", 3) for sheet in names_only(36)]
    assert {row[0] for row in plan} == set(PRESETS)
    assert {row[2] for row in plan} == {"0", "90", "180", "270"}
    assert {row[1] for row in plan} == set(MARK_KINDS)


def names_only(count):
    """The plan without its pictures, which take a while to draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(omr_bench, "draw_sheet", lambda *_: None)
        patch.setattr(omr_bench, "capture", lambda *_: b"")
        return list(preset_sheets(count))


def test_the_same_sheets_come_every_time():
    first, again = (next(preset_sheets(1)) for _ in range(2))
    assert first == again


def test_groups_are_scored_beside_the_old_way():
    sheets = [next(preset_sheets(1)), next(level_sheets(1))]
    groups = drawn_scores(sheets)
    assert list(groups) == [sheets[0].group, "easy", ALL_DRAWN, OLD_WAY]
    assert [score.name for score in groups[OLD_WAY]] == [sheet.truth.name for sheet in sheets]
    assert tally(groups[ALL_DRAWN]).silent == 0


def test_every_way_of_reading_is_timed(tmp_path):
    rng = np.random.default_rng(1)
    filled = omr_bench._filled(rng, 10)
    page = omr_bench.draw_sheet(filled, 6.0, rng)
    cost = omr_bench.cost_of("small", omr_bench.capture(page, SCAN, rng), filled.template, tmp_path, 1)
    assert min(cost.decode_ms, cost.decode_half_ms, cost.ours_ms, cost.baseline_ms) > 0
    assert cost.kilobytes > 10
    assert cost.megapixels == pytest.approx(1754 * 1240 / 1e6, rel=0.01)


def test_the_command_prints_both_tables_and_the_kits_row(tmp_path, monkeypatch):
    monkeypatch.setattr(omr_bench, "CAPTURES", {"small scan": SCAN})
    monkeypatch.setattr(omr_bench, "PX_PER_MM", 6.0)
    name = "objective_20_scan.jpg"
    shutil.copy(SAMPLES / name, tmp_path / name)
    entries = json.loads((SAMPLES / "samples.json").read_text())["samples"]
    truth = next(entry["truth"] for entry in entries if entry["file"] == name)
    (tmp_path / "template.json").write_text(json.dumps(template_meta(objective_template(20), "objective_20")))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        rows = [(name, number, "/".join(labels)) for number, labels in truth["answers"].items()]
        csv.writer(file).writerows([("file", "question", "answer"), *rows])
    arguments = ["omr", "--sheets", "1", "--level-sheets", "0", "--repeats", "1", "--kit", str(tmp_path)]
    done = CliRunner().invoke(command, arguments, env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    for text in ("The price of reading a sheet", "small scan", "How well sheets are read", OLD_WAY, tmp_path.name[:12]):
        assert text in done.output


def test_a_kit_without_labels_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(omr_bench, "CAPTURES", {})
    arguments = ["omr", "--sheets", "0", "--level-sheets", "0", "--kit", str(tmp_path)]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 2
    assert "labels.csv" in done.output

import json

import pytest
from click.testing import CliRunner

from academy_pipelines.cli import main
from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.omr.objective import TEMPLATE_NAMES, template_by_name
from academy_pipelines.sandbox import sample_recipes


@pytest.fixture
def academy():
    return lambda *argv: CliRunner().invoke(main, [str(arg) for arg in argv])


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_a_sheet_and_its_template_are_written_where_asked(academy, tmp_path, name):
    pdf, meta = tmp_path / "new folder" / "sheet.pdf", tmp_path / "sheet.json"
    outcome = academy("sheet", name, "-o", pdf, "--meta", meta)
    assert outcome.exit_code == 0
    assert f"wrote {pdf}" in outcome.output
    assert f"wrote {meta}" in outcome.output
    assert pdf.read_bytes().startswith(b"%PDF")
    assert parse_template(json.loads(meta.read_text())) == template_by_name(name)


def test_a_sheet_is_named_after_its_template_by_default(academy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert academy("sheet", "objective_10").exit_code == 0
    assert (tmp_path / "objective_10.pdf").exists()


def test_an_unknown_sheet_ends_with_the_list_of_sheets(academy):
    outcome = academy("sheet", "objective_25")
    assert outcome.exit_code == 2
    assert all(name in outcome.output for name in TEMPLATE_NAMES)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--font", "nowhere.ttf"), "there is no font at nowhere.ttf"),
        (("--title", ""), "the title has 0 characters"),
        (("--title", "🍎"), "cannot write '🍎'"),
        (("-o", "/proc/nobody/may/write.pdf"), "/proc/nobody"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_a_traceback(academy, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    outcome = academy("sheet", "objective_20", *options)
    assert outcome.exit_code == 1
    assert outcome.output.startswith("Error: ")
    assert words in outcome.output
    assert list(tmp_path.iterdir()) == []


def test_sample_jobs_are_written_into_a_folder(academy, tmp_path, monkeypatch):
    monkeypatch.setattr(sample_recipes, "RECIPES", sample_recipes.RECIPES[:1])
    outcome = academy("sheet", "--samples", tmp_path / "jobs")
    assert outcome.exit_code == 0
    assert (tmp_path / "jobs" / "samples.json").exists()
    assert outcome.output.count("wrote ") == len(list((tmp_path / "jobs").iterdir()))


@pytest.mark.parametrize("options", [(), ("objective_10", "--samples", "jobs")])
def test_either_a_sheet_or_the_samples_must_be_asked_for(academy, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    outcome = academy("sheet", *options)
    assert outcome.exit_code == 2
    assert "objective_10, objective_20, objective_30" in outcome.output
    assert list(tmp_path.iterdir()) == []

"""`academy ocr`: the text of files, one JSON object each."""

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from academy_pipelines.cli.ocr import command
from academy_pipelines.resources import engines
from academy_pipelines.resources.ocr.choice import AutoOcr
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines_tests.documents.drawn import Sheet
from academy_pipelines_tests.resources.readers import FakeEngine


@pytest.fixture
def engine(monkeypatch):
    fake = FakeEngine()
    monkeypatch.setattr(engines, "ocr_engine", lambda name, _: AutoOcr(None, fake) if name == "auto" else fake)
    return fake


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "scan.png"
    Image.fromarray(Sheet((300, 100)).write(20, 20, "시험").pixels).save(path)
    return path


def test_every_file_is_one_object_with_its_text_confidence_engine_and_pages(engine, scan, tmp_path):
    paper = exam_document(821)
    (tmp_path / "paper.pdf").write_bytes(paper.pdf)
    done = run(scan, tmp_path / "paper.pdf", "--engine", "tesseract", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.exit_code == 0
    assert (first["text"], first["confidence"], first["engine"]) == ("읽음", 0.5, "tesseract")
    assert (second["engine"], second["confidence"], len(second["pages"])) == ("text_layer", None, len(paper.pages))
    assert [page["page"] for page in second["pages"]] == list(range(1, len(paper.pages) + 1))
    assert second["pages"][0]["lines"][0]["box"][2] > 0
    assert engine.calls == [[1]]
    assert engine.is_closed


def test_without_json_the_text_is_printed_and_remarks_go_elsewhere(engine, scan):
    done = run(scan)
    assert done.stdout == "읽음\n"
    assert done.stderr == f"{scan}, page 1: read by tesseract: Google is not configured\n"


def test_a_file_that_cannot_be_read_does_not_stop_the_others(engine, scan, tmp_path):
    (tmp_path / "empty.pdf").write_bytes(b"")
    done = run(tmp_path / "empty.pdf", tmp_path / "missing.png", scan, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert ["empty" in (rows[0]["error"] or ""), "No such file" in rows[1]["error"], rows[2]["error"]] == [
        True,
        True,
        None,
    ]
    assert [row["text"] for row in rows] == ["", "", "읽음"]


def test_an_engine_that_is_not_configured_is_told(scan):
    done = run(scan, "--engine", "google")
    assert done.exit_code == 1
    assert "no valid credentials" in done.output

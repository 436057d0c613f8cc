"""`academy wrong-note`: a file of items becomes a PDF."""

import json

import pytest
from click.testing import CliRunner

from academy_pipelines.cli.wrong_note import command
from academy_pipelines.resources.note_printer import printer
from academy_pipelines.resources.note_printer.printer import PrintedNote

ITEM = {"exam": "시험", "question": 3, "given": "<b>", "right": "B"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(printer.NotePrinter, "print", lambda _, page: PrintedNote(b"%PDF " + page.encode(), 1))

    def run(payload, *options):
        (tmp_path / "items.json").write_text(payload if isinstance(payload, str) else json.dumps(payload))
        return CliRunner().invoke(command, [str(tmp_path / "items.json"), "-o", str(tmp_path / "o.pdf"), *options])

    return run


def test_a_note_is_written_as_a_pdf_and_as_a_page(run, tmp_path):
    done = run({"enrolment": {"id": 7}, "items": [ITEM]}, "--html", str(tmp_path / "o.html"), "--json")
    assert done.exit_code == 0
    told = {"pdf": str(tmp_path / "o.pdf"), "html": str(tmp_path / "o.html"), "pages": 1, "items": 1}
    assert json.loads(done.stdout) == told
    page = (tmp_path / "o.html").read_text()
    assert "&lt;b&gt;" in page
    assert (tmp_path / "o.pdf").read_text() == f"%PDF {page}"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("[]", "is no JSON object"),
        ({"enrolment": {"id": 7}, "items": []}, "items is empty"),
        ({"enrolment": {"id": 7}, "items": [{**ITEM, "exam": ""}]}, "items.0.exam"),
        (
            {"enrolment": {"id": 7}, "items": [{**ITEM, "crop": "https://x.example/a?token=s"}]},
            "https://x.example/a is",
        ),
    ],
)
def test_what_is_no_note_ends_with_a_sentence_and_no_file(run, tmp_path, payload, message):
    done = run(payload)
    assert done.exit_code == 1
    assert message in done.stderr
    assert "token" not in done.stderr
    assert not (tmp_path / "o.pdf").exists()

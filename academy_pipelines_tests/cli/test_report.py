"""`academy report`: graded sheets and a key become a page, tables and a JSON object."""

import csv
import json

import pytest
from click.testing import CliRunner

from academy_pipelines.cli.report import command
from academy_pipelines.contracts.results import AnswerMessage, OmrDebug, OmrResult

STATUS = {".": "blank", "?": "low_confidence"}


def line(file, answers, error=None):
    messages = [
        AnswerMessage(
            question_id=n,
            detected=[] if a == "." else [a],
            marking="single",
            confidence=0.9,
            status=STATUS.get(a, "ok"),
            raw=None,
        )
        for n, a in enumerate(answers, start=1)
    ]
    result = OmrResult(mode="scan", aligned=True, identifier=None, answers=messages, meta_used=True, debug=OmrDebug())
    return json.dumps({"file": file, "page": 1, **result.model_dump(mode="json"), "error": error})


@pytest.fixture
def run(tmp_path):
    def run(lines, key, *options):
        (tmp_path / "exam.jsonl").write_text("\n".join([*lines, ""]))
        (tmp_path / "key").write_text(key)
        files = [str(tmp_path / "exam.jsonl"), "--key", str(tmp_path / "key"), "-o", str(tmp_path / "o.html")]
        return CliRunner().invoke(command, [*files, *options])

    return run


LINES = [line("<i>a</i>.png", "AB"), line("b.png", "A."), line("c.png", "B?"), line("d.png", "", "page_not_found: no")]


def test_a_report_is_a_page_tables_and_an_object(run, tmp_path):
    done = run(LINES, "question,answer\n1,A\n2,B\n", "--csv", str(tmp_path / "csv"), "--title", "<u>3월", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["sheets"], told["complete"], told["unknown"], told["refused"]) == (3, 2, 1, ["d.png"])
    assert [item["difficulty"] for item in told["items"]] == [0.6667, 0.5]
    assert [(s["right"], s["most_right"]) for s in told["students"]] == [(2, 2), (1, 1), (0, 1)]
    page = (tmp_path / "o.html").read_text()
    assert "&lt;u&gt;3월" in page
    assert "&lt;i&gt;a&lt;/i&gt;.png" in page
    assert not any(outside in page for outside in ("<u>", "<i>a", "http:", "https:", "<script", "url("))
    with (tmp_path / "csv" / "students.csv").open(encoding="utf-8-sig") as file:
        assert [row["right"] for row in csv.DictReader(file)] == ["2", "1", "0"]
    assert sorted(path.name for path in (tmp_path / "csv").iterdir()) == ["choices.csv", "items.csv", "students.csv"]


def test_without_json_it_says_what_it_did(run):
    assert "1 answers wait for a person, 1 sheets were refused" in run(LINES, '{"1": "A", "2": "B"}').stdout


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        (LINES, '{"1": "A"}', "the key has 1 questions and sheet <i>a</i>.png has 2: the key lacks 2"),
        (LINES, '{"1": "A", "2": "B", "3": "C"}', "the sheet lacks 3"),
        (LINES[3:], '{"1": "A"}', "no graded sheet"),
        (["{}"], '{"1": "A"}', "line 1 is no sheet"),
        (["nonsense"], '{"1": "A"}', "line 1 is no sheet"),
        ([], '{"1": "A"}', "no graded sheet"),
    ],
)
def test_what_cannot_be_analysed_ends_with_a_sentence_and_no_file(run, tmp_path, lines, key, message):
    done = run(lines, key)
    assert done.exit_code == 1
    assert message in done.stderr
    assert not (tmp_path / "o.html").exists()

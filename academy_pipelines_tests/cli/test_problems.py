import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy_pipelines.cli.problems import command, problems_of, row_of
from academy_pipelines.errors import EmptyDocumentError, UnavailableError
from academy_pipelines.resources.problem_writer.rules import RuleWriter

PAPER = "1. 다음 중 옳은 것은? [3점]\n① 배 ② 감 ③ 귤\n2. 값을 구하시오.\n정답\n1 ③ 2 ①"


def run(*arguments: object):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.txt"
    path.write_text(PAPER, encoding="utf-8")
    return path


def test_one_json_object_a_file(paper: Path):
    done = run(paper, paper, "--json")
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert [row["file"] for row in rows] == [str(paper)] * 2
    first, second = rows[0]["problems"]
    assert (first["number"], first["choices"], first["answer"], first["points"]) == ("1", ["배", "감", "귤"], "3", 3.0)
    assert (second["answer"], second["answer_source"], second["difficulty"]) == ("1", "stated", None)


def test_a_person_gets_a_list(paper: Path):
    done = run(paper)
    assert done.exit_code == 0
    assert all(word in done.stdout for word in ("1. 다음 중 옳은 것은? [3점]", "2) 감", "정답: 3"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_texts_come_in_the_encodings_of_korean_machines(tmp_path: Path, encoding: str):
    path = tmp_path / "paper.txt"
    path.write_bytes(PAPER.encode(encoding))
    assert row_of(path, str)["problems"][0]["body"] == "다음 중 옳은 것은?"


@pytest.mark.parametrize("content", [b"", b" \n\x00", b"\xff\xfe\xff\xff"], ids=["empty", "blank", "binary"])
def test_a_file_without_text_is_refused_and_the_others_go_on(tmp_path: Path, paper: Path, content: bytes):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    done = run(bad, tmp_path / "none.txt", paper, "--json")
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [bool(row["error"]) for row in rows] == [True, True, False]
    assert len(rows[2]["problems"]) == 2


def test_other_documents_are_read_by_whoever_can(tmp_path: Path):
    path = tmp_path / "paper.pdf"
    assert len(row_of(path, lambda asked: PAPER if asked == path else "")["problems"]) == 2


def test_an_engine_that_fails_is_told(tmp_path: Path):
    def fail(path: Path) -> str:
        raise UnavailableError(f"{path.name} cannot be read now")

    assert row_of(tmp_path / "paper.pdf", fail)["error"] == "paper.pdf cannot be read now"


def test_a_writer_gets_one_question_at_a_time():
    written = problems_of(PAPER, RuleWriter())
    assert [(one.problem.number, one.problem.answer) for one in written] == [("1", "3"), ("2", "1")]
    assert len({one.input_sha256 for one in written}) == 2


def test_no_text_is_no_list_of_problems():
    with pytest.raises(EmptyDocumentError):
        problems_of("\u200b\n")

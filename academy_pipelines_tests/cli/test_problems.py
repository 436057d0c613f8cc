import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from academy_pipelines.cli.problems import command, row_of
from academy_pipelines.errors import UnavailableError
from academy_pipelines.imaging import encode_png
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines_tests.defs.document_engines import ToldOcr, engines_without_neighbours

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
    assert row_of(path, engines_without_neighbours())["problems"][0]["body"] == "다음 중 옳은 것은?"


@pytest.mark.parametrize("content", [b"", b" \n\x00", b"\xff\xfe\xff\xff"], ids=["empty", "blank", "binary"])
def test_a_file_without_text_is_refused_and_the_others_go_on(tmp_path: Path, paper: Path, content: bytes):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    done = run(bad, tmp_path / "none.txt", paper, "--json")
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [bool(row["error"]) for row in rows] == [True, True, False]
    assert len(rows[2]["problems"]) == 2


def test_papers_are_read_cut_and_written_question_by_question(tmp_path: Path):
    paper = exam_document(11, subject="과학")
    (tmp_path / "paper.pdf").write_bytes(paper.pdf)
    row = row_of(tmp_path / "paper.pdf", engines_without_neighbours())
    assert [problem["number"] for problem in row["problems"]] == [question.label for question in paper.questions]
    assert len({problem["input_sha256"] for problem in row["problems"]}) == len(paper.questions)


def test_an_engine_that_fails_is_told(tmp_path: Path):
    (tmp_path / "scan.png").write_bytes(encode_png(np.full((80, 60), 255, np.uint8)))
    asked = engines_without_neighbours(ToldOcr(error=UnavailableError("it cannot be asked now")))
    assert row_of(tmp_path / "scan.png", asked)["error"] == "it cannot be asked now"


def test_a_picture_without_text_has_no_list_of_problems(tmp_path: Path):
    (tmp_path / "scan.png").write_bytes(encode_png(np.full((80, 60), 255, np.uint8)))
    assert "no text" in row_of(tmp_path / "scan.png", engines_without_neighbours())["error"]

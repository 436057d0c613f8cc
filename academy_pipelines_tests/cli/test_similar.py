"""`academy similar` tells what a problem of the bank is to a text, and by which engine."""

import json

import pytest
from click.testing import CliRunner

from academy_pipelines.cli.similar import command
from academy_pipelines.documents.lexical import LexicalPolicy
from academy_pipelines.resources.embedder.lexical import LexicalEmbedder
from academy_pipelines.resources.vector_index.index import VectorRow
from academy_pipelines.resources.vector_index.opening import open_vector_index

BANK = {
    "q1": "이차함수 y = x² - 4x + 3 의 그래프가 x축과 만나는 두 점 사이의 거리를 구하시오.",
    "q2": "이차함수 y = x² - 6x + 5 의 그래프가 x축과 만나는 두 점 사이의 거리를 구하시오.",
    "q3": "다음 글의 주제로 가장 적절한 것은?",
}


def filled(url: str, embedder: LexicalEmbedder) -> str:
    index = open_vector_index(url)
    vectors = embedder.embed(list(BANK.values()))
    index.put(embedder.space, [VectorRow(key, BANK[key], row) for key, row in zip(BANK, vectors, strict=True)])
    index.close()
    return url


@pytest.fixture
def bank(tmp_path) -> str:
    return filled(f"sqlite:///{tmp_path}/vectors.db", LexicalEmbedder())


def run(*arguments: str, backend: str = "lexical"):
    return CliRunner().invoke(command, [*arguments, "--backend", backend])


def test_copies_twins_and_neighbours_are_told_apart(bank: str, tmp_path):
    file = tmp_path / "question.txt"
    file.write_text(BANK["q1"].replace(" ", "  "), encoding="utf-8")
    done = run("--index", bank, "--json", "-k", "3", str(file), "글의 주제")
    assert done.exit_code == 0, done.output
    of_file, of_text = map(json.loads, done.output.splitlines())
    assert [(hit["problem_id"], hit["kind"]) for hit in of_file["hits"]] == [
        ("q1", "exact_duplicate"),
        ("q2", "number_twin"),
        ("q3", None),
    ]
    assert of_file["hits"][0]["similarity"] == pytest.approx(1)
    assert of_text["query"] == "글의 주제"
    assert of_text["hits"][0]["problem_id"] == "q3"
    assert of_text["space"]["backend"] == "lexical"
    assert "not the same meaning" in of_text["note"]


def test_a_table_says_the_verdicts_and_that_words_count(bank: str):
    done = run("--index", bank, BANK["q2"])
    assert done.exit_code == 0
    assert "the same text" in done.output
    assert "not the same meaning" in " ".join(done.output.split())


def test_an_empty_bank_is_said(tmp_path):
    done = run("--index", f"sqlite:///{tmp_path}/new.db", "아무 글")
    assert done.exit_code == 1
    assert "holds no problems" in done.output


def test_a_bank_of_another_space_is_not_searched(tmp_path):
    url = filled(f"sqlite:///{tmp_path}/vectors.db", LexicalEmbedder(LexicalPolicy(dimension=256)))
    done = run("--index", url, "아무 글")
    assert done.exit_code == 1
    assert "256 dimensions" in done.output


@pytest.mark.parametrize("query", [" ", "\n"])
def test_an_empty_text_is_refused(bank: str, query: str):
    done = run("--index", bank, query)
    assert done.exit_code == 1
    assert "empty" in done.output


def test_a_text_longer_than_a_file_name_is_a_text(bank: str):
    assert run("--index", bank, "수열의 합 " * 2000).exit_code == 0

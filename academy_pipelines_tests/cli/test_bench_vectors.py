"""`academy bench vectors` measures what it says, and says which aims are missed."""

import pytest
from click.testing import CliRunner

from academy_pipelines.cli.bench_vectors import index_table, vectors
from academy_pipelines.sandbox.vector_bench import IndexCost, PlainCost


def test_the_bench_runs_from_vectors_to_tables():
    done = CliRunner().invoke(vectors, ["--rows", "200", "--dimension", "16", "--repeats", "2", "--texts", "60"])
    assert done.exit_code == 0, done.output
    assert "SQLite and numpy" in done.output
    assert "vectors a second" in done.output


@pytest.mark.parametrize(
    ("cost", "missed"), [(IndexCost(1, 0.4, 12), 0), (IndexCost(1, 1.2, 12), 1), (IndexCost(1, 1.2, 31), 2)]
)
def test_a_missed_aim_is_said(cost: IndexCost, missed: int):
    shown = index_table({"SQLite": cost}, PlainCost(100, 1000), "vectors")
    cells = [str(cell) for column in shown.columns for cell in column.cells]
    assert sum(cell.endswith(" missed") for cell in cells) == missed

"""`academy bench vectors`: what keeping, searching and comparing vectors costs."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from academy_pipelines.sandbox.vector_bench import IndexCost, PlainCost, TextCost

AIM_SEARCH_MS = 30.0
AIM_LOAD_S = 1.0


@click.command()
@click.option("--rows", default=50_000, show_default=True, help="Vectors that are kept.")
@click.option("--dimension", default=384, show_default=True, help="Their dimension.")
@click.option("--repeats", default=20, show_default=True, help="Searches, of which the median counts.")
@click.option("--texts", default=20_000, show_default=True, help="Texts that are compared all with all.")
@click.option("--postgres", help="Also the empty PostgreSQL database at this address.")
def vectors(rows: int, dimension: int, repeats: int, texts: int, postgres: str | None) -> None:
    """Measure the index of vectors beside searches without one, and the search for duplicates and twins."""
    from rich.console import Console

    from academy_pipelines.imaging import one_thread_each
    from academy_pipelines.sandbox import vector_bench

    console = Console()
    one_thread_each()
    made = vector_bench.random_vectors(rows, dimension)
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name:
        file = Path(name) / "vectors.db"
        costs = {"SQLite and numpy": vector_bench.index_cost(f"sqlite:///{file}", made, repeats)}
        if postgres is not None:
            costs["PostgreSQL, pgvector"] = vector_bench.index_cost(postgres, made, repeats)
        plain = vector_bench.plain_cost(file, made[0])
    console.print(index_table(costs, plain, f"{rows} vectors of {dimension} dimensions, one thread"))
    console.print(text_table(vector_bench.text_cost(texts)))


def index_table(costs: "dict[str, IndexCost]", plain: "PlainCost", title: str) -> "Table":
    """Return one row a way of searching; what misses its aim says so."""
    from rich.table import Table

    table = Table("", "put all, s", "first search, s", "a search, ms", title=title)
    for name, cost in costs.items():
        first, search = _aimed(cost.first_search_s, AIM_LOAD_S), _aimed(cost.search_ms, AIM_SEARCH_MS)
        table.add_row(name, f"{cost.put_s:.1f}", first, search)
    table.add_row("every row fetched, numpy", "", "", f"{plain.scan_ms:.0f}")
    table.add_row("every row, pure Python", "", "", f"{plain.pure_python_ms:.0f}")
    table.caption = f"aims: first search within {AIM_LOAD_S:g} s, a further one within {AIM_SEARCH_MS:g} ms"
    return table


def text_table(cost: "TextCost") -> "Table":
    """Return what lexical vectors and the search for duplicates and twins cost."""
    from rich.table import Table

    table = Table("lexical vectors", "", title=f"{cost.texts} texts, one thread")
    table.add_row("vectors a second", f"{cost.vectors_per_s:.0f}")
    table.add_row("all with all, s", f"{cost.all_pairs_s:.1f}")
    return table


def _aimed(value: float, aim: float) -> str:
    digits = 2 if aim <= 1 else 1
    return f"{value:.{digits}f}{' missed' if value > aim else ''}"

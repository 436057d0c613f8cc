"""`academy similar`: the problems of the bank that resemble a text."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.resources.embedder.choosing import ChosenEmbedder
    from academy_pipelines.resources.vector_index.index import VectorIndex

EXCERPT_CHARS = 60
LEXICAL_NOTE = "lexical vectors: the same words are found, not the same meaning"
KINDS = {
    "exact_duplicate": "the same text",
    "possible_duplicate": "possible duplicate",
    "number_twin": "the same with other numbers",
    None: "",
}

Row = dict[str, Any]
"""One text: `query`, `space`, `engine` (why it is this one), `note`, and `hits` with `problem_id`, `similarity`
(-1..1), `kind` (null for a problem that is merely near) and `text`."""


class _Choices(TypedDict):
    queries: tuple[str, ...]
    k: int
    index_url: str | None
    backend: str | None
    as_json: bool


@click.command()
@click.argument("queries", nargs=-1, required=True, metavar="TEXT|FILE...")
@click.option("-k", default=5, show_default=True, type=click.IntRange(1), help="How many problems are shown.")
@click.option("--index", "index_url", help="Address of the bank's vectors; ACADEMY_VECTORS_URL by default.")
@click.option(
    "--backend",
    type=click.Choice(["auto", "local", "openai", "lexical"]),
    help="Engine that made them; EMBEDDING_BACKEND by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line instead of tables.")
def command(**choices: Unpack[_Choices]) -> None:
    """Show the problems of the bank nearest to each TEXT, or to the text in each FILE.

    Similarity is the cosine of the vectors, -1 to 1. Whether a problem is a duplicate, or the same with other numbers,
    is for a person to judge.
    """
    try:
        rows = _found(choices)
    except (AcademyError, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    for row in rows:
        if choices["as_json"]:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            _print(row)


def _found(choices: _Choices) -> list[Row]:
    from academy_pipelines.resources.vector_index.index import check_space

    texts = {query: _text(query) for query in choices["queries"]}
    chosen, index = _bank(choices)
    try:
        if not any(held.count for held in index.spaces()):
            raise click.ClickException("the bank holds no problems yet; run the assets up to problem_embeddings")
        check_space(index, chosen.embedder.space)
        return [_row(query, text, chosen, index, choices["k"]) for query, text in texts.items()]
    finally:
        chosen.embedder.close()
        index.close()


def _bank(choices: _Choices) -> "tuple[ChosenEmbedder, VectorIndex]":
    """Return the engine and the index that the command line names."""
    from academy_pipelines.cli.engines import engine_options
    from academy_pipelines.resources.embedder.choosing import choose_embedder
    from academy_pipelines.resources.vector_index.opening import open_vector_index

    options = engine_options()
    backend: Any = choices["backend"] or options.backend
    chosen = choose_embedder(backend, options.embedding)
    return chosen, open_vector_index(choices["index_url"] or options.vectors_url)


def _text(query: str) -> str:
    """Return what a file holds; what names no file is the text itself."""
    try:
        is_file = Path(query).is_file()
    except (OSError, ValueError):  # longer than a path may be
        is_file = False
    return Path(query).read_text(encoding="utf-8") if is_file else query


def _row(query: str, text: str, chosen: "ChosenEmbedder", index: "VectorIndex", k: int) -> Row:
    from academy_pipelines.documents.likeness import judge, likeness_policy, traits

    space = chosen.embedder.space
    [vector] = chosen.embedder.embed([text])
    asked, policy = traits(text), likeness_policy(space)
    hits = [
        {**asdict(hit), "kind": judge(asked, traits(hit.text), hit.similarity, policy)}
        for hit in index.search(space, vector, k)
    ]
    note = LEXICAL_NOTE if space.backend == "lexical" else ""
    return {"query": query, "space": asdict(space), "engine": chosen.reason, "note": note, "hits": hits}


def _print(row: Row) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title = Text(f"nearest to {_excerpt(row['query'])}")
    table = Table("similarity", "problem", "", "text", title=title)
    for hit in row["hits"]:
        verdict = Text(KINDS[hit["kind"]], style="yellow")
        table.add_row(f"{hit['similarity']:.2f}", Text(hit["problem_id"]), verdict, Text(_excerpt(hit["text"])))
    space = row["space"]
    table.caption = f"{space['backend']} {space['model']}" + (f"; {row['note']}" if row["note"] else "")
    Console().print(table)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1] + "…"

"""What `academy evaluate` shows in a terminal."""

from collections.abc import Callable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from academy_pipelines.omr.accuracy import SheetScore, Verdict
from academy_pipelines.omr.rates import FLAGGED, Tally, confusion, reliability, tally, trade_off

MOST_SILENT_ROWS = 20
CAPTION = "silent: accepted and wrong; flagged: a person has to look; best guess: first label read, of one mark"


def show(scores: Sequence[SheetScore]) -> None:
    """Print the rates, the confusion, the reliability, what thresholds cost, every sheet, and silent errors."""
    console = Console()
    console.print(rates_table(tally(scores), "How well the sheets were read"))
    console.print(_confusion_table(scores))
    console.print(reliability_table(scores))
    console.print(trade_off_table(scores))
    console.print(_sheets_table(scores))
    for score in scores:
        if score.refusal:
            console.print(Text.assemble((score.name, "bold"), f" was refused: {score.refusal}"))
    _show_silent(console, scores)


def rates_table(sums: Tally, title: str) -> Table:
    """Return one row a rate."""
    table = Table("", "", title=title, show_header=False)
    for what, cell in _RATES.items():
        table.add_row(what, cell(sums))
    table.caption = CAPTION
    return table


def groups_table(tallies: Mapping[str, Tally], title: str) -> Table:
    """Return one row a group, narrow enough for a terminal of 80 columns."""
    columns = (
        "sheets",
        "re-\nfused",
        "ques-\ntions",
        "correct",
        "silent",
        "flagged",
        "best\nguess",
        "ids\nright",
        "ids\nsilent",
    )
    table = Table("", title=title, caption=CAPTION, box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right")
    for name, sums in tallies.items():
        shares = (sums.correct_share, sums.flagged_share, sums.best_guess_share)
        correct, flagged, best_guess = (f"{share:.2%}" for share in shares)
        silent = Text(f"{sums.silent_share:.3%}", style="red" if sums.silent else "")
        identifiers = (f"{sums.identifiers_right}/{sums.identifiers}", _red_above_zero(sums.identifiers_silent))
        counts = (f"{count}" for count in (sums.sheets, sums.refused, sums.questions))
        table.add_row(Text(name), *counts, correct, silent, flagged, best_guess, *identifiers)
    return table


def _red_above_zero(count: int) -> Text:
    return Text(f"{count}", style="red" if count else "")


def _alarming(text: str, count: int) -> Text:
    return Text(f"{text} ({count})", style="red" if count else "")


_RATES: dict[str, Callable[[Tally], str | Text]] = {
    "sheets": lambda sums: f"{sums.sheets}",
    "refused": lambda sums: f"{sums.refused}",
    "questions": lambda sums: f"{sums.questions}",
    "correct": lambda sums: f"{sums.correct_share:.2%}",
    "silent": lambda sums: _alarming(f"{sums.silent_share:.3%}", sums.silent),
    "flagged": lambda sums: f"{sums.flagged_share:.2%}",
    "best guess right": lambda sums: f"{sums.best_guess_share:.2%}",
    "... on sheets not refused": lambda sums: f"{sums.best_guess_accepted_share:.2%}",
    "identifiers right": lambda sums: f"{sums.identifiers_right} of {sums.identifiers}",
    "identifiers silent": lambda sums: _alarming(f"{sums.identifier_silent_share:.2%}", sums.identifiers_silent),
}


def _confusion_table(scores: Sequence[SheetScore]) -> Table:
    """Return the confusion with its empty cells left out, for sheets may have dozens of labels."""
    found = confusion(scores)
    table = Table("marked", "questions", "accepted as marked", "flagged", "taken for", title="Confusion")
    for marked in found.marked:
        by_read = {read: found.count(marked, read) for read in found.read}
        wrong = ", ".join(f"{read} {n}" for read, n in by_read.items() if n and read not in {marked, FLAGGED})
        counts = (sum(by_read.values()), by_read.get(marked, 0), by_read.get(FLAGGED, 0))
        table.add_row(Text(marked), *(f"{count or '-'}" for count in counts), Text(wrong, style="red"))
    return table


def reliability_table(scores: Sequence[SheetScore]) -> Table:
    """Return how often answers are read as marked, by their stated confidence."""
    found = reliability(scores)
    table = Table("confidence", "answers", "mean confidence", "read as marked", title="Can confidences be believed?")
    for one in found.curve:
        where = f"{one.low:.1f} to {one.high:.1f}"
        table.add_row(where, f"{one.count}", f"{one.mean_confidence:.3f}", f"{one.share_right:.2%}")
    table.caption = (
        f"{found.answers} answers; Brier score {found.brier:.4f}, expected calibration error {found.ece:.4f}"
    )
    return table


def trade_off_table(scores: Sequence[SheetScore]) -> Table:
    """Return what each threshold on confidence costs in flags and lets through in errors."""
    table = Table("min confidence", "flagged", "silent", title="Flags against silent errors")
    for one in trade_off(scores):
        silent = Text(f"{one.silent_share:.3%}", style="red" if one.silent_share else "")
        table.add_row(f"{one.min_confidence:g}", f"{one.flagged_share:.2%}", silent)
    table.caption = "set by --min-confidence of academy grade, and ACADEMY_MIN_CONFIDENCE"
    return table


def _sheets_table(scores: Sequence[SheetScore]) -> Table:
    table = Table("sheet", "questions", "correct", "flagged", "silent", "identifier", title="Sheet by sheet")
    for score in scores:
        counts = [len(score.having(verdict)) for verdict in (Verdict.CORRECT, Verdict.FLAGGED, Verdict.SILENT)]
        last = Text("refused", style="yellow") if score.refusal else _identifier(score)
        table.add_row(Text(score.name), f"{len(score.counted)}", *(Text(f"{count or '-'}") for count in counts), last)
    return table


def _identifier(score: SheetScore) -> Text:
    if score.identifier is None:
        return Text("")
    style = {Verdict.CORRECT: "", Verdict.FLAGGED: "yellow", Verdict.SILENT: "red"}[score.identifier.verdict]
    read = "" if score.identifier.read == score.identifier.written else f", read {score.identifier.read or 'nothing'}"
    return Text(f"{score.identifier.written}{read}", style=style)


def _show_silent(console: Console, scores: Sequence[SheetScore]) -> None:
    silent = [(score.name, question) for score in scores for question in score.having(Verdict.SILENT)]
    if not silent:
        return
    table = Table("sheet", "question", "marked", "accepted as", "confidence", title="Silent errors")
    for name, question in silent[:MOST_SILENT_ROWS]:
        marked, detected = ("/".join(labels) or "blank" for labels in (question.marked, question.detected))
        table.add_row(Text(name), f"{question.number}", Text(marked), Text(detected), f"{question.confidence:.3f}")
    if len(silent) > MOST_SILENT_ROWS:
        table.caption = f"and {len(silent) - MOST_SILENT_ROWS} more; --json lists all"
    console.print(table)

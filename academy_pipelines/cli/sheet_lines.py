"""The JSON lines of `academy grade`, put right by a review."""

import json
from typing import Any

from academy_pipelines.cli.sheet_files import name_of
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.errors import RefusedReviewError
from academy_pipelines.review.corrections import Correction, Corrections
from academy_pipelines.review.duplicates import known_number, same_number, with_duplicates
from academy_pipelines.review.putting_right import corrections_in, objection, put_right


def put_lines_right(text: str, corrections: Corrections) -> tuple[str, int]:
    """Return the lines with the corrections laid over them, and how many rows that put right.

    What earlier reviews of the same lines said stays, unless it is corrected again.

    Raises:
        RefusedReviewError: a line is no graded sheet, or a correction fits none; the message names each.
    """
    rows = [_row(line, place) for place, line in enumerate(text.splitlines(), start=1)]
    sheets = {(row["file"], row["page"]): OmrResult.model_validate(row) for row in rows}
    said: dict[tuple[str, int], list[Correction]] = {}
    for sheet, of_sheet in corrections.by_sheet().items():
        for correction in of_sheet:
            said.setdefault((sheet, correction.page), []).append(correction.model_copy(update={"page": 1}))
    problems = [
        f"{name_of(*key)}: {problem}"
        for key, of_sheet in said.items()
        for correction in of_sheet
        if (problem := objection(sheets[key], correction) if key in sheets else "no line is about this sheet")
    ]
    if problems:
        raise RefusedReviewError("\n  ".join(["no correction was applied:", *problems]))
    right = {key: put_right(result, [*corrections_in(result), *said.get(key, ())]) for key, result in sheets.items()}
    others = same_number({name_of(*key): known_number(result) for key, result in right.items()})
    told = {key: with_duplicates(result, others[name_of(*key)]) for key, result in right.items()}
    lines = [{**row, **told[row["file"], row["page"]].model_dump(mode="json")} for row in rows]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines), sum(map(len, said.values()))


def _row(line: str, place: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
        OmrResult.model_validate(row)
        return {**row, "file": str(row["file"]), "page": int(row["page"])}
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedReviewError(f"line {place} is no sheet that `academy grade` wrote ({error})") from error

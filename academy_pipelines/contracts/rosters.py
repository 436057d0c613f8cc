"""Lists of valid student numbers as schools keep them: a text file, or the first column of a CSV file."""

import re

from academy_pipelines.contracts.jobs import MOST_ON_ROSTER
from academy_pipelines.errors import UnusableInputError

_NUMBER = re.compile(r"[0-9]{1,20}")
_END_OF_FIELD = re.compile(r"[,;\t]")
LINES_TOLD = 3


def parse_roster(data: bytes, name: str) -> frozenset[str]:
    """Return the numbers in `data`, one a line; more columns, quotes, blank lines and a header line do not matter.

    `name` is what messages call the file.

    Raises:
        UnusableInputError: it is no text, holds no or too many numbers, or a line does not begin with one.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949", errors="replace")
    fields = [_END_OF_FIELD.split(line, maxsplit=1)[0].strip().strip("\"'").strip() for line in text.splitlines()]
    wrong = [
        place
        for place, field in enumerate(fields, start=1)
        if field and not _NUMBER.fullmatch(field) and not (place == 1 and not re.search("[0-9]", field))
    ]
    if wrong:
        told = ", ".join(f"line {place} {fields[place - 1][:40]!r}" for place in wrong[:LINES_TOLD])
        rest = f" and {len(wrong) - LINES_TOLD} more" if len(wrong) > LINES_TOLD else ""
        raise UnusableInputError(f"{name}: {told}{rest} is no student number; write one number of digits a line")
    numbers = frozenset(field for field in fields if _NUMBER.fullmatch(field))
    if not numbers:
        raise UnusableInputError(f"{name} holds no student number; write one a line")
    if len(numbers) > MOST_ON_ROSTER:
        raise UnusableInputError(f"{name} holds {len(numbers)} numbers, more than {MOST_ON_ROSTER}; name one exam's")
    return numbers

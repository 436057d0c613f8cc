"""A person without a browser: reads a review page's data and writes the file that the page would."""

import json
import re
from pathlib import Path

Place = tuple[str, int, int | str]


def rows_of(page: str) -> dict[Place, dict]:
    """The rows that a page shows, by sheet, page and row."""
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])
    return {
        (sheet["sheet"], sheet["page"], row["row"]): row | {"scan_sha256": sheet["scan_sha256"], "name": sheet["name"]}
        for sheet in data["sheets"]
        for row in sheet["rows"]
    }


def answered(page: Path, said: dict[Place, list[str]], reviewer: str = "kim") -> Path:
    """The corrections file beside `page`."""
    rows = rows_of(page.read_text())
    corrections = [
        {
            "sheet": place[0],
            "page": place[1],
            "row": place[2],
            "answer": answer,
            "reading": rows[place]["reading"],
            "scan_sha256": rows[place]["scan_sha256"],
            "reviewed_at": "2026-11-24T12:00:00.123Z",
        }
        for place, answer in said.items()
    ]
    file = page.with_suffix(".json")
    file.write_text(json.dumps({"format": "academy-review/1", "reviewer": reviewer, "corrections": corrections}))
    return file

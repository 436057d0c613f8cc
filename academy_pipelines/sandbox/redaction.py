"""Takes secrets out of what a person gets to see."""

import re
from typing import Any

HIDDEN = "•••"

_SECRET_NAME = re.compile(r"token|cookie|secret|password|authorization|signature|api_?key|access_?key", re.IGNORECASE)
_QUERY = re.compile(r"(https?://[^\s\"'?]+)\?[^\s\"']*")


def redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON value, and the same kind comes back
    """Return a copy of a JSON value without secrets: fields named like one, and every URL's query."""
    if isinstance(value, dict):
        return {
            str(name): HIDDEN if _SECRET_NAME.search(str(name)) and item is not None else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return _QUERY.sub(rf"\1?{HIDDEN}", value) if isinstance(value, str) else value

"""Where vectors may be compared: never across spaces."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Space:
    """All vectors that one model of one backend made in one way.

    `backend` is "local", "openai" or "lexical"; `revision` tells apart what a model's name does not (a commit, or a
    digest of its files); `normalised` says that every vector has length 1.
    """

    backend: str
    model: str
    revision: str
    dimension: int
    normalised: bool = True

    @property
    def id(self) -> str:
        """The same short text for the same space, other for any other."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

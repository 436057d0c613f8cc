"""An index that lives as long as its process."""

from collections.abc import Iterable, Sequence

import numpy as np

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors, top_k
from academy_pipelines.resources.vector_index.index import (
    HeldSpace,
    Hit,
    LoadedSpace,
    VectorRow,
    check_dimension,
    rows_by_id,
)


class MemoryVectorIndex:
    """Keeps rows in dictionaries; see `VectorIndex`."""

    def __init__(self) -> None:
        self._rows: dict[Space, dict[str, VectorRow]] = {}

    def register(self, space: Space) -> None:
        """Open a space."""
        self._rows.setdefault(space, {})

    def put(self, space: Space, rows: Iterable[VectorRow]) -> int:
        """Keep rows."""
        given = rows_by_id(space, rows)
        held = self._rows.setdefault(space, {})
        changed = {key: row for key, row in given.items() if key not in held or held[key].text != row.text}
        for key, row in changed.items():
            held.pop(key, None)
            held[key] = row
        return len(changed)

    def remove(self, space: Space, problem_ids: Sequence[str]) -> int:
        """Forget problems."""
        held = self._rows.get(space, {})
        return sum(held.pop(key, None) is not None for key in problem_ids)

    def search(self, space: Space, vector: Vectors, k: int) -> list[Hit]:
        """Return the most similar problems."""
        check_dimension(space, vector)
        loaded = self.load(space)
        places, similarities = top_k(loaded.vectors, vector, k)
        pairs = zip(places.tolist(), similarities.tolist(), strict=True)
        return [Hit(loaded.problem_ids[place], loaded.texts[place], similarity) for place, similarity in pairs]

    def load(self, space: Space) -> LoadedSpace:
        """Return all of a space."""
        rows = tuple(self._rows.get(space, {}).values())
        vectors = np.stack([row.vector for row in rows]) if rows else np.empty((0, space.dimension), np.float32)
        return LoadedSpace(tuple(row.problem_id for row in rows), tuple(row.text for row in rows), vectors)

    def count(self, space: Space) -> int:
        """Return how many problems are in a space."""
        return len(self._rows.get(space, {}))

    def spaces(self) -> list[HeldSpace]:
        """Return every space, the fullest first."""
        held = [HeldSpace(space, len(rows)) for space, rows in self._rows.items()]
        return sorted(held, key=lambda each: -each.count)

    def close(self) -> None:
        """Nothing is held open."""

"""A matrix in memory that rows are added to, without copying it each time."""

from collections.abc import Sequence

import numpy as np

from academy_pipelines.documents.vectors import Vectors


class GrowingMatrix:
    """Vectors by problem; `last_seq` is the number of the last row that was added, None before the first."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.problem_ids: list[str] = []
        self.last_seq: int | None = None
        self._places: dict[str, int] = {}
        self._buffer = np.empty((0, dimension), np.float32)

    @property
    def vectors(self) -> Vectors:
        """(N, dimension) float32, a row for each of `problem_ids`."""
        return self._buffer[: len(self.problem_ids)]

    def extend(self, problem_ids: Sequence[str], vectors: Vectors, last_seq: int) -> None:
        """Add (N, dimension) rows; a row for a problem that is there takes its place."""
        places = [self._place(problem_id) for problem_id in problem_ids]
        if len(self.problem_ids) > len(self._buffer):
            roomy = np.empty((max(len(self.problem_ids), 2 * len(self._buffer)), self.dimension), np.float32)
            roomy[: len(self._buffer)] = self._buffer
            self._buffer = roomy
        self._buffer[places] = vectors
        self.last_seq = last_seq

    def _place(self, problem_id: str) -> int:
        place = self._places.setdefault(problem_id, len(self.problem_ids))
        if place == len(self.problem_ids):
            self.problem_ids.append(problem_id)
        return place

"""What a submission leaves behind, by name, with a bounded memory in front of the store.

A value that one stage makes and the next one needs is remembered in this process; only what a person looks at or
a later run starts from is stored. Keys read `submissions/<submission>/<job>/<name>`.
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from academy_pipelines.resources.object_store import ObjectStore

T = TypeVar("T")

MEMORY_BYTES = 1024 * 1024 * 1024
"""Holds the decoded pages of a batch of 128 sheets at 300 dpi; what does not fit is decoded again."""

LONGEST_NAME = 200
"""Characters of a folder's name; file systems take 255 bytes."""

LEGIBLE_CHARS = 100
"""What is left of a longer name, before its digest."""


@dataclass(frozen=True, slots=True, order=True)
class Ticket:
    """One job of one submission, as stages hand it on."""

    submission: str
    job_id: str

    @property
    def folder(self) -> str:
        """The key prefix of everything this job leaves behind."""
        return f"submissions/{_folder_name(self.submission)}/{_folder_name(self.job_id)}"


def _folder_name(name: str) -> str:
    quoted = quote(name, safe="")
    if len(quoted) > LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        return f"{quoted[:LEGIBLE_CHARS]}%-{digest}"  # quoting never writes "%-"
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")


class Artefacts:
    """Named bytes in the store, named values in memory; thread-safe."""

    def __init__(self, store: ObjectStore, memory_bytes: int = MEMORY_BYTES) -> None:
        self._store = store
        self._memory: dict[Ticket, dict[str, tuple[object, int]]] = {}
        self._free_bytes = memory_bytes
        self._lock = threading.Lock()

    def put(self, ticket: Ticket, name: str, data: bytes, content_type: str = "application/json") -> str:
        """Store `data` and return its key."""
        key = f"{ticket.folder}/{name}"
        self._store.put(key, data, content_type)
        return key

    def get(self, ticket: Ticket, name: str) -> bytes:
        """Return what is stored; raises `ObjectNotFoundError` if nothing is."""
        return self._store.get(f"{ticket.folder}/{name}")

    def has(self, ticket: Ticket, name: str) -> bool:
        """Whether something is stored under the name."""
        return self._store.exists(f"{ticket.folder}/{name}")

    def location(self, ticket: Ticket, name: str) -> str:
        """Return where a person finds it."""
        return self._store.location(f"{ticket.folder}/{name}")

    def remember(self, ticket: Ticket, name: str, value: T, size_bytes: int = 1024) -> T:
        """Keep a value for the next stages of this process, unless memory is short: then it is made again.

        What came first stays: stages pass over a batch in one order, so that dropping the oldest would
        drop exactly what the next stage asks for next.
        """
        with self._lock:
            remembered = self._memory.setdefault(ticket, {})
            _, old_bytes = remembered.pop(name, (None, 0))
            self._free_bytes += old_bytes
            if size_bytes <= self._free_bytes:
                self._free_bytes -= size_bytes
                remembered[name] = (value, size_bytes)
        return value

    def recall(self, ticket: Ticket, name: str, kind: type[T]) -> T | None:
        """Return the remembered value, or None if it was never there or has been forgotten."""
        with self._lock:
            value, _ = self._memory.get(ticket, {}).get(name, (None, 0))
        return value if isinstance(value, kind) else None

    def forget(self, ticket: Ticket) -> None:
        """Drop everything remembered for a finished job."""
        with self._lock:
            self._free_bytes += sum(size_bytes for _, size_bytes in self._memory.pop(ticket, {}).values())

"""What everyone promises who writes problems."""

import hashlib
from dataclasses import replace
from typing import Protocol

from academy_pipelines.documents.cleaning import CleaningPolicy, CleanText, clean_text, harmless
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.errors import EmptyDocumentError


class ProblemWriter(Protocol):
    """Makes a problem out of the text of one question; threads may share it."""

    def write(self, text: str) -> WrittenProblem:
        """Return the problem that a text holds, with where it comes from.

        The text may be anything, such as what OCR made of a page: it is cleaned, cut to the writer's limit (warning
        `truncated`), and never obeyed.

        Raises:
            EmptyDocumentError: there is nothing in the text.
            UnavailableError: the writer does not answer; time heals it.
            MalformedAnswerError: it answers nonsense, even when asked again; worth few attempts.
            EngineRefusedError: it will never answer this.
            MisconfiguredError: its key or its address is wrong.
        """
        ...

    def close(self) -> None:
        """Let go of connections; the writer is not used afterwards."""
        ...


def cleaned(text: str, policy: CleaningPolicy) -> CleanText:
    """Return what a writer works on.

    Raises:
        EmptyDocumentError: nothing is left.
    """
    clean = clean_text(text, policy)
    if not clean.text:
        raise EmptyDocumentError("the text holds nothing to make a problem of; send the text of one question")
    return clean


def cleaned_for_model(text: str, policy: CleaningPolicy) -> CleanText:
    """Return what a language model is shown.

    Raises:
        EmptyDocumentError: nothing is left.
    """
    clean = cleaned(text, policy)
    return replace(clean, text=harmless(clean.text))


def sha256_of(text: str) -> str:
    """Return which text a problem was made of, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()

"""The text by which a problem is found."""

from academy_pipelines.documents.problem import Problem


def search_text(problem: Problem) -> str:
    """Return what a problem asks and offers: the body, then its choices, one a line.

    Its number on the paper has no part in it: the same problem has another one elsewhere. Empty when there is neither.
    """
    return "\n".join(part for part in (problem.body.strip(), *map(str.strip, problem.choices)) if part)

"""What people want to see of a document's stages."""

from collections.abc import Iterable, Sequence

from academy_pipelines.defs.facts import Facts
from academy_pipelines.documents.problem import WrittenProblem

NOTES_SHOWN = 10


def notes_of(notes: Iterable[str]) -> Facts:
    """Return what engines noted, each note once and not too many."""
    told = list(dict.fromkeys(notes))
    return {"notes": "; ".join(told[:NOTES_SHOWN])} if told else {}


def spent_on(written: Sequence[WrittenProblem]) -> Facts:
    """Return who wrote the problems, how many a person has to look at, and what they cost."""
    usages = [one.usage for one in written if one.usage is not None]
    costs = [usage.cost_usd for usage in usages if usage.cost_usd is not None]
    models = dict.fromkeys(one.model for one in written if one.model)
    return {
        "problems": len(written),
        "need_review": sum(one.problem.needs_review for one in written),
        "writer": "+".join(dict.fromkeys(one.writer for one in written)),
        **({"model": "+".join(models)} if models else {}),
        **({"input_tokens": sum(usage.input_tokens for usage in usages)} if usages else {}),
        **({"output_tokens": sum(usage.output_tokens for usage in usages)} if usages else {}),
        **({"cost_usd": sum(costs)} if costs and len(costs) == len(usages) else {}),
    }

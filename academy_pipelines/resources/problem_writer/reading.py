"""What a language model's answer means: a draft, a refusal, or nonsense that may be put right."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from academy_pipelines.contracts.completions import Completion, complaints
from academy_pipelines.contracts.problems import ProblemDraft
from academy_pipelines.errors import EngineRefusedError
from academy_pipelines.resources.http_calls import quoted
from academy_pipelines.resources.problem_writer.prompt import Mode, WritingPolicy

_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Unfit:
    """An answer that is no draft, and why, in words that the model may be told."""

    answer: str
    complaint: str


def read_answer(completion: Completion, policy: WritingPolicy) -> ProblemDraft | Unfit:
    """Return the draft in an answer, or what is wrong with it.

    Raises:
        EngineRefusedError: the model refuses, its provider filters the answer, or the answer is cut at the ceiling.
    """
    choice = completion.choices[0]
    if choice.message.refusal:
        said = quoted(choice.message.refusal, REASON_CHARS)
        raise EngineRefusedError(f"{policy.model} refuses to make a problem of this text: {said!r}; a person has to")
    if choice.finish_reason == "content_filter":
        raise EngineRefusedError(
            f"the provider of {policy.model} filtered the answer; a person has to enter the problem"
        )
    if choice.finish_reason == "length":
        raise EngineRefusedError(
            f"the answer of {policy.model} was cut after {policy.output_token_ceiling} tokens; "
            "raise ACADEMY_PROBLEM_GEN_MAX_TOKENS, or send less text at once"
        )
    content = choice.message.content or ""
    try:
        return ProblemDraft.model_validate_json(_json_in(content, policy.mode))
    except ValidationError as error:
        return Unfit(content, complaints(error))


def _json_in(content: str, mode: Mode) -> str:
    """Return the JSON of an answer; only a strict schema keeps models from wrapping it in thoughts, words or fences."""
    if mode == "json_schema":
        return content
    found = _OBJECT.search(_THINKING.sub("", content))
    return found[0] if found else content

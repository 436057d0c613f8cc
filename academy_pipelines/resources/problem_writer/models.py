"""Whether the model that writes problems will still be there tomorrow."""

import contextlib

from academy_pipelines.contracts.completions import ModelMessage
from academy_pipelines.resources.openai_calls import OpenAiAccess
from academy_pipelines.resources.problem_writer.openai_writer import MODEL_VARIABLE


def look_up_model(access: OpenAiAccess, model: str, variable: str = MODEL_VARIABLE) -> ModelMessage:
    """Return what the endpoint says of a model; one request that costs nothing, fit for a daily check.

    Raises:
        EngineRefusedError: there is no such model, or no longer; the message names `variable`.
        UnavailableError, MisconfiguredError, MalformedAnswerError: as for `ProblemWriter.write`.
    """
    with contextlib.closing(access.connect()) as client, access.translated(model, variable):
        return access.parsed(client.models.with_raw_response.retrieve(model).content, ModelMessage)

"""Chat completions: scripted, or the problem that rules find in what the user sent."""

import json
import re
import uuid
from typing import Any

from academy_pipelines.documents.extraction import extract_problem
from academy_pipelines.sandbox.language_model.answers import Answer, error, missing_model, scripted_error, tokens_in
from academy_pipelines.sandbox.language_model.schema_rules import schema_complaint
from academy_pipelines.sandbox.language_model.script import ModelOptions, Reply

REASONING = ("gpt-5", "gpt-6", "o1", "o3", "o4")
"""Beginnings of the names of models that think first and take no `temperature`."""

_FENCED = re.compile(r"<ocr-([0-9a-f]+)>\n(.*)\n</ocr-\1>", re.DOTALL)


def complete(body: dict[str, Any], options: ModelOptions, reply: Reply | None) -> Answer:
    """Answer `POST /v1/chat/completions`."""
    if reply is not None and reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        return scripted_error(reply)
    refused = _refusal(body, options)
    if refused is not None:
        return refused
    chosen = reply or Reply()
    content = _content(body) if chosen.content is None else chosen.content
    finish_reason = chosen.finish_reason
    ceiling = body.get("max_completion_tokens")
    if isinstance(ceiling, int) and tokens_in(content) > ceiling:
        content, finish_reason = content[:ceiling], "length"
    message = {"role": "assistant", "content": None if chosen.refusal else content, "refusal": chosen.refusal}
    return Answer(_completion(body, message, finish_reason), headers=dict(chosen.headers))


def _refusal(body: dict[str, Any], options: ModelOptions) -> Answer | None:
    model, messages = body.get("model"), body.get("messages")
    if model not in options.models:
        return missing_model(model)
    if not isinstance(messages, list) or not messages:
        return error(400, None, "Invalid 'messages': empty array. Expected an array with minimum length 1.")
    if str(model).startswith(REASONING) and ({"max_tokens", "temperature"} & body.keys()):
        return error(
            400, "unsupported_parameter", "Unsupported: temperature, and max_tokens (use max_completion_tokens)."
        )
    complaint = schema_complaint(body.get("response_format"))
    if complaint:
        return error(400, None, f"Invalid schema for response_format: {complaint}")
    if _prompt_tokens(body) > options.context_tokens:
        message = f"This model's maximum context length is {options.context_tokens} tokens."
        return error(400, "context_length_exceeded", message)
    return None


def _completion(body: dict[str, Any], message: dict[str, Any], finish_reason: str) -> dict[str, Any]:
    read, written = _prompt_tokens(body), tokens_in(message["content"] or message["refusal"] or "")
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def _prompt_tokens(body: dict[str, Any]) -> int:
    return sum(tokens_in(str(message.get("content") or "")) for message in body["messages"])


def _content(body: dict[str, Any]) -> str:
    """Return the answer to a request for a problem as JSON, prose to any other."""
    for message in body["messages"]:
        fenced = _FENCED.search(str(message.get("content") or ""))
        if fenced:
            return json.dumps(_problem(fenced[2]), ensure_ascii=False)
    return "The sandbox's model knows only problems between <ocr-…> tags."


def _problem(text: str) -> dict[str, Any]:
    """Return what a model that only copies would answer."""
    found = extract_problem(text)
    return {
        "body": found.body or "?",
        "choices": [choice or "?" for choice in found.choices],
        "answer": found.answer,
        "answer_source": found.answer_source,
        "difficulty": 3,
        "tag": "기타",
        "summary": f"{found.body[:40]} (sandbox)",
        "explanation": found.explanation,
    }

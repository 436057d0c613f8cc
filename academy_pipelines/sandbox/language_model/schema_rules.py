"""What a strict JSON schema may contain, as far as the provider documents it.

Source: the guide "Structured outputs" of OpenAI's API documentation, section "Supported schemas".
"""

from typing import Any

UNSUPPORTED = ("default", "allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "oneOf")


def schema_complaint(response_format: object) -> str | None:
    """Return why a `response_format` is refused, None when it is fine."""
    match response_format:
        case None | {"type": "text" | "json_object"}:
            return None
        case {"type": "json_schema", "json_schema": {"name": str(), "schema": dict(schema), "strict": True}}:
            return _complaint(schema, "schema")
        case {"type": "json_schema", "json_schema": {"name": str()}}:
            return None
        case _:
            return "Invalid value for 'response_format'."


def _complaint(schema: dict[str, Any], place: str) -> str | None:
    unsupported = [word for word in UNSUPPORTED if word in schema]
    if unsupported:
        return f"{place}: '{unsupported[0]}' is not permitted."
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return f"{place}: 'additionalProperties' is required to be supplied and to be false."
        if set(schema.get("required", [])) != set(schema.get("properties", {})):
            return f"{place}: 'required' is required to be supplied and to include every key in properties."
    return next(filter(None, (_complaint(part, f"{place}.{name}") for name, part in _parts(schema))), None)


def _parts(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parts: dict[str, Any] = {**schema.get("properties", {}), **schema.get("$defs", {})}
    parts |= {f"anyOf[{at}]": option for at, option in enumerate(schema.get("anyOf", []))}
    if "items" in schema:
        parts["items"] = schema["items"]
    return [(name, part) for name, part in parts.items() if isinstance(part, dict)]

"""JSON Schema of a claim file, for completion in editors: made from models and tables of words."""

from __future__ import annotations

from typing import Any, get_args

from checks.claim_keys import Names, key, models, words_of
from checks.claim_models import ClaimFile

_YEAR, _MONTH, _DAY = r"\d{4}", r"\d{4}-(0[1-9]|1[0-2])", r"\d{4}-\d{2}-\d{2}"
_PERIOD_PATTERN = rf"^({_YEAR}|{_MONTH}(\.\.{_MONTH})?|{_DAY}\.\.{_DAY})$"
_PERIOD = {
    "description": "A calendar year (2016), a month (2016-08), or a span of months or days, ends "
    "included (2015-09..2016-08, 2017-01-01..2017-08-15)",
    "anyOf": [
        {"type": "integer", "minimum": 1900, "maximum": 2100},
        {"type": "string", "pattern": _PERIOD_PATTERN},
    ],
}


def claims_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the files in ``checks/claims``."""
    schema = ClaimFile.model_json_schema()
    definitions = schema["$defs"]
    definitions["Period"] = _PERIOD  # how it is written, not how the model keeps it
    for model in models():
        if model is ClaimFile or model.__name__ == "Period":
            continue
        properties = definitions[model.__name__]["properties"]
        for name in properties:
            row = key(model.__name__, name)
            if row.names is not None:
                properties[name] = _with_names(properties[name], f"{row.names}_name")
            properties[name]["description"] = row.meaning
    for names in get_args(Names):
        words = words_of(names)
        definitions[f"{names}_name"] = {
            "type": "string",
            "enum": list(words),
            "enumDescriptions": list(words.values()),  # what VS Code shows beside a word
        }
    return schema | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claim file of crimeclaims",
    }


def _with_names(value: Any, definition: str) -> Any:
    """``value`` with the names of a table wherever it allows any string."""
    if isinstance(value, list):
        return [_with_names(item, definition) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "string":
        kept = {k: v for k, v in value.items() if k not in ("type", "title")}
        return {"$ref": f"#/$defs/{definition}"} | kept
    return {k: _with_names(v, definition) for k, v in value.items()}

"""From untrusted data to a `LabDocument`, with every structural error at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from labs.document.errors import DocumentError, Problem, problem
from labs.document.limits import DEFAULT_LIMITS, Limits
from labs.document.measure import find_excesses
from labs.document.schema import (
    Bridge,
    Host,
    Interface,
    Internet,
    LabDocument,
    Lan,
    Link,
    Namespace,
    Note,
    PingCheck,
    Route,
    Router,
    TraceCheck,
)
from labs.document.sysctls import SYSCTLS
from labs.document.wording import shown

NODE_KINDS: dict[str, type[BaseModel]] = {
    "host": Host,
    "namespace": Namespace,
    "router": Router,
    "bridge": Bridge,
    "lan": Lan,
    "internet": Internet,
}
CHECK_KINDS: dict[str, type[BaseModel]] = {"ping": PingCheck, "trace": TraceCheck}
TAGS: dict[str, dict[str, type[BaseModel]]] = {"nodes": NODE_KINDS, "checks": CHECK_KINDS}
"""The lists whose members are one of several kinds; pydantic names the kind in an error's location, after the index."""
LISTS: dict[str, type[BaseModel]] = {"interfaces": Interface, "routes": Route, "links": Link, "notes": Note}

Location = tuple[int | str, ...]


def parse(data: object, limits: Limits = DEFAULT_LIMITS) -> LabDocument:
    """Data as JSON or YAML gives it, as a document. Raises `DocumentError` with all of its structural errors."""
    excesses = list(find_excesses(data, limits))
    if excesses:
        raise DocumentError(excesses)
    try:
        return LabDocument.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise DocumentError([_problem(details) for details in error.errors(include_url=False)]) from None


def path_text(location: Location) -> str:
    """`("nodes", 2, "interfaces", 0)` as `nodes[2].interfaces[0]`. A key that is no word is quoted."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step, 40)}]"
    return text


def _problem(details: ErrorDetails) -> Problem:
    location = _without_tags(details["loc"])
    context: Mapping[str, Any] = details.get("ctx", {})
    if "code" in context:  # raised by `labs.document.values.refuse`
        code, params = context["code"], {key: str(value) for key, value in context.items() if key != "code"}
    else:
        code, params = _translate(details, location)
    if code in {"kind_unknown", "kind_missing"}:
        location = (*location, "kind")
    return problem(path_text(location), code, **params)


def _without_tags(location: Location) -> Location:
    steps = list(location)
    if len(steps) > 2 and steps[0] in TAGS:
        del steps[2]
    return tuple(steps)


Params = dict[str, str]


def _translate(details: ErrorDetails, location: Location) -> tuple[str, Params]:
    """One of pydantic's errors in our words. Its own are kept, as `invalid`, where it has a kind that is not known here."""
    kind, value = details["type"], shown(details["input"])
    context: Mapping[str, Any] = details.get("ctx", {})
    if location == ("topoweb",) and kind in {"literal_error", "int_parsing_size"}:
        return "version_unknown", {"value": value}
    if len(location) > 1 and "ends" in location[-2:] and kind in {"missing", "too_long"}:
        return "ends_two", {}
    if kind == "union_tag_not_found" and location[0] == "checks":
        return ("check_unknown", {}) if isinstance(details["input"], dict) else ("not_a_mapping", {"value": value})
    if kind == "extra_forbidden" and "sysctls" in location[:-1]:
        return "sysctl_unknown", {"known": ", ".join(SYSCTLS)}
    translation = _TRANSLATIONS.get(kind)
    if translation is None:
        return "invalid", {"reason": details["msg"]}
    code, params = translation
    return code, {name: make(value, context, details["loc"]) for name, make in params.items()}


def _known_keys(location: Location) -> Iterator[str]:
    """The keys that the part at a location has; `location` ends with a key that it has not."""
    names = [step for step in location[:-1] if isinstance(step, str)]
    model: type[BaseModel] = LabDocument
    for name, following in itertools.zip_longest(names, names[1:], fillvalue=""):
        if name in TAGS:
            model = TAGS[name].get(following, model)
        model = LISTS.get(name, model)
    return (field.alias or name for name, field in model.model_fields.items())


Maker = Callable[[str, Mapping[str, Any], Location], str]


def _context(key: str) -> Maker:
    return lambda _value, context, _location: str(context[key])


_VALUE: dict[str, Maker] = {"value": lambda value, _context, _location: value}
_EXPECTED: dict[str, Maker] = _VALUE | {"expected": _context("expected")}
_KINDS: dict[str, Maker] = {"expected": lambda _value, _context, _location: ", ".join(NODE_KINDS)}

_TRANSLATIONS: dict[str, tuple[str, dict[str, Maker]]] = {
    "missing": ("missing", {}),
    "extra_forbidden": ("unknown_key", {"known": lambda _value, _context, location: ", ".join(_known_keys(location))}),
    "invalid_key": ("unknown_key", {"known": lambda _value, _context, location: ", ".join(_known_keys(location))}),
    "model_type": ("not_a_mapping", _VALUE),
    "model_attributes_type": ("not_a_mapping", _VALUE),
    "dict_type": ("not_a_mapping", _VALUE),
    "tuple_type": ("not_a_list", _VALUE),
    "string_type": ("not_text", _VALUE),
    "string_unicode": ("text_control", {"character": lambda _value, _context, _location: "of half a surrogate pair"}),
    "bool_type": ("not_a_flag", _VALUE),
    "int_type": ("not_an_integer", _VALUE),
    "float_type": ("not_a_number", _VALUE),
    "finite_number": ("not_a_number", _VALUE),
    "greater_than_equal": ("too_small", _VALUE | {"lowest": _context("ge")}),
    "less_than_equal": ("too_large", _VALUE | {"highest": _context("le")}),
    "string_too_long": ("too_long", {"longest": _context("max_length")}),
    "string_too_short": ("empty", {}),
    "literal_error": ("unknown_choice", _EXPECTED),
    "union_tag_invalid": ("kind_unknown", {"value": lambda _value, context, _location: shown(context["tag"])} | _KINDS),
    "union_tag_not_found": ("kind_missing", _KINDS),
}

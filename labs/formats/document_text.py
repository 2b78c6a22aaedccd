"""Lab documents as text: YAML or JSON in, YAML out.

What is read is untrusted. Of YAML only what a lab document needs is taken: mappings with words as keys, lists, and scalars as YAML 1.2
and JSON have them (`yes` and `12:30` are text). Anchors, aliases and tags are refused, so that no text grows while it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from labs.document.dump import dump
from labs.document.limits import DEFAULT_LIMITS, Limits
from labs.document.schema import LabDocument


class TextError(ValueError):
    """Text that is no YAML or JSON, or more of it than is allowed. `line` and `column` count from 1; None where the whole is meant."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column


def load(text: str | bytes, limits: Limits = DEFAULT_LIMITS) -> object:
    """The data that YAML or JSON text holds, for `labs.document.parse`. Raises `TextError`."""
    if len(text) > limits.size:
        raise TextError(f"the text is longer than the limit of {limits.size} characters (`size`)")
    decoded = _decode(text)
    if decoded.lstrip()[:1] in {"{", "["}:  # JSON or YAML's flow style, which only its own reader tells
        try:
            return _load_json(decoded)
        except json.JSONDecodeError:
            pass
    return _load_yaml(decoded, limits.depth)


def _decode(text: str | bytes) -> str:
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        decoded.encode()
    except UnicodeError:
        raise TextError("the text is not UTF-8; save it in that encoding") from None
    if "\0" in decoded:
        raise _error_at(decoded, decoded.index("\0"), "there is a NUL byte; take it out")
    return decoded


def _error_at(text: str, offset: int, message: str) -> TextError:
    line = text.count("\n", 0, offset)
    return TextError(message, line + 1, offset - text.rfind("\n", 0, offset))


# JSON


def _load_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_int=_integer, parse_constant=_no_constant)
    except RecursionError:
        raise TextError("the text is nested too deeply") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # None is meant
        raise TextError(f"the key {twice[:80]!r} is there twice in one mapping; take one out")
    return mapping


def _no_constant(name: str) -> NoReturn:
    raise TextError(f"{name} is not a number that JSON has")


MOST_DIGITS = 40
"""Longer whole numbers are text: no number of a document is near it, and Python takes quadratic time to read them."""


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


# YAML

_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")


def _load_yaml(text: str, depth: int) -> object:
    try:
        return _Builder(depth).build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        message = f"this is not YAML: {error.problem or error.context}"
        mark = error.problem_mark or error.context_mark
        raise (TextError(message, mark.line + 1, mark.column + 1) if mark else TextError(message)) from None
    except yaml.YAMLError as error:
        raise TextError(f"this is not YAML: {' '.join(str(error).split())}") from None


class _Builder:
    """Data out of YAML's events, without recursion."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._open: list[tuple[dict[str, Any] | list[Any], str | None]] = []
        """The mappings and lists that are not closed yet, each with the key at which it hangs in the one around it."""
        self._key: str | None = None
        """The key whose value comes next."""
        self._result: object = None
        self._documents = 0

    def build(self, events: Iterator[yaml.Event]) -> object:
        for event in events:
            self._take(event)
        if not self._documents:
            raise TextError("the text is empty; a lab begins with `topoweb: 1` and its name")
        return self._result

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.AliasEvent():
                raise _at(event, "aliases are not taken here; write the value out")
            case yaml.NodeEvent() if event.anchor is not None:
                raise _at(event, "anchors are not taken here; write the value out where it is needed")
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                _, self._key = self._open.pop()
                self._key = None
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _at(event, "there is a second document; a file holds one lab")

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        _refuse_tag(event)
        if len(self._open) >= self._depth:
            raise _at(event, f"the text is nested deeper than the limit of {self._depth} levels (`depth`)")
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if self._expects_key():
            raise _at(event, "a key must be a word")
        key = self._key
        self._put(container)
        self._open.append((container, key))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        _refuse_tag(event)
        if not self._expects_key():
            self._put(event.value if event.style else _resolve(event.value))
            return
        mapping = self._open[-1][0]
        if event.value in mapping:
            raise _at(event, f"the key {event.value[:80]!r} is there twice in one mapping; take one out")
        self._key = event.value

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._key is None

    def _put(self, value: object) -> None:
        if not self._open:
            self._result = value
            return
        container = self._open[-1][0]
        if isinstance(container, list):
            container.append(value)
        else:
            assert self._key is not None  # `_expects_key` was false
            container[self._key] = value
        self._key = None


def _resolve(plain: str) -> object:
    """A plain scalar by the rules of YAML 1.2's core schema, decimal numbers only."""
    if plain in _CONSTANTS:
        return _CONSTANTS[plain]
    if _INTEGER.fullmatch(plain):
        return _integer(plain)
    return float(plain) if _NUMBER.fullmatch(plain) else plain


def _refuse_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.tag is not None:
        raise _at(event, f"tags such as {event.tag[:80]!r} are not taken here; leave it out")


def _at(event: yaml.Event, message: str) -> TextError:
    mark = event.start_mark
    return TextError(message, mark.line + 1, mark.column + 1) if mark else TextError(message)


# Out

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*( [A-Za-z0-9._/-]+)*|[0-9]+(\.[0-9]+){3}(/[0-9]+)?")
_AMBIGUOUS = re.compile(r"(?i)yes|no|on|off|true|false|null")
"""What YAML 1.1, which many programs still read, does not take for text."""


def dump_yaml(document: LabDocument) -> str:
    """The document as a person would write it: what has mappings in it in lines, the rest in braces. Reading it gives the document back."""
    return "".join(_lines(dump(document), ""))


def _lines(mapping: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        name = _text(key)
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:\n"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
            yield f"{indent}{name}:\n"
            for entry in value:
                yield from _entry(entry, indent + "  ")
        elif isinstance(value, str) and _is_block(value):
            yield f"{indent}{name}: {'|' if value.endswith(chr(10)) else '|-'}\n"
            yield from (f"{indent}  {line}\n" if line else "\n" for line in value.splitlines())
        else:
            yield f"{indent}{name}: {_flow(value)}\n"


def _entry(entry: dict[str, Any], indent: str) -> Iterator[str]:
    if _is_leaf(entry):
        yield f"{indent}- {_flow(entry)}\n"
        return
    first, *others = _lines(entry, indent + "  ")
    yield f"{indent}- {first.lstrip(' ')}"
    yield from others


def _is_leaf(mapping: dict[str, Any]) -> bool:
    """Whether a mapping goes into one line."""
    nested = any(
        isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value)) for value in mapping.values()
    )
    return not nested and not any(isinstance(value, str) and ("\n" in value or len(value) > 80) for value in mapping.values())


def _is_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[0][:1] not in {"", " "}
        and lines[-2:] != ["", ""]
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )


def _flow(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_flow(entry)}" for key, entry in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str():
            return _text(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return json.dumps(value)


def _text(text: str) -> str:
    """Plain where every reader of YAML takes it for text, else in double quotes."""
    if _PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text):
        return text
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    return character if character.isprintable() else f"\\U{ord(character):08X}"

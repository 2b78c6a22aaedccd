"""How large untrusted data is, before anything else is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.document.errors import Problem, problem
from labs.document.limits import Limits


def find_excesses(data: object, limits: Limits) -> Iterator[Problem]:
    """What is over the limits. Size and depth first: where those are exceeded, nothing else is looked at."""
    overflow = _overflow(data, limits)
    if overflow:
        yield overflow
        return
    if not isinstance(data, dict):
        return
    for what in ("nodes", "links", "checks", "notes"):
        yield from _entries(data, what, what, limits)
    for i, node in _mappings(data, "nodes"):
        yield from _node_excesses(node, f"nodes[{i}]", limits)
    for i, check in _mappings(data, "checks"):
        yield from _entries(check, "expect", f"checks[{i}].expect", limits, setting="hops")


def _node_excesses(node: dict[str, Any], path: str, limits: Limits) -> Iterator[Problem]:
    for what in ("interfaces", "routes", "addresses"):
        yield from _entries(node, what, f"{path}.{what}", limits)
    for i, interface in _mappings(node, "interfaces"):
        yield from _entries(interface, "addresses", f"{path}.interfaces[{i}].addresses", limits)


def _mappings(data: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = data.get(key)
    if isinstance(entries, (list, tuple)):
        for i, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield i, entry


def _entries(data: dict[str, Any], key: str, path: str, limits: Limits, setting: str = "") -> Iterator[Problem]:
    setting = setting or key
    entries, limit = data.get(key), getattr(limits, setting)
    if isinstance(entries, (list, tuple)) and len(entries) > limit:
        yield _excess(path, "limit_entries", setting, limit, count=len(entries), what=setting)


def _overflow(data: object, limits: Limits) -> Problem | None:
    """Walk the data, without recursion, until its end or the first limit of size or depth."""
    size = 0
    waiting: list[tuple[object, int]] = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        size += len(value) if isinstance(value, str) else 8
        if size > limits.size:
            return _excess("", "limit_size", "size", limits.size)
        if isinstance(value, dict):
            size += sum(len(key) if isinstance(key, str) else 8 for key in value)
            waiting.extend((entry, depth + 1) for entry in value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend((entry, depth + 1) for entry in value)
        if depth > limits.depth:
            return _excess("", "limit_depth", "depth", limits.depth)
    return None


def _excess(path: str, code: str, setting: str, limit: int, **params: object) -> Problem:
    return problem(path, code, also=(), limit=limit, setting=setting, **params)

"""What the server and the worker can say has words in Chinese. The documents' own words are held to it by the front end's tests."""

from __future__ import annotations

import ast
import errno
import json
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from labs.kernel import refusals, sandbox
from labs.kernel.errors import SandboxError
from labs.network import reasons
from labs.web.api import HTTP_ERRORS

ROOMS = ("web", "worker", "kernel")
REFUSALS = {"Refusal", "Conflict", "Invalid", "OverLimit", "Unavailable", "_refused", "__init__"}


def chinese() -> dict[str, str]:
    words: dict[str, str] = json.loads((settings.BASE_DIR / "frontend/src/i18n/zh/words.json").read_text(encoding="utf-8"))
    return words


def sources() -> Iterator[ast.AST]:
    for room in ROOMS:
        for path in (Path(settings.BASE_DIR) / "labs" / room).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def texts(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def codes() -> Iterator[str]:
    """Every code of an error that is written down in the rooms: an argument, or an attribute of the error's class."""
    for node in sources():
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in REFUSALS:
                yield from list(texts(args))[:1]
            case ast.Call(func=ast.Name(id="RunError" | "RefusedError"), keywords=keywords):
                yield from texts([keyword.value for keyword in keywords if keyword.arg == "code"])
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                yield from texts([value])
    yield from (code for code, _ in HTTP_ERRORS.values())


def test_every_error_can_be_said_in_chinese() -> None:
    found = {code for code in codes() if " " not in code}
    assert {"not_running", "version_conflict", "lab-gone", "drift-gone", "internal", "signed_out", "body_too_large"} <= found
    assert found - chinese().keys() == set()


def test_every_refusal_of_the_kernel_can_be_said_in_chinese() -> None:
    named = {f"{operation.__name__}_{errno.errorcode[number]}" for operation, number in refusals._EXPLANATIONS}
    anywhere = {f"any_{errno.errorcode[number]}" for number in (*refusals._ANYWHERE, errno.EEXIST)}
    assert (named | anywhere) - chinese().keys() == set()


def test_what_to_do_about_a_failed_run_can_be_said_in_chinese() -> None:
    """Else the page, in Chinese, would end in English."""
    failures = [node for node in sources() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RunError"]
    written = [{each.arg: each.value for each in failure.keywords} for failure in failures]
    hinted = {code for each in written if isinstance(each.get("hint"), ast.Constant) for code in texts([each["code"]])}
    assert {"internal", "lab-ended"} <= hinted
    hints = {f"{code}_hint" for code in hinted | {refusals.OperationError.code, SandboxError.code}}
    remedies = {f"{SandboxError.code}_{remedy}" for remedy in sandbox.REMEDIES}
    assert (hints | remedies) - chinese().keys() == set()


def test_what_keeps_a_lab_off_the_machine_can_be_said_in_both_languages_of_the_same_things() -> None:
    words = chinese()
    assert reasons.WORDS.keys() - words.keys() == set()
    for code, english in reasons.WORDS.items():
        assert set(re.findall(r"{{(\w+)}}", words[code])) == set(re.findall(r"{(\w+)}", english)), code

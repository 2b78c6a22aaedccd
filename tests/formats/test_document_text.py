"""Documents as YAML and JSON: what is read, what is refused and where, what is written."""

from __future__ import annotations

import json
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.document.dump import dump
from labs.document.limits import DEFAULT_LIMITS, Limits
from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.formats.document_text import TextError, dump_yaml, load
from tests.strategies import documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: -1.5e3", {"a": -1500.0}),
        ("a: .5", {"a": 0.5}),
        ("a: e0\nb: -E1\nc: .\nd: +", {"a": "e0", "b": "-E1", "c": ".", "d": "+"}),
        ("a: true\nb: false\nc: null\nd: ~\ne:", {"a": True, "b": False, "c": None, "d": None, "e": None}),
        ("a: yes\nb: on", {"a": "yes", "b": "on"}),
        ("a: 12:34:56:01:02:03", {"a": "12:34:56:01:02:03"}),
        ("a: 010\nb: 0x10\nc: 1_000\nd: 2001-01-01", {"a": "010", "b": "0x10", "c": "1_000", "d": "2001-01-01"}),
        ("a: '1'\nb: \"true\"", {"a": "1", "b": "true"}),
        ("a: fd00::1/64", {"a": "fd00::1/64"}),
        ("{1: 2, true: 3}", {"1": 2, "true": 3}),
        ("- [a, {b: c}]\n- d", [["a", {"b": "c"}], "d"]),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ('{"a": [1, 2.5, null, "\\ud83d\\ude00"]}', {"a": [1, 2.5, None, "😀"]}),
        (b"\xef\xbb\xbfa: \xe8\xb7\xaf", {"a": "路"}),
        ("a: " + "9" * 5000, {"a": "9" * 5000}),
        ('{"a": ' + "9" * 5000 + "}", {"a": "9" * 5000}),
    ],
)
def test_read(text: str | bytes, value: object) -> None:
    assert load(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty; a lab begins with `topoweb: 1` and its name"),
        ("# a comment\n", "the text is empty; a lab begins with `topoweb: 1` and its name"),
        ("a: 1\na: 2", "line 2, column 1: the key 'a' is there twice in one mapping; take one out"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice in one mapping; take one out"),
        ("a: &x 1", "line 1, column 4: anchors are not taken here; write the value out where it is needed"),
        ("a: [b]\nc: *a", "line 2, column 4: aliases are not taken here; write the value out"),
        ("a: !!python/object/apply:os.system [id]", "line 1, column 4: tags such as 'tag:yaml.org,2002:python/object/apply:os.system'"),
        ("!!str a", "line 1, column 1: tags such as"),
        ("? [a]\n: b", "line 1, column 3: a key must be a word"),
        ("a: 1\n---\nb: 2", "line 2, column 1: there is a second document; a file holds one lab"),
        ("a: \0", "line 1, column 4: there is a NUL byte; take it out"),
        ("a: [1,\n2", "line 3, column 1: this is not YAML: did not find expected ',' or ']'"),
        ("a: b: c", "line 1, column 5: this is not YAML: mapping values are not allowed in this context"),
        ("\ta: 1", "line 1, column 1: this is not YAML: found character that cannot start any token"),
        ("a: \x07", "this is not YAML: unacceptable character"),
        ('{"a": NaN}', "NaN is not a number that JSON has"),
        (b"a: \xff", "the text is not UTF-8; save it in that encoding"),
        ("\ud800", "the text is not UTF-8; save it in that encoding"),
        ("[" * 17 + "]" * 17 + "\n- a: b", "line 1, column 17: the text is nested deeper than the limit of 16 levels (`depth`)"),
        ("[" * 100_000 + "]" * 100_000, "the text is nested too deeply"),
        ("- " * 100_000, "line 1, column 33: the text is nested deeper than the limit of 16 levels (`depth`)"),
    ],
)
def test_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(TextError) as caught:
        load(text)
    assert str(caught.value).startswith(message)


def test_the_place_of_an_error() -> None:
    with pytest.raises(TextError) as caught:
        load("a: 1\nb:\n  a: 2\n  a: 3\n")
    assert (caught.value.line, caught.value.column) == (4, 3)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x" * 20_000_000,
        b"[" * 20_000_000,
        BOMB,
        "{a: " * 400_000,
        "[" * 1_000_000,
        "? " * 900_000,
        '{"a":' * 300_000,
        "a: [" + "x, " * 600_000 + "]",
        "- a\n" * 450_000,
        "{" + "".join(f"k{i}: 1, " for i in range(150_000)) + "}",
    ],
    ids=["20 MB", "20 MB of brackets", "aliases", "mappings", "lists", "keys", "JSON", "long list", "many entries", "many keys"],
)
def test_bombs_end_soon(text: str | bytes) -> None:
    begun = perf_counter()
    try:
        parsed = load(text)
    except TextError:
        parsed = None
    assert perf_counter() - begun < 10  # some 1 s where the machine is idle
    assert parsed is None or len(text) <= DEFAULT_LIMITS.size


def test_limits_are_the_callers() -> None:
    with pytest.raises(TextError, match="longer than the limit of 5 characters"):
        load("a: [b]", Limits(size=5))
    with pytest.raises(TextError, match="deeper than the limit of 1 levels"):
        load("a: [b]", Limits(depth=1))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=80) | st.text("{}[]&*!|>'\"%@:,-? #\n\tab1.~<", max_size=60))
def test_any_text_is_data_or_an_error(text: str | bytes) -> None:
    try:
        load(text)
    except TextError as error:
        assert str(error)  # noqa: PT017  # either outcome is right


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(JSON.filter(lambda data: isinstance(data, (dict, list))))
def test_json_is_read_as_json(data: object) -> None:
    assert load(json.dumps(data)) == data


@settings(max_examples=100, deadline=None)
@given(documents(netem=True))
def test_a_document_survives_yaml_and_json(document: LabDocument) -> None:
    text = dump_yaml(document)
    assert parse(load(text)) == document
    assert dump_yaml(parse(load(text))) == text
    assert parse(load(json.dumps(dump(document)))) == document


TEXTS = [
    "yes",
    "null",
    "1",
    "1.5",
    "1e3",
    "a: b",
    "- a",
    "#",
    "'",
    '"',
    "\\",
    " a ",
    "a\nb",
    "a\n\nb\n",
    "\ta\n",
    "路由 😀",
    "\ufffe",
    "&a",
    "!b",
    "",
    "~",
    "[a]",
    "y",
]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_of_a_document_survives(text: str) -> None:
    document = parse({"topoweb": 1, "name": "Test", "description": text, "notes": [{"text": text}, {"text": text + "x" * 90}]})
    assert parse(load(dump_yaml(document))) == document


def test_written_as_a_person_would() -> None:
    text = """\
topoweb: 1
name: Two namespaces
description: |-
  A cable
    between them
nodes:
  - name: ns1
    kind: namespace
    interfaces:
      - {name: veth-ns1, addresses: [192.168.1.1/24, "fd00::1/64"]}
    routes:
      - {to: default, via: 192.168.1.2}
    sysctls:
      net.ipv4.ip_forward: 1
    x: 80
    y: 40.5
  - {name: ns2, kind: namespace, x: 0, y: 0}
links:
  - {ends: ["ns1:veth-ns1", "ns2:veth-ns2"], mtu: 1400}
checks:
  - {from: ns1, ping: 192.168.1.2, expect: reply}
"""
    assert dump_yaml(parse(load(text))) == text

"""Structural errors: all at once, each at its path, for whatever is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.document.dump import NODE_KEYS, dump
from labs.document.errors import DocumentError
from labs.document.limits import Limits
from labs.document.parse import NODE_KINDS, parse
from labs.document.schema import LabDocument
from labs.document.sysctls import SYSCTLS
from labs.document.wording import STRUCTURE
from tests.strategies import documents

Data = dict[str, Any]


def lab(**keys: Any) -> Data:
    return {"topoweb": 1, "name": "Test"} | keys


def node(**keys: Any) -> Data:
    return lab(nodes=[{"name": "ns1", "kind": "namespace"} | keys])


def interface(**keys: Any) -> Data:
    return node(interfaces=[{"name": "eth0"} | keys])


def route(**keys: Any) -> Data:
    return node(routes=[{"to": "default"} | keys])


def link(*ends: Any, **keys: Any) -> Data:
    return lab(links=[{"ends": list(ends)} | keys])


def errors(data: object, limits: Limits | None = None) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse(data, limits) if limits else parse(data)
    return [str(problem) for problem in caught.value.problems]


def test_an_address_out_of_range() -> None:
    data = lab(nodes=[{"name": "a", "kind": "lan"}, {"name": "b", "kind": "lan"}, {"name": "c", "kind": "host", "interfaces": [{}]}])
    data["nodes"][2]["interfaces"][0] = {"name": "eth0", "addresses": ["192.168.1.300/24"]}
    assert errors(data) == [
        "nodes[2].interfaces[0].addresses[0]: '192.168.1.300/24' is not an IPv4 or IPv6 interface address; "
        "write it with its prefix length, such as 192.168.1.2/24"
    ]


def test_all_errors_at_once() -> None:
    data = lab(
        nodes=[
            {"name": "ns 1", "kind": "namespace", "colour": "red"},
            {"name": "r", "kind": "router", "routes": [{"to": "10.0.0.1/8", "metric": -1}]},
            {"name": "x", "kind": "firewall"},
        ],
        links=[{"ends": ["ns1"]}],
        checks=[{"from": "ns1", "ping": "nobody"}],
    )
    assert [message.partition(":")[0] for message in errors(data)] == [
        "nodes[0].name",
        "nodes[0].colour",
        "nodes[1].routes[0].to",
        "nodes[1].routes[0].metric",
        "nodes[2].kind",
        "links[0].ends[1]",
        "checks[0].ping",
    ]


UNSAFE_NAMES = ["a b", "a'b", 'a"b', "$(reboot)", "`id`", "a\nb", "a/b", "a:b", "路由", "😀", "", "-rf", "a;b", "a%d", "a\0b", "é"]


@pytest.mark.parametrize("name", [*UNSAFE_NAMES, ".", "..", "n" * 64])
def test_unsafe_node_names(name: str) -> None:
    (message,) = errors(node(name=name))
    assert message.startswith("nodes[0].name: ")


@pytest.mark.parametrize("name", [*UNSAFE_NAMES, ".", "..", "lo", "all", "default", "i" * 16])
def test_unsafe_interface_names(name: str) -> None:
    (message,) = errors(interface(name=name))
    assert message.startswith("nodes[0].interfaces[0].name: ")
    (message,) = errors(lab(nodes=[{"name": name, "kind": "bridge"}]))
    assert message.startswith("nodes[0].name: ")


def test_the_longest_names() -> None:
    document = parse(
        lab(nodes=[{"name": "n" * 63, "kind": "router", "interfaces": [{"name": "i" * 15}]}, {"name": "b" * 15, "kind": "bridge"}])
    )
    assert [len(each.name) for each in document.nodes] == [63, 15]


CASES: list[tuple[str, str, object]] = [
    ("not_a_mapping", "", []),
    ("not_a_mapping", "nodes[0]", lab(nodes=[3])),
    ("not_a_mapping", "checks[0]", lab(checks=[3])),
    ("not_a_mapping", "nodes[0].sysctls", node(sysctls=[])),
    ("not_a_list", "nodes", lab(nodes={})),
    ("not_text", "name", lab(name=1)),
    ("not_a_flag", "nodes[0].interfaces[0].up", interface(up="yes")),
    ("not_an_integer", "nodes[0].interfaces[0].mtu", interface(mtu=1500.5)),
    ("not_an_integer", "nodes[0].interfaces[0].mtu", interface(mtu=True)),
    ("not_a_number", "nodes[0].x", node(x="12")),
    ("not_a_number", "nodes[0].x", node(x=float("nan"))),
    ("not_a_number", "nodes[0].x", node(x=10**400)),
    ("missing", "nodes[0].interfaces[0].name", node(interfaces=[{}])),
    ("unknown_key", "nodes[0].colour", node(colour="red")),
    ("unknown_key", "nodes[0].in_", lab(nodes=[{"name": "b", "kind": "bridge", "in_": "ns1"}])),
    ("unknown_key", "[3]", lab() | {3: 4}),
    ("unknown_key", "['a b']", lab() | {"a b": 4}),
    ("sysctl_unknown", "nodes[0].sysctls['kernel.panic']", node(sysctls={"kernel.panic": 1})),
    ("unknown_choice", "nodes[0].routes[0].type", route(type="throw")),
    ("version_unknown", "topoweb", lab(topoweb=2)),
    ("version_unknown", "topoweb", lab(topoweb=2**63)),
    ("version_unknown", "topoweb", lab(topoweb=True)),
    ("version_unknown", "topoweb", lab(topoweb=1.0)),
    ("kind_unknown", "nodes[0].kind", node(kind="firewall")),
    ("kind_missing", "nodes[0].kind", lab(nodes=[{"name": "a"}])),
    ("check_unknown", "checks[0]", lab(checks=[{"from": "a"}])),
    ("ends_two", "links[0].ends[1]", link("a")),
    ("ends_two", "links[0].ends", link("a", "b", "c")),
    ("ends_two", "links[0].ends", lab(links=[{}])),
    ("too_small", "nodes[0].interfaces[0].mtu", interface(mtu=67)),
    ("too_small", "nodes[0].sysctls['net.ipv4.ip_default_ttl']", node(sysctls={"net.ipv4.ip_default_ttl": 0})),
    ("too_large", "nodes[0].interfaces[0].mtu", interface(mtu=65536)),
    ("too_large", "nodes[0].routes[0].metric", route(metric=2**32)),
    ("too_large", "nodes[0].x", node(x=2e6)),
    ("too_large", "links[0].loss", link("a", "b", loss=101)),
    ("too_large", "nodes[0].sysctls['net.ipv4.ip_forward']", node(sysctls={"net.ipv4.ip_forward": 2})),
    ("too_long", "name", lab(name="n" * 201)),
    ("empty", "name", lab(name="")),
    ("text_control", "name", lab(name="two\nlines")),
    ("text_control", "nodes[0].label", node(label="\x1b[31m")),
    ("text_control", "nodes[0].note", node(note="NUL \0")),
    ("text_control", "description", lab(description="half a pair \ud800")),
    ("name_unsafe", "links[0].ends[0]", link("a:b:c", "b")),
    ("name_too_long", "links[0].ends[1]", link("a", f"b:{'i' * 16}")),
    ("name_reserved", "links[0].ends[1]", link("a", "b:lo")),
    ("name_reserved", "nodes[0].host", node(host="..")),
    ("not_an_interface_address", "nodes[0].interfaces[0].addresses[0]", interface(addresses=["10.0.0.1/33"])),
    ("not_an_interface_address", "nodes[0].interfaces[0].addresses[0]", interface(addresses=["10.0.0.1/255.0.0.0"])),
    ("not_an_interface_address", "nodes[0].interfaces[0].addresses[0]", interface(addresses=["010.0.0.1/8"])),
    ("not_an_interface_address", "nodes[0].interfaces[0].addresses[0]", interface(addresses=["fe80::1%eth0/64"])),
    ("not_an_interface_address", "nodes[0].interfaces[0].addresses[0]", interface(addresses=[167772161])),
    ("not_an_address", "nodes[0].routes[0].via", route(via="10.0.0.1/24")),
    ("not_a_prefix", "nodes[0].routes[0].to", route(to="everywhere")),
    ("not_a_prefix", "nodes[0].routes[0].to", route(to=["10.0.0.0/8"])),
    ("prefix_host_bits", "nodes[0].routes[0].to", route(to="10.0.0.1/8")),
    ("not_a_mac", "nodes[0].interfaces[0].mac", interface(mac="02:00:00:00:00")),
    ("mac_not_unicast", "nodes[0].interfaces[0].mac", interface(mac="01:00:5e:00:00:01")),
    ("mac_not_unicast", "nodes[0].interfaces[0].mac", interface(mac="00:00:00:00:00:00")),
]


@pytest.mark.parametrize(("code", "path", "data"), CASES, ids=[f"{code}-{i}" for i, (code, _, _) in enumerate(CASES)])
def test_one_error_at_its_path(code: str, path: str, data: object) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [(code, path)]


def test_every_error_has_a_case() -> None:
    untested = STRUCTURE.keys() - {code for code, _, _ in CASES}
    assert untested == {"invalid", "limit_entries", "limit_size", "limit_depth"}  # the limits below; `invalid` is what pydantic may add


def test_unknown_keys_name_the_known() -> None:
    (message,) = errors(route(gateway="10.0.0.1"))
    assert message == "nodes[0].routes[0].gateway: there is no such key; the keys here are to, via, dev, metric, type"
    (message,) = errors(node(sysctls={"kernel.panic": 1}))
    assert all(name in message for name in SYSCTLS)


# Limits


def test_limits_are_named() -> None:
    limits = Limits(nodes=1, links=0, interfaces=1, addresses=1, routes=0, checks=1, notes=0, hops=1)
    many = {"name": "a", "kind": "host", "interfaces": [{"name": "a"}, {"name": "b", "addresses": ["10.0.0.1/8"] * 2}], "routes": [{}]}
    data = lab(nodes=[many, {}], links=[{}], notes=[{}], checks=[{"from": "a", "trace": "10.0.0.1", "expect": ["*", "*"]}])
    assert errors(data, limits) == [
        "nodes: there are 2 nodes, and the limit is 1 (`nodes`)",
        "links: there are 1 links, and the limit is 0 (`links`)",
        "notes: there are 1 notes, and the limit is 0 (`notes`)",
        "nodes[0].interfaces: there are 2 interfaces, and the limit is 1 (`interfaces`)",
        "nodes[0].routes: there are 1 routes, and the limit is 0 (`routes`)",
        "nodes[0].interfaces[1].addresses: there are 2 addresses, and the limit is 1 (`addresses`)",
        "checks[0].expect: there are 2 hops, and the limit is 1 (`hops`)",
    ]


def test_size_and_depth_are_limited() -> None:
    assert errors(lab(description="x" * 1000), Limits(size=900)) == ["the document is larger than the limit of 900 characters (`size`)"]
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert errors(lab(nodes=deep)) == ["the document is nested deeper than the limit of 16 levels (`depth`)"]


# Properties

KEYS = st.sampled_from([*LabDocument.model_fields, *NODE_KEYS, *SYSCTLS, "from", "ends", "ping", "trace", "to", "via", "dev", "text", "_"])
VALUES = st.sampled_from([1, "ns1", "namespace", "host1", "192.168.1.1/24", "192.168.1.1", "default", "ns1:veth-ns1", True, "reply"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)


def read(data: object) -> LabDocument | None:
    """The document, or None where there are errors, all of them in words of our own."""
    try:
        return parse(data)
    except DocumentError as error:
        problems = error.problems
    assert problems
    assert all(problem.code != "invalid" for problem in problems), problems
    return None


@settings(max_examples=120, deadline=None)
@given(JSON)
def test_whatever_is_given_is_a_document_or_an_error(data: object) -> None:
    for each in (data, lab(nodes=data), lab(links=data, checks=[data]), lab(nodes=[data], notes=[data])):
        read(each)


@settings(max_examples=120, deadline=None)
@given(documents(netem=True), st.data())
def test_a_document_with_one_wrong_value_is_an_error_or_another_document(document: LabDocument, data: st.DataObject) -> None:
    mangled = dump(document)
    place: Any = mangled
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.integers(0, 5)) == 0:
            place[key] = data.draw(JSON)
            break
        place = inner
    again = read(mangled)
    assert again is None or parse(dump(again)) == again


@settings(max_examples=100, deadline=None)
@given(documents(netem=True))
def test_dumping_and_parsing_gives_the_document_back(document: LabDocument) -> None:
    data = dump(document)
    assert parse(data) == document
    assert dump(parse(data)) == data


def test_every_key_of_a_node_has_its_place_when_dumped() -> None:
    assert {field.alias or name for kind in NODE_KINDS.values() for name, field in kind.model_fields.items()} == set(NODE_KEYS)

"""Networks drawn: what they are stays what the drawing means, and the drawing stays what it was where it means that already."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from labs.document.dump import dump
from labs.document.naming import complete
from labs.document.parse import parse
from labs.document.problems import find_problems
from labs.document.schema import LabDocument, Machine
from labs.network.compile import compile
from labs.network.draw import draw, not_drawable
from labs.network.state import EMPTY, Bridge, Card, Host, Interface, Link, Namespace, Netns, NetworkState, Veth
from tests.network.build import HOST, interface, namespace, network, route, said, with_addresses
from tests.network.strategies import Attributes, Box, Cable, Sketch, build, mutations, sketches, states
from tests.strategies import documents

laws = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

BLANK = parse({"topoweb": 1, "name": "Test"})


@laws
@given(documents(netem=True))
def test_what_means_the_same_stays_as_it_is(document: LabDocument) -> None:
    assert draw(compile(document), onto=document) == complete(document)


@laws
@given(documents(netem=True), documents(netem=True))
def test_any_drawn_network_can_be_drawn_onto_any_document(one: LabDocument, other: LabDocument) -> None:
    state = compile(one)
    assume(not forwards_for_what_is_asleep(state))
    drawn = draw(state, onto=other)
    assert said(not_drawable(state, drawn)) == []
    assert compile(drawn) == state
    assert parse(dump(drawn)) == drawn == complete(drawn)
    assert find_problems(drawn) == []


def forwards_for_what_is_asleep(state: NetworkState) -> bool:
    """Whether the host that is not drawn forwards for the sake of addresses that its bridges would have if they were up."""
    host = state.namespace(HOST)
    return host is not None and bool(host.sysctls) and not any(link.addresses for link in host.links.values())


@laws
@given(st.data())
def test_what_was_changed_by_hand_can_be_drawn(data: st.DataObject) -> None:
    sketch = data.draw(sketches)
    before = drawable(sketch)
    after = drawable(data.draw(mutations(sketch)))
    drawn = draw(before, onto=BLANK)
    assert said(not_drawable(before, drawn)) == []
    drawn = draw(after, onto=drawn)
    assert said(not_drawable(after, drawn)) == []
    assert compile(drawn) == after


@laws
@given(states(), documents())
def test_what_no_document_can_hold_is_left_out_and_said(state: NetworkState, document: LabDocument) -> None:
    drawn = draw(state, onto=document)
    assert parse(dump(drawn)) == drawn
    assert (not_drawable(state, drawn) == ()) == (compile(drawn) == state)


# What stays, and what comes

TWO_NAMESPACES = """
nodes:
  - {name: ns1, kind: namespace, label: One, x: 8, y: 16, note: first,
     interfaces: [{name: veth-ns1, addresses: [10.0.0.1/24, "fd00::1/64"]}],
     routes: [{to: default, via: 10.0.0.2}, {to: "fd01::/48", via: "fd00::2"}]}
  - {name: ns2, kind: router, x: 300, y: 16, interfaces: [{name: veth-ns2, addresses: [10.0.0.2/24, "fd00::2/64"]}]}
links:
  - {ends: ["ns1:veth-ns1", "ns2:veth-ns2"], mtu: 1400}
checks:
  - {from: ns1, ping: 10.0.0.2}
"""


def document(text: str = TWO_NAMESPACES) -> LabDocument:
    return complete(parse({"topoweb": 1, "name": "Test"} | yaml.safe_load(text)))


def machine(document: LabDocument, i: int) -> Machine:
    node = document.nodes[i]
    assert isinstance(node, Machine)
    return node


def test_what_a_link_would_carry_stays_while_it_is_down() -> None:
    before = document()
    state = compile(before)
    ns1 = state.hosts[""].namespaces["ns1"]
    down = ns1.links["veth-ns1"]._replace(up=False, addresses=with_addresses(Link(Bridge()), "10.0.0.1/24").addresses)
    after = draw(network(ns1=Namespace({"veth-ns1": down}), ns2=state.hosts[""].namespaces["ns2"]), onto=before)
    [drawn] = machine(after, 0).interfaces
    assert not drawn.up
    assert drawn == machine(before, 0).interfaces[0].model_copy(update={"up": False})
    assert machine(after, 0).routes == machine(before, 0).routes


@pytest.mark.parametrize("new_owner", ["ns1:other", "ns2:veth-ns2"], ids=["in the same namespace", "on the same segment"])
def test_what_a_link_would_carry_goes_to_whoever_has_it_now(new_owner: str) -> None:
    before = document()
    namespaces = compile(before).hosts[""].namespaces
    links = {f"{name}:{link}": each for name in ("ns1", "ns2") for link, each in namespaces[name].links.items()}
    links["ns1:veth-ns1"] = links["ns1:veth-ns1"]._replace(up=False, addresses=frozenset())
    links["ns1:other"] = Link(Bridge(), up=True)
    links[new_owner] = with_addresses(links[new_owner], "fd00::1/64")
    ns1 = Namespace({"veth-ns1": links["ns1:veth-ns1"], "other": links["ns1:other"]})
    after = draw(network(ns1=ns1, ns2=replace(namespaces["ns2"], links={"veth-ns2": links["ns2:veth-ns2"]})), onto=before)
    assert machine(after, 0).interfaces[0].addresses == ()
    assert find_problems(after) == []


def test_what_a_bridge_would_carry_goes_where_it_has_no_mac_for_it() -> None:
    before = document("nodes: [{name: br0, kind: bridge, addresses: ['fd00::1/64']}]")
    state = network(host=Namespace({"br0": Link(Bridge())}))
    after = draw(state, onto=before)
    assert not_drawable(state, after) == ()
    assert after == document("nodes: [{name: br0, kind: bridge, up: false}]")


def test_what_an_up_link_does_not_carry_goes() -> None:
    before = document()
    ns1 = replace(compile(before).hosts[""].namespaces["ns1"], routes=frozenset())
    after = draw(network(ns1=ns1, ns2=compile(before).hosts[""].namespaces["ns2"]), onto=before)
    assert machine(after, 0).routes == ()
    assert machine(after, 0).interfaces == machine(before, 0).interfaces


def test_a_check_from_a_node_that_is_gone_goes_with_it() -> None:
    before = document()
    after = draw(network(ns2=Namespace(sysctls=compile(before).hosts[""].namespaces["ns2"].sysctls)), onto=before)
    assert [node.name for node in after.nodes] == ["ns2"]
    assert (after.links, after.checks) == ((), ())


def test_a_port_that_moves_keeps_its_link() -> None:
    before = document("""
nodes:
  - {name: ns1, kind: namespace}
  - {name: br0, kind: bridge}
  - {name: br1, kind: bridge}
links:
  - {ends: [br0, ns1], mtu: 1400}
""")
    link = before.links[0]
    state = compile(before)
    port = Interface(HOST, "veth-ns1-br")
    default = state.hosts[""].namespaces[""]
    moved = replace(default, links={**default.links, port.name: default.links[port.name]._replace(master="br1")})
    moved = replace(
        moved, links={name: each._replace(mtu={"br0": 1500, "br1": 1400}.get(name, each.mtu)) for name, each in moved.links.items()}
    )
    after = draw(network(host=moved, ns1=state.hosts[""].namespaces["ns1"]), onto=before)
    assert after.links == (link.model_copy(update={"ends": ("br1:veth-ns1-br", "ns1:veth-ns1")}),)


def test_a_port_that_is_down_takes_its_link_down() -> None:
    before = document("""
nodes: [{name: ns1, kind: namespace}, {name: br0, kind: bridge}]
links: [{ends: [br0, ns1]}]
""")
    end, port = interface("ns1:veth-ns1"), interface("host:veth-ns1-br")
    down = namespace(br0=Link(Bridge(), up=True), veth_ns1_br=Link(Veth(end), master="br0"))
    after = draw(network(host=down, ns1=namespace(veth_ns1=Link(Veth(port)))), onto=before)
    assert after.links == (before.links[0].model_copy(update={"up": False}),)
    assert after.nodes == before.nodes


def test_a_namespace_that_was_set_to_forward_stays_a_namespace_and_a_new_one_is_a_router() -> None:
    forwarding = Namespace(sysctls={"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1})
    before = document("nodes: [{name: ns1, kind: namespace}]")
    after = draw(network(ns1=forwarding, ns2=forwarding), onto=before)
    assert [(node.name, node.kind) for node in after.nodes] == [("ns1", "namespace"), ("ns2", "router")]


def test_what_is_new_stands_beside_what_is_there() -> None:
    before = document()
    state = compile(before)
    a, b = interface("ns2:x"), interface("ns3:y")
    found = state.hosts[""].namespaces
    ns2 = replace(found["ns2"], links={**found["ns2"].links, "x": Link(Veth(b), up=True, mtu=9000)})
    after = draw(network(ns1=found["ns1"], ns2=ns2, ns3=namespace(y=Link(Veth(a), up=True, mtu=9000))), onto=before)
    new = after.nodes[2]
    assert (new.name, new.kind) == ("ns3", "namespace")
    assert None not in (new.x, new.y)
    assert after.nodes[0] == before.nodes[0]
    assert dump(after)["links"] == [*dump(before)["links"], {"ends": ["ns2:x", "ns3:y"], "mtu": 9000}]


@pytest.mark.parametrize(
    ("state", "left_out"),
    [
        (network(**{"a b": Namespace()}), "Add namespace a b"),
        (network(host=namespace(br0=Link(Bridge())), ns1=namespace(br0=Link(Bridge()))), "Add bridge br0 in ns1"),
        (network(host=namespace(eth0=Link(Card()))), "Add card eth0"),
        (network(ns1=namespace(), host=Namespace(routes=frozenset({route("10.0.0.0/8", type="blackhole")}))), "Add route"),
    ],
)
def test_what_has_no_place_in_a_drawing_is_said(state: NetworkState, left_out: str) -> None:
    drawn = draw(state, onto=BLANK)
    assert [words for words in said(not_drawable(state, drawn)) if words.startswith(left_out)]


# Networks that a document can hold


def drawable(sketch: Sketch) -> NetworkState:
    """What of a sketch a document can say: on a drawn host, one bridge of a name in a host, nothing of a port but what its link says.

    A document that says nothing means a host to type in."""
    bridges = {box.interface for box in sketch.bridges}
    cables = tuple(_drawable_cable(cable, bridges) for cable in sketch.cables)
    boxes = tuple(_drawable_box(box) for box in sketch.bridges)
    state = _on_host1(build(replace(sketch, cables=cables, bridges=boxes)))
    return compile(BLANK) if state == EMPTY else state


def _named(bridge: Interface) -> Interface:
    return bridge._replace(name=f"{bridge.name}{bridge.netns.name}")


def _drawable_box(box: Box) -> Box:
    mac = box.attributes.mac or ("02:00:00:00:00:02" if box.attributes.addresses else None)
    return replace(box, interface=_named(box.interface), attributes=replace(box.attributes, mac=mac, netem=None))


def _drawable_cable(cable: Cable, bridges: set[Interface]) -> Cable:
    a, b = cable.a, cable.b
    if not isinstance(b, Interface):
        netem = cable.of_a.netem if b else None
        return replace(cable, of_a=replace(cable.of_a, master=None, netem=netem), of_b=replace(cable.of_b, netem=netem))
    of_a, a_is_port = _drawable_end(a, cable.of_a, bridges)
    of_b, b_is_port = _drawable_end(b, replace(cable.of_b, netem=of_a.netem), bridges)
    if a_is_port and b_is_port:
        of_b = replace(of_b, up=of_a.up, mtu=of_a.mtu)
    elif a_is_port:
        of_b = replace(of_b, up=of_a.up and of_b.up)
    elif b_is_port:
        of_a = replace(of_a, up=of_a.up and of_b.up)
    return replace(cable, of_a=of_a, of_b=of_b)


def _drawable_end(end: Interface, given: Attributes, bridges: set[Interface]) -> tuple[Attributes, bool]:
    bridge = Interface(end.netns, given.master or "")
    if bridge not in bridges or end.name == _named(bridge).name:
        return replace(given, master=None), False
    return replace(given, master=_named(bridge).name, mac=None, addresses=frozenset()), True


def _on_host1(state: NetworkState) -> NetworkState:
    """The hosts host1 and "" as host1 and host2, which are drawn."""
    names = {"": "host2", "host1": "host1"}

    def renamed(link: Link) -> Link:
        if not isinstance(link.kind, Veth):
            return link
        (host, netns), name = link.kind.peer
        return link._replace(kind=Veth(Interface(Netns(names[host], netns), name)))

    def moved(namespace: Namespace) -> Namespace:
        ports = {name for name, link in namespace.links.items() if link.master}
        routes = frozenset(route for route in namespace.routes if route.dev not in ports)
        return replace(namespace, links={name: renamed(link) for name, link in namespace.links.items()}, routes=routes)

    hosts = {names[name]: Host({each: moved(found) for each, found in host.namespaces.items()}) for name, host in state.hosts.items()}
    return NetworkState(hosts, state.lans if hosts else frozenset())

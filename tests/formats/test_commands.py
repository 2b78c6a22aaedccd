"""Operations as commands."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from labs.formats import brctl, iproute2
from labs.formats.batch import batched
from labs.formats.commands import ip
from labs.formats.surroundings import Surroundings, surroundings
from labs.network import operations as ops
from labs.network.state import Interface, Netem, Netns, Route

HOST = Netns("", "")
NS1 = Netns("", "ns1")
NS2 = Netns("", "ns2")
BR0 = Interface(HOST, "br0")
PORT = Interface(HOST, "veth-ns1-br")
END = Interface(NS1, "veth-ns1")
NETWORK = Route(ip_network("10.9.0.0/16"), ip_address("10.0.0.1"), "veth-ns1", dev_given=False)


ALONE = Surroundings()


def said(op: ops.Operation, around: Surroundings = ALONE) -> list[str]:
    return [str(command) for command in iproute2.commands(op, around)]


def said_by_brctl(op: ops.Operation) -> list[str]:
    return [str(command) for command in brctl.commands(op, ALONE)]


OPERATIONS = [kind for name in ops.__all__ if name.startswith(("Add", "Remove", "Set")) for kind in [getattr(ops, name)]]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_every_operation_can_be_said(operation: type[ops.Operation]) -> None:
    assert iproute2.commands.dispatch(operation) is not iproute2.commands.dispatch(ops.Operation)


def test_an_operation_that_nobody_taught_is_an_error() -> None:
    with pytest.raises(TypeError, match="no iproute2 command for Operation"):
        said(ops.Operation())


@pytest.mark.parametrize(
    ("operation", "commands"),
    [
        (ops.RemoveNamespace(NS1), ["ip netns del ns1"]),
        (ops.RemoveVeth(END, PORT), ["ip link del veth-ns1-br"]),
        (ops.RemoveVeth(END, Interface(NS2, "x")), ["ip -n ns1 link del veth-ns1"]),
        (ops.AddBridge(Interface(NS1, "br0")), ["ip -n ns1 link add br0 type bridge"]),
        (ops.SetMaster(PORT, None, "br0"), ["ip link set veth-ns1-br nomaster"]),
        (ops.SetMtu(END, 1400, 1500), ["ip -n ns1 link set veth-ns1 mtu 1400"]),
        (ops.SetMac(END, "02:00:00:00:00:01"), ["ip -n ns1 link set veth-ns1 address 02:00:00:00:00:01"]),
        (ops.SetMac(END, None, "02:00:00:00:00:01"), []),
        (ops.SetStp(BR0, stp=True), ["ip link set br0 type bridge stp_state 1"]),
        (
            ops.SetNetem(END, Netem(delay=20, jitter=5.5, loss=1)),
            ["tc -n ns1 qdisc replace dev veth-ns1 root netem delay 20ms 5.5ms loss 1%"],
        ),
        (
            ops.SetNetem(END, Netem(delay=20), Netem(rate=8000)),
            ["tc -n ns1 qdisc replace dev veth-ns1 root netem delay 20ms rate 0bit"],
        ),
        (ops.SetNetem(END, None, Netem(rate=8000)), ["tc -n ns1 qdisc del dev veth-ns1 root"]),
        (ops.SetSysctl(NS1, "net.ipv4.ip_forward", 1, 0), ["ip netns exec ns1 sysctl -qw net.ipv4.ip_forward=1"]),
        (ops.RemoveAddress(END, ip_interface("fd00::1/64")), ["ip -n ns1 addr del fd00::1/64 dev veth-ns1"]),
        (ops.SetDown(END), ["ip -n ns1 link set veth-ns1 down"]),
        (ops.ReplaceRoute(NS1, NETWORK, NETWORK), ["ip -n ns1 route replace 10.9.0.0/16 via 10.0.0.1"]),
        (ops.RemoveRoute(NS1, NETWORK), ["ip -n ns1 route del 10.9.0.0/16 via 10.0.0.1"]),
        (
            ops.RemoveRoute(NS1, Route(ip_network("fd20::/48"), metric=1024, type="prohibit")),
            ["ip -n ns1 route del prohibit fd20::/48 metric 1024"],
        ),
    ],
)
def test_iproute2(operation: ops.Operation, commands: list[str]) -> None:
    assert said(operation) == commands


@pytest.mark.parametrize(
    ("operation", "commands"),
    [
        (ops.AddBridge(BR0, "02:00:00:00:00:01"), ["brctl addbr br0", "ip link set br0 address 02:00:00:00:00:01"]),
        (ops.AddBridge(Interface(NS1, "br0")), ["ip netns exec ns1 brctl addbr br0"]),
        (ops.SetMaster(PORT, "br0"), ["brctl addif br0 veth-ns1-br"]),
        (ops.SetMaster(PORT, None, "br0"), ["brctl delif br0 veth-ns1-br"]),
        (ops.SetMaster(PORT, "br1", "br0"), ["brctl delif br0 veth-ns1-br", "brctl addif br1 veth-ns1-br"]),
        (ops.SetStp(BR0, stp=False), ["brctl stp br0 off"]),
        (ops.RemoveBridge(BR0), ["ip link set br0 down", "brctl delbr br0"]),
        (ops.SetUp(BR0), ["ip link set br0 up"]),
    ],
)
def test_brctl(operation: ops.Operation, commands: list[str]) -> None:
    assert said_by_brctl(operation) == commands


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route(ip_network("0.0.0.0/0"), ip_address("10.0.0.1"), "e", dev_given=False), "default via 10.0.0.1"),
        (Route(ip_network("10.9.0.0/16"), ip_address("10.0.0.1"), "e"), "10.9.0.0/16 via 10.0.0.1 dev e"),
        (Route(ip_network("10.9.0.0/16"), None, "e", 7), "10.9.0.0/16 dev e metric 7"),
        (Route(ip_network("::/0"), ip_address("fd00::1"), "e", 1024, dev_given=False), "default via fd00::1"),
        (Route(ip_network("::/0"), ip_address("fe80::1"), "e", 1024), "default via fe80::1 dev e"),
        (Route(ip_network("::/0"), None, "e", 5), "::/0 dev e metric 5"),
        (Route(ip_network("10.9.0.0/16"), type="blackhole"), "blackhole 10.9.0.0/16"),
        (Route(ip_network("::/0"), metric=1024, type="prohibit"), "prohibit ::/0"),
    ],
)
def test_routes(route: Route, words: str) -> None:
    assert said(ops.AddRoute(NS1, route)) == [f"ip -n ns1 route add {words}"]


@pytest.mark.parametrize("name", ["up", "br", "type", "m", "h"])
def test_a_name_that_ip_link_would_misread_is_said_with_dev(name: str) -> None:
    assert said(ops.SetUp(Interface(HOST, name))) == [f"ip link set dev {name} up"]


def test_names_made_by_hand_are_quoted() -> None:
    assert said(ops.SetUp(Interface(Netns("", "$(reboot)"), "a;b"))) == ["ip -n '$(reboot)' link set 'a;b' up"]
    assert said_by_brctl(ops.AddBridge(Interface(HOST, "-x"))) == ["brctl -- addbr -x"]


# Veth pairs pass through the default namespace, as the article makes them, unless their names may be taken there.


def test_a_veth_pair_is_made_and_moved() -> None:
    pair = ops.AddVeth(END, PORT)
    assert said(pair, surroundings([pair])) == ["ip link add veth-ns1 type veth peer name veth-ns1-br", "ip link set veth-ns1 netns ns1"]


def test_a_name_that_is_there_twice_is_made_in_place() -> None:
    pair = ops.AddVeth(Interface(NS1, "v0"), Interface(NS2, "v0"))
    assert said(pair, surroundings([pair])) == ["ip link add v0 netns ns1 type veth peer name v0 netns ns2"]
    other = ops.AddVeth(Interface(NS1, "br0"), PORT)
    assert said(other, surroundings([ops.AddBridge(BR0), other])) == ["ip link add br0 netns ns1 type veth peer name veth-ns1-br"]


@pytest.mark.parametrize("name", ["eth0", "enp0s3", "wlan0", "docker0"])
def test_a_name_like_a_real_card_s_is_made_in_place(name: str) -> None:
    pair = ops.AddVeth(Interface(NS1, name), PORT)
    assert said(pair, surroundings([pair])) == [f"ip link add {name} netns ns1 type veth peer name veth-ns1-br"]


def test_the_same_name_on_another_host_is_no_clash() -> None:
    pairs = [
        ops.AddVeth(Interface(Netns(host, "ns1"), "veth-ns1"), Interface(Netns(host, ""), "veth-ns1-br")) for host in ("host1", "host2")
    ]
    assert surroundings(pairs).in_place == frozenset()


# Batches


def test_neighbours_in_one_namespace_share_a_batch() -> None:
    commands = [ip("netns", "add", "ns1"), ip("link", "add", "br0", "type", "bridge"), ip("link", "set", "lo", "up", netns="ns1")]
    assert batched(commands) == [
        "ip -batch - <<'EOF'",
        "netns add ns1",
        "link add br0 type bridge",
        "EOF",
        "ip -n ns1 link set lo up",
    ]


def test_what_a_batch_could_not_quote_stays_outside() -> None:
    commands = [ip("link", "set", "a;b", "up"), ip("link", "set", "c", "up")]
    assert batched(commands) == ["ip link set 'a;b' up", "ip link set c up"]

"""The scripts of the article's experiments are the article's own commands, in the order of the plan."""

from labs.formats.script import Format, script
from labs.network.compile import compile
from tests.formats import experiments


def commands(text: str, *, host: str = "", format: Format = "iproute2", teardown: bool = False) -> list[str]:
    """The lines of a script below its head, without comments."""
    document = experiments.document(text)
    lines = script(document, compile(document), host=host, format=format, teardown=teardown).splitlines()
    return [line for line in lines[lines.index("set -euo pipefail") + 1 :] if line and not line.startswith("#")]


def test_a_veth_pair_between_two_namespaces() -> None:
    assert commands(experiments.VETH_PAIR) == [
        "ip netns add ns1",
        "ip -n ns1 link set lo up",
        "ip netns add ns2",
        "ip -n ns2 link set lo up",
        "ip link add veth-ns1 type veth peer name veth-ns2",
        "ip link set veth-ns1 netns ns1",
        "ip link set veth-ns2 netns ns2",
        "ip -n ns1 addr add 192.168.1.1/24 dev veth-ns1",
        "ip -n ns2 addr add 192.168.1.2/24 dev veth-ns2",
        "ip -n ns1 link set veth-ns1 up",
        "ip -n ns2 link set veth-ns2 up",
    ]
    assert commands(experiments.VETH_PAIR, teardown=True) == ["ip -n ns1 link del veth-ns1", "ip netns del ns2", "ip netns del ns1"]


def test_a_bridge_as_brctl_makes_it() -> None:
    made = commands(experiments.BRIDGE, format="brctl")
    assert made[6:16] == [
        "brctl addbr virtual-bridge",
        "ip link add veth-ns1 type veth peer name veth-ns1-br",
        "ip link set veth-ns1 netns ns1",
        "brctl addif virtual-bridge veth-ns1-br",
        "ip link add veth-ns2 type veth peer name veth-ns2-br",
        "ip link set veth-ns2 netns ns2",
        "brctl addif virtual-bridge veth-ns2-br",
        "ip link add veth-ns3 type veth peer name veth-ns3-br",
        "ip link set veth-ns3 netns ns3",
        "brctl addif virtual-bridge veth-ns3-br",
    ]
    assert commands(experiments.BRIDGE, format="brctl", teardown=True) == [
        "ip link del veth-ns3-br",
        "ip link del veth-ns2-br",
        "ip link del veth-ns1-br",
        "ip link set virtual-bridge down",
        "brctl delbr virtual-bridge",
        "ip netns del ns3",
        "ip netns del ns2",
        "ip netns del ns1",
    ]


def test_a_bridge_as_iproute2_makes_it() -> None:
    made = commands(experiments.BRIDGE)
    assert "ip link add virtual-bridge type bridge" in made
    assert "ip link set veth-ns1-br master virtual-bridge" in made


def test_a_router_forwards_and_its_neighbours_have_routes() -> None:
    made = commands(experiments.ROUTER)
    assert made[6:] == [
        "ip link add veth-ns1 type veth peer name veth-ns1-router",
        "ip link set veth-ns1 netns ns1",
        "ip link set veth-ns1-router netns ns-router",
        "ip link add veth-ns2 type veth peer name veth-ns2-router",
        "ip link set veth-ns2 netns ns2",
        "ip link set veth-ns2-router netns ns-router",
        "ip netns exec ns-router sysctl -qw net.ipv4.ip_forward=1",
        "ip netns exec ns-router sysctl -qw net.ipv6.conf.all.forwarding=1",
        "ip -n ns1 addr add 192.168.1.2/24 dev veth-ns1",
        "ip -n ns2 addr add 192.168.2.2/24 dev veth-ns2",
        "ip -n ns-router addr add 192.168.1.1/24 dev veth-ns1-router",
        "ip -n ns-router addr add 192.168.2.1/24 dev veth-ns2-router",
        "ip -n ns1 link set veth-ns1 up",
        "ip -n ns2 link set veth-ns2 up",
        "ip -n ns-router link set veth-ns1-router up",
        "ip -n ns-router link set veth-ns2-router up",
        "ip -n ns1 route add 192.168.2.0/24 via 192.168.1.1",
        "ip -n ns2 route add 192.168.1.0/24 via 192.168.2.1",
    ]


def test_a_host_of_two() -> None:
    look, *made = commands(experiments.TWO_HOSTS, host="host1")
    assert look.startswith("ip link show dev enp0s3 >/dev/null 2>&1 || { echo 'host1 has no network card enp0s3")
    mac = made[2].split()[5]
    assert made == [
        "ip netns add ns1",
        "ip -n ns1 link set lo up",
        f"ip link add br0 address {mac} type bridge",
        "ip link add veth-ns1 type veth peer name veth-ns1-br",
        "ip link set veth-ns1 netns ns1",
        "ip link set veth-ns1-br master br0",
        "sysctl -qw net.ipv4.ip_forward=1",
        "sysctl -qw net.ipv6.conf.all.forwarding=1",
        "ip addr add 192.168.1.1/24 dev br0",
        "ip addr replace 10.0.2.15/24 dev enp0s3",
        "ip -n ns1 addr add 192.168.1.2/24 dev veth-ns1",
        "ip link set br0 up",
        "ip link set enp0s3 up",
        "ip link set veth-ns1-br up",
        "ip -n ns1 link set veth-ns1 up",
        "ip route add 192.168.2.0/24 via 10.0.2.16",
        "ip -n ns1 route add default via 192.168.1.1",
    ]
    assert commands(experiments.TWO_HOSTS, host="host1", teardown=True) == [
        "ip route del 192.168.2.0/24 via 10.0.2.16",
        "ip link del veth-ns1-br",
        "ip link del br0",
        "ip netns del ns1",
    ]


def test_a_host_of_two_by_the_batch() -> None:
    made = commands(experiments.TWO_HOSTS, host="host1", format="batch")[1:]
    mac = made[4].split()[4]
    assert made == [
        "sysctl -qw net.ipv4.ip_forward=1",
        "sysctl -qw net.ipv6.conf.all.forwarding=1",
        "ip -batch - <<'EOF'",
        "netns add ns1",
        f"link add br0 address {mac} type bridge",
        "link add veth-ns1 netns ns1 type veth peer name veth-ns1-br",
        "link set veth-ns1-br master br0",
        "addr add 192.168.1.1/24 dev br0",
        "addr replace 10.0.2.15/24 dev enp0s3",
        "link set br0 up",
        "link set enp0s3 up",
        "link set veth-ns1-br up",
        "route add 192.168.2.0/24 via 10.0.2.16",
        "EOF",
        "ip -n ns1 -batch - <<'EOF'",
        "link set lo up",
        "addr add 192.168.1.2/24 dev veth-ns1",
        "link set veth-ns1 up",
        "route add default via 192.168.1.1",
        "EOF",
    ]

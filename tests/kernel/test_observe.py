"""The kernel read back: what `ip` made by hand, and the same bytes as pyroute2 reads them."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface
from typing import Any

import pytest
from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from labs.document.sysctls import SYSCTLS
from labs.kernel import dumps, nsids, rtnl
from labs.kernel.batch import dump
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.netns import LANS
from labs.kernel.observe import observe
from labs.network.operations import AddCard, AddHost, AddLan, AddNamespace, AddVeth, SetSysctl
from labs.network.state import Bridge, Card, Interface, Link, Netem, Netns, NetworkState, Route, Veth
from tests.kernel.networks import HOST, MAC, NS1, NS2, ROUTED, built


async def shell(lab: Lab, netns: Netns, script: str) -> None:
    completed = await lab.run(netns, ["bash", "-ec", script])
    assert completed.code == 0, completed


async def seen(lab: Lab, netns: Netns = HOST) -> dict[str, Link]:
    namespace = (await observe(lab.keeper)).namespace(netns)
    assert namespace is not None
    return dict(namespace.links)


# What `ip` made by hand


async def test_an_empty_lab_is_empty(lab: Lab) -> None:
    assert await observe(lab.keeper) == NetworkState()


async def test_links_of_every_kind(lab: Lab) -> None:
    await apply((AddHost(""), AddNamespace(NS1)), lab.keeper)
    await shell(
        lab,
        HOST,
        f"""ip link add br0 address {MAC} type bridge stp_state 1
        ip link add va mtu 1400 type veth peer name vb netns ns1 mtu 9000
        ip link set va master br0 up
        ip link add vx type vxlan id 7 dstport 4789 local 127.0.0.1
        """,
    )
    links = await seen(lab)
    assert links.keys() == {"br0", "va"}
    assert (links["br0"].kind, links["br0"].mac, links["br0"].mtu, links["br0"].up) == (Bridge(stp=True), MAC, 1400, False)
    assert (links["va"].kind, links["va"].master, links["va"].mtu, links["va"].up) == (Veth(Interface(NS1, "vb")), "br0", 1400, True)
    end = (await seen(lab, NS1))["vb"]
    assert (end.kind, end.master, end.mtu, end.up) == (Veth(Interface(HOST, "va")), None, 9000, False)


async def test_the_ends_of_pairs_that_look_alike_are_told_apart(lab: Lab) -> None:
    """In every namespace the two ends have the same names and the same indices."""
    spaces = [Netns(host, f"n{i}") for host in ("", "host1") for i in range(6)]
    await apply((AddHost(""), AddHost("host1"), *map(AddNamespace, spaces)), lab.keeper)
    pairs = [(Interface(spaces[i], "x"), Interface(spaces[i ^ 1], "x")) for i in range(0, len(spaces), 2)]
    await apply(tuple(AddVeth(*pair) for pair in pairs), lab.keeper)
    state = await observe(lab.keeper)
    for a, b in pairs:
        one, other = state.link(a), state.link(b)
        assert one is not None
        assert other is not None
        assert (one.kind, other.kind) == (Veth(b), Veth(a))


async def test_both_ends_in_one_namespace(lab: Lab) -> None:
    await apply((AddHost(""), AddVeth(Interface(HOST, "va"), Interface(HOST, "vb"))), lab.keeper)
    links = await seen(lab)
    assert (links["va"].kind, links["vb"].kind) == (Veth(Interface(HOST, "vb")), Veth(Interface(HOST, "va")))


async def test_a_pair_that_leads_out_of_the_lab_is_not_in_it(lab: Lab) -> None:
    await apply((AddHost(""),), lab.keeper)
    await shell(lab, HOST, "unshare -n sleep 60 & sleep 0.3; ip link add va type veth peer name vb netns $!")
    assert await seen(lab) == {}


async def test_cards_and_their_lans(lab: Lab) -> None:
    lan = "a-lan-with-a-name-of-sixty-three-bytes-as-long-as-a-name-may-be"
    cards = [Interface(Netns(host, ""), "eth0") for host in ("h1", "h2")]
    loose = Interface(Netns("h1", ""), "eth1")
    await apply(
        (AddHost("h1"), AddHost("h2"), AddLan(lan), AddLan("wire"), *(AddCard(c, lan) for c in cards), AddCard(loose, None)), lab.keeper
    )
    state = await observe(lab.keeper)
    assert state.lans == {lan, "wire"}
    assert [link.kind for _, link in sorted(state.links())] == [Card(lan), Card(None), Card(lan)]
    assert LANS.name not in state.hosts.get("", NetworkState().hosts)


async def test_a_lan_carries_whatever_its_cards_send(lab: Lab) -> None:
    cards = [Interface(Netns(host, ""), "eth0") for host in ("h1", "h2")]
    await apply((AddHost("h1"), AddHost("h2"), AddLan("wire"), *(AddCard(c, "wire") for c in cards)), lab.keeper)
    for n, card in enumerate(cards, 1):
        await shell(lab, card.netns, f"ip link set eth0 mtu 9000 up; ip addr add 10.0.0.{n}/24 dev eth0")
    completed = await lab.run(cards[0].netns, ["ping", "-c1", "-W2", "-M", "do", "-s", "8900", "10.0.0.2"])
    assert completed.code == 0, completed


async def test_addresses_that_somebody_gave(lab: Lab) -> None:
    """Not link-local ones, nor those for a time, as router advertisements give them."""
    await apply((AddHost(""), AddNamespace(NS1), AddVeth(Interface(HOST, "va"), Interface(NS1, "vb"))), lab.keeper)
    await shell(
        lab,
        HOST,
        """ip link set va up; ip -n ns1 link set vb up
        ip addr add 10.0.0.1/24 dev va; ip addr add 10.0.0.2/24 dev va; ip addr add 10.1.0.1 peer 10.2.0.1/32 dev va
        ip addr add 10.3.0.1/24 dev va valid_lft 1000 preferred_lft 1000
        ip addr add 2001:db8::1/64 dev va; ip addr add 10.9.9.9/32 dev lo
        """,
    )
    wanted = {IPv4Interface("10.0.0.1/24"), IPv4Interface("10.0.0.2/24"), IPv4Interface("10.1.0.1/32"), IPv6Interface("2001:db8::1/64")}
    assert (await seen(lab))["va"].addresses == wanted


async def test_routes_that_somebody_added(lab: Lab) -> None:
    """Not the kernel's own, nor those of other tables."""
    await apply((AddHost(""), AddNamespace(NS1), AddVeth(Interface(HOST, "va"), Interface(NS1, "vb"))), lab.keeper)
    await shell(
        lab,
        HOST,
        """ip link set va up; ip -n ns1 link set vb up
        ip addr add 10.0.0.1/24 dev va; ip addr add 2001:db8::1/64 dev va nodad
        ip route add default via 10.0.0.254; ip route add 10.1.0.0/16 dev va metric 7; ip route add 10.2.0.0/16 via inet6 2001:db8::9 dev va
        ip route add blackhole 10.3.0.0/16; ip route add prohibit 2001:db8:3::/48; ip route add unreachable 10.4.0.0/16 metric 9
        ip route add 10.5.0.0/16 nexthop via 10.0.0.2 dev va nexthop via 10.0.0.3 dev va
        ip route add 2001:db8:5::/48 nexthop via 2001:db8::2 dev va nexthop via 2001:db8::3 dev va
        ip route add 10.6.0.0/16 dev va table 100; ip route add 10.7.0.0/16 dev va proto ra; ip route add 10.8.0.0/16 dev va proto static
        """,
    )
    namespace = (await observe(lab.keeper)).namespace(HOST)
    assert namespace is not None
    assert namespace.routes == {
        Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.0.0.254"), "va"),
        Route(IPv4Network("10.1.0.0/16"), None, "va", 7),
        Route(IPv4Network("10.2.0.0/16"), IPv6Address("2001:db8::9"), "va"),
        Route(IPv4Network("10.3.0.0/16"), type="blackhole"),
        Route(IPv6Network("2001:db8:3::/48"), metric=1024, type="prohibit"),
        Route(IPv4Network("10.4.0.0/16"), metric=9, type="unreachable"),
        Route(IPv4Network("10.5.0.0/16"), IPv4Address("10.0.0.2"), "va"),
        Route(IPv4Network("10.5.0.0/16"), IPv4Address("10.0.0.3"), "va"),
        Route(IPv6Network("2001:db8:5::/48"), IPv6Address("2001:db8::2"), "va", 1024),
        Route(IPv6Network("2001:db8:5::/48"), IPv6Address("2001:db8::3"), "va", 1024),
        Route(IPv4Network("10.8.0.0/16"), None, "va"),
    }


async def test_sysctls_that_are_not_the_default(lab: Lab) -> None:
    await apply((AddHost(""),), lab.keeper)
    await shell(lab, HOST, "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_default_ttl=9 net.ipv4.conf.all.rp_filter=0")
    namespace = (await observe(lab.keeper)).namespace(HOST)
    assert namespace is not None
    assert namespace.sysctls == {"net.ipv4.ip_forward": 1, "net.ipv4.ip_default_ttl": 9}


async def test_a_sysctl_that_no_drawing_could_set(lab: Lab) -> None:
    """By hand, the kernel takes any number."""
    await built(lab, ROUTED)
    assert (await lab.run(NS1, ["sysctl", "-qw", "net.ipv4.conf.all.proxy_arp=-1"])).code == 0
    namespace = (await observe(lab.keeper)).namespace(NS1)
    assert namespace is not None
    assert namespace.sysctls["net.ipv4.conf.all.proxy_arp"] == -1


@pytest.mark.parametrize("key", SYSCTLS)
async def test_each_sysctl_is_read_back(lab: Lab, key: str) -> None:
    value = SYSCTLS[key].minimum if SYSCTLS[key].default != SYSCTLS[key].minimum else SYSCTLS[key].maximum
    await apply((AddHost(""), AddNamespace(NS1), SetSysctl(NS1, key, value, SYSCTLS[key].default)), lab.keeper)
    state = await observe(lab.keeper)
    assert {netns: namespace.sysctls for netns, namespace in state.namespaces()} == {HOST: {}, NS1: {key: value}}


# The same bytes as pyroute2 reads them


def decoded(form: type[nlmsg], body: bytes) -> Any:
    message = form(struct.pack("=IHHII", 16 + len(body), 0, 0, 0, 0) + body)
    message.decode()
    return message


IFF_LOWER_UP = 1 << 16
OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")  # in the order of include/uapi/linux/if.h


def link_record(message: Any) -> dumps.LinkRecord:
    data = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA")
    kind = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") or ""
    return dumps.LinkRecord(
        index=message["index"],
        up=bool(message["flags"] & rtnl.IFF_UP),
        is_ethernet=message["ifi_type"] == 1,
        name=message.get_attr("IFLA_IFNAME"),
        kind=kind,
        mtu=message.get_attr("IFLA_MTU"),
        mac=message.get_attr("IFLA_ADDRESS"),
        master=message.get_attr("IFLA_MASTER") or 0,
        peer=message.get_attr("IFLA_LINK") or 0,
        peer_nsid=message.get_attr("IFLA_LINK_NETNSID"),
        alias=message.get_attr("IFLA_IFALIAS") or "",
        group=message.get_attr("IFLA_GROUP"),
        has_netem=message.get_attr("IFLA_QDISC") == "netem",
        stp=bool(data.get_attr("IFLA_BR_STP_STATE")) if kind == "bridge" else False,
        carrier=bool(message["flags"] & rtnl.IFF_LOWER_UP),
        operstate=["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"].index(message.get_attr("IFLA_OPERSTATE")),
        port_state=message.get_nested("IFLA_LINKINFO", "IFLA_INFO_SLAVE_DATA", "IFLA_BRPORT_STATE"),
    )


@pytest.mark.parametrize("netns", [HOST, NS1, NS2, LANS], ids=["host", "ns1", "ns2", "LANs"])
async def test_links_as_pyroute2_reads_them(lab: Lab, netns: Netns) -> None:
    await built(lab, ROUTED)
    await shell(lab, HOST, "ip link set br1 type bridge stp_state 1; ip link add vx type vxlan id 7 dstport 4789 local 127.0.0.1")
    bodies = dump(lab.handles[netns].rtnl, rtnl.dump_links())
    assert len(bodies) > 1
    assert list(map(dumps.link, bodies)) == [link_record(decoded(ifinfmsg, body)) for body in bodies]


@pytest.mark.parametrize("netns", [HOST, NS1], ids=["host", "ns1"])
async def test_addresses_as_pyroute2_reads_them(lab: Lab, netns: Netns) -> None:
    await built(lab, ROUTED)
    records = []
    bodies = dump(lab.handles[netns].rtnl, rtnl.dump_addresses())
    for body in bodies:
        message = decoded(ifaddrmsg, body)
        address = ip_interface(f"{message.get_attr('IFA_LOCAL') or message.get_attr('IFA_ADDRESS')}/{message['prefixlen']}")
        flags, by_kernel = message.get_attr("IFA_FLAGS"), message.get_attr("IFA_PROTO")
        given = flags & 0x80 and not by_kernel
        records.append((message["index"], address) if given else None)
    assert list(map(dumps.static_address, bodies)) == records


async def test_routes_as_pyroute2_reads_them(lab: Lab) -> None:
    await built(lab, ROUTED)
    bodies = dump(lab.handles[NS1].rtnl, rtnl.dump_routes())
    static = [message for message in (decoded(rtmsg, body) for body in bodies) if (message["table"], message["proto"]) == (254, 3)]
    read = [record for body in bodies for record in dumps.static_routes(body)]
    assert len(read) == len(static) == 2
    for message, record in zip(static, read, strict=True):
        assert str(record.via) == message.get_attr("RTA_GATEWAY")
        assert record.device == message.get_attr("RTA_OIF")
        assert record.metric == (message.get_attr("RTA_PRIORITY") or 0)
        assert record.to.prefixlen == message["dst_len"]


async def test_namespaces_know_each_other_by_ids_of_their_own(lab: Lab) -> None:
    await built(lab, ROUTED)
    home = lab.handles[LANS].rtnl
    by_nsid = nsids.identify(home, lab.handles.values())
    assert {handle.netns for handle in by_nsid.values()} == set(lab.handles)
    assert nsids.identify(home, lab.handles.values()) == by_nsid
    [own] = [nsid for nsid, handle in by_nsid.items() if handle.netns == NS1]
    assert {by_nsid[here].netns for here in nsids.known_in(home, own).values()} >= {HOST}


@pytest.mark.parametrize("netem", [Netem(delay=20.5), Netem(10, 2.25, 12.5), Netem(rate=1_000_000), Netem(rate=80_000_000_000, loss=100)])
def test_netem_is_read_as_it_is_written(netem: Netem) -> None:
    assert dumps.netem(rtnl.set_netem(4, netem).body) == (4, netem)


def test_another_queueing_discipline_is_none_of_netem() -> None:
    body = rtnl.TCMSG.pack(0, 4, 0, rtnl.TC_H_ROOT, 0) + rtnl.text(rtnl.TCA_KIND, "noqueue")
    assert dumps.netem(body) is None

"""The packed requests, as pyroute2 reads them."""

from __future__ import annotations

import struct
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

import pytest
from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.nsidmsg import nsidmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg
from pyroute2.netlink.rtnl.tcmsg import tcmsg

from labs.kernel import rtnl
from labs.kernel.rtnl import End, Request
from labs.network.state import Netem, Route

MAC = "02:00:00:00:00:01"


def decoded(form: type[nlmsg], request: Request) -> Any:
    message = form(struct.pack("=IHHII", 16 + len(request.body), request.type, request.flags, 7, 0) + request.body)
    message.decode()
    return message


def attributes(message: Any) -> dict[str, Any]:
    return dict(message["attrs"])


def test_a_veth_has_both_ends_in_place() -> None:
    near = End("veth-ns1-br", mtu=1400, mac=MAC, master=5, up=True)
    request = rtnl.add_veth(near, End("veth-ns1", mtu=9000), far_netns_fd=42)
    message = decoded(ifinfmsg, request)
    assert (request.type, request.flags) == (rtnl.RTM_NEWLINK, rtnl.CREATE)
    assert (message["flags"], message["change"], message["index"]) == (rtnl.IFF_UP, rtnl.IFF_UP, 0)
    assert message.get_attr("IFLA_IFNAME") == "veth-ns1-br"
    assert message.get_attr("IFLA_MTU") == 1400
    assert message.get_attr("IFLA_ADDRESS") == MAC
    assert message.get_attr("IFLA_MASTER") == 5
    assert message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "veth"
    assert (message.get_attr("IFLA_NUM_TX_QUEUES"), message.get_attr("IFLA_NUM_RX_QUEUES")) == (1, 1)
    peer = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA", "VETH_INFO_PEER")
    assert (peer["flags"], peer["change"]) == (0, 0)
    assert peer.get_attr("IFLA_IFNAME") == "veth-ns1"
    assert peer.get_attr("IFLA_MTU") == 9000
    assert (peer.get_attr("IFLA_NUM_TX_QUEUES"), peer.get_attr("IFLA_NUM_RX_QUEUES")) == (1, 1)
    assert peer.get_attr("IFLA_NET_NS_FD") == 42


def test_a_bridge() -> None:
    message = decoded(ifinfmsg, rtnl.add_bridge(End("br0", mac=MAC)))
    assert attributes(message)["IFLA_IFNAME"] == "br0"
    assert message.get_attr("IFLA_ADDRESS") == MAC
    assert message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "bridge"


def test_a_link_is_set_by_its_name() -> None:
    request = rtnl.set_link("br0", up=False, mtu=1280, mac=MAC, master=0, alias="wire")
    message = decoded(ifinfmsg, request)
    assert (request.flags, message["index"]) == (0, 0)
    assert (message["flags"], message["change"]) == (0, rtnl.IFF_UP)
    assert attributes(message) == {
        "IFLA_IFNAME": "br0",
        "IFLA_MTU": 1280,
        "IFLA_ADDRESS": MAC,
        "IFLA_MASTER": 0,
        "IFLA_IFALIAS": "wire",
    }


def test_what_is_not_said_of_a_link_is_left_alone() -> None:
    message = decoded(ifinfmsg, rtnl.set_link("br0", mtu=1280))
    assert message["change"] == 0
    assert attributes(message) == {"IFLA_IFNAME": "br0", "IFLA_MTU": 1280}


@pytest.mark.parametrize("stp", [True, False])
def test_stp(stp: bool) -> None:
    message = decoded(ifinfmsg, rtnl.set_stp("br0", stp))
    assert message.get_attr("IFLA_IFNAME") == "br0"
    assert message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA", "IFLA_BR_STP_STATE") == int(stp)


@pytest.mark.parametrize("snooping", [True, False])
def test_snooping(snooping: bool) -> None:
    message = decoded(ifinfmsg, rtnl.set_link("br0", up=True, mcast_snooping=snooping))
    assert (message["flags"], message["change"]) == (rtnl.IFF_UP, rtnl.IFF_UP)
    assert message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA", "IFLA_BR_MCAST_SNOOPING") == int(snooping)


def test_a_link_is_deleted_by_its_name() -> None:
    deleted = rtnl.del_link("br0")
    assert deleted.type == rtnl.RTM_DELLINK
    assert attributes(decoded(ifinfmsg, deleted)) == {"IFLA_IFNAME": "br0"}


def test_links_of_a_group_are_deleted_together() -> None:
    deleted = rtnl.del_group(7)
    assert attributes(decoded(ifinfmsg, rtnl.set_group("br0", 7))) == {"IFLA_IFNAME": "br0", "IFLA_GROUP": 7}
    assert (deleted.type, attributes(decoded(ifinfmsg, deleted))) == (rtnl.RTM_DELLINK, {"IFLA_GROUP": 7})


@pytest.mark.parametrize("text", ["192.168.1.2/24", "2001:db8::1/64", "10.0.0.1/32"])
def test_an_address(text: str) -> None:
    address = ip_interface(text)
    for request, kind in ((rtnl.add_address(3, address), rtnl.RTM_NEWADDR), (rtnl.del_address(3, address), rtnl.RTM_DELADDR)):
        message = decoded(ifaddrmsg, request)
        assert request.type == kind
        assert (message["index"], message["prefixlen"], message["scope"]) == (3, address.network.prefixlen, 0)
        assert attributes(message) == {"IFA_LOCAL": str(address.ip), "IFA_ADDRESS": str(address.ip)}


ROUTES = {
    "10.0.0.0/8 via 192.168.1.1": (
        Route(ip_network("10.0.0.0/8"), ip_address("192.168.1.1"), "eth0", 20),
        {"RTA_DST": "10.0.0.0", "RTA_GATEWAY": "192.168.1.1", "RTA_OIF": 4, "RTA_PRIORITY": 20},
        (8, rtnl.RT_SCOPE_UNIVERSE, 1),
    ),
    "default": (
        Route(ip_network("0.0.0.0/0"), ip_address("192.168.1.1"), "eth0"),
        {"RTA_GATEWAY": "192.168.1.1", "RTA_OIF": 4},
        (0, rtnl.RT_SCOPE_UNIVERSE, 1),
    ),
    "on a link": (
        Route(ip_network("10.0.0.0/8"), None, "eth0"),
        {"RTA_DST": "10.0.0.0", "RTA_OIF": 4},
        (8, rtnl.RT_SCOPE_LINK, 1),
    ),
    "IPv6 on a link": (
        Route(ip_network("2001:db8::/32"), None, "eth0", 1024),
        {"RTA_DST": "2001:db8::", "RTA_OIF": 4, "RTA_PRIORITY": 1024},
        (32, rtnl.RT_SCOPE_UNIVERSE, 1),
    ),
    "IPv4 by an IPv6 gateway": (
        Route(ip_network("10.0.0.0/8"), ip_address("fe80::1"), "eth0"),
        {"RTA_DST": "10.0.0.0", "RTA_VIA": {"family": 10, "addr": "fe80::1"}, "RTA_OIF": 4},
        (8, rtnl.RT_SCOPE_UNIVERSE, 1),
    ),
    "blackhole": (Route(ip_network("10.0.0.0/8"), type="blackhole"), {"RTA_DST": "10.0.0.0"}, (8, rtnl.RT_SCOPE_UNIVERSE, 6)),
    "unreachable": (Route(ip_network("10.0.0.0/8"), type="unreachable"), {"RTA_DST": "10.0.0.0"}, (8, rtnl.RT_SCOPE_UNIVERSE, 7)),
    "prohibit": (Route(ip_network("10.0.0.0/8"), type="prohibit"), {"RTA_DST": "10.0.0.0"}, (8, rtnl.RT_SCOPE_UNIVERSE, 8)),
}


@pytest.mark.parametrize(("route", "wanted", "header"), ROUTES.values(), ids=ROUTES.keys())
def test_a_route(route: Route, wanted: dict[str, Any], header: tuple[int, int, int]) -> None:
    index = 4 if route.dev else None
    added = decoded(rtmsg, rtnl.add_route(route, index))
    assert attributes(added) == wanted
    assert (added["dst_len"], added["scope"], added["type"]) == header
    assert (added["table"], added["proto"]) == (rtnl.RT_TABLE_MAIN, rtnl.RTPROT_BOOT)
    replaced = rtnl.replace_route(route, index)
    assert (replaced.type, replaced.flags, replaced.body) == (rtnl.RTM_NEWROUTE, 0x500, rtnl.add_route(route, index).body)
    deleted = rtnl.del_route(route, index)
    assert deleted.type == rtnl.RTM_DELROUTE
    assert attributes(decoded(rtmsg, deleted)) == wanted
    assert decoded(rtmsg, deleted)["scope"] == rtnl.RT_SCOPE_NOWHERE


def test_netem() -> None:
    request = rtnl.set_netem(4, Netem(delay=20.5, jitter=5, loss=50, rate=1_000_000))
    message = decoded(tcmsg, request)
    assert (message["index"], message["parent"], message["handle"]) == (4, rtnl.TC_H_ROOT, 0)
    assert message.get_attr("TCA_KIND") == "netem"
    options = message.get_attr("TCA_OPTIONS")
    assert options["loss"] == pytest.approx(0xFFFFFFFF // 2, abs=1)
    assert options["limit"] == rtnl.NETEM_LIMIT
    assert options.get_attr("TCA_NETEM_RATE")["rate"] == 125_000
    packed = dict(rtnl.attributes(request.body, rtnl.TCMSG.size))[rtnl.TCA_OPTIONS]
    parts = dict(rtnl.attributes(packed, rtnl.TC_NETEM_QOPT.size))
    assert rtnl.S64.unpack(parts[rtnl.TCA_NETEM_LATENCY64]) == (20_500_000,)
    assert rtnl.S64.unpack(parts[rtnl.TCA_NETEM_JITTER64]) == (5_000_000,)


def test_netem_is_taken_from_the_root() -> None:
    request = rtnl.del_netem(4)
    message = decoded(tcmsg, request)
    assert request.type == rtnl.RTM_DELQDISC
    assert (message["index"], message["parent"]) == (4, rtnl.TC_H_ROOT)


def test_namespace_ids() -> None:
    added = attributes(decoded(nsidmsg, rtnl.add_nsid(9)))
    assert added == {"NETNSA_NSID": 0xFFFFFFFF, "NETNSA_FD": 9}  # -1: whichever is free
    assert attributes(decoded(nsidmsg, rtnl.get_nsid(9))) == {"NETNSA_FD": 9}
    assert attributes(decoded(nsidmsg, rtnl.dump_nsids(3))) == {"NETNSA_TARGET_NSID": 3}


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd", "a-name-of-15-by"])
def test_names_of_any_length_are_padded(name: str) -> None:
    request = rtnl.set_link(name, mtu=1500)
    assert len(request.body) % 4 == 0
    assert attributes(decoded(ifinfmsg, request)) == {"IFLA_IFNAME": name, "IFLA_MTU": 1500}

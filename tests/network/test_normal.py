"""An observed network, brought to the form in which it can be compared."""

from __future__ import annotations

from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.state import EMPTY, Bridge, Card, Link, NetworkState
from tests.network.build import interface, namespace, network, with_addresses

MAC, OTHER_MAC = "02:00:00:00:00:01", "fe:dc:ba:98:76:54"
UP = Link(Card(), up=True)


def on_host(**links: Link) -> NetworkState:
    return network(host=namespace(**links))


def test_a_mac_of_the_kernels_choice_is_left_out() -> None:
    observed = on_host(eth0=UP._replace(mac=OTHER_MAC))
    assert normalize(observed, on_host(eth0=UP)) == on_host(eth0=UP)
    assert normalize(observed, EMPTY) == on_host(eth0=UP)


def test_a_mac_that_was_given_and_is_another_now_is_seen() -> None:
    wanted = on_host(eth0=UP._replace(mac=MAC))
    observed = normalize(on_host(eth0=UP._replace(mac=OTHER_MAC)), wanted)
    assert [operation.describe() for operation in diff(observed, wanted)] == [f"Set the MAC address of eth0 on host to {MAC}"]


def test_link_local_addresses_are_left_out_but_those_that_were_given() -> None:
    observed = on_host(eth0=with_addresses(UP, "10.0.0.1/24", "fe80::1/64", "fe80::abcd/64", "fd00::1/64"))
    base = on_host(eth0=with_addresses(UP, "fe80::1/64"))
    assert normalize(observed, base) == on_host(eth0=with_addresses(UP, "10.0.0.1/24", "fe80::1/64", "fd00::1/64"))


def test_what_was_made_by_hand_is_seen() -> None:
    observed = on_host(eth0=UP, br9=Link(Bridge()))
    assert normalize(observed, on_host(eth0=UP)) == observed


def is_set(observed: NetworkState, base: NetworkState) -> bool:
    bridge = normalize(observed, base).link(interface("host:br0"))
    assert bridge is not None
    assert isinstance(bridge.kind, Bridge)
    return bridge.kind.mtu_set


def test_a_bridge_that_does_not_follow_its_ports_was_set() -> None:
    port = Link(Card(), mtu=1400, master="br0")
    assert is_set(on_host(br0=Link(Bridge(), mtu=1500), eth0=port), EMPTY)
    assert not is_set(on_host(br0=Link(Bridge(), mtu=1400), eth0=port), EMPTY)
    assert not is_set(on_host(br0=Link(Bridge())), EMPTY)


def test_a_bridge_that_was_set_stays_so_though_its_ports_would_give_it_the_same() -> None:
    assert is_set(on_host(br0=Link(Bridge())), on_host(br0=Link(Bridge(mtu_set=True))))

"""What is remembered of a lab is what there is: whoever changes anything, by whatever tool."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from labs.kernel import memory
from labs.kernel import observe as observing
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.observe import observe
from labs.network.operations import AddHost, AddNamespace, AddVeth, RemoveVeth, SetUp
from labs.network.state import Interface, Netns
from tests.kernel.networks import HOST, NS1, NS2, ROUTED, built

BY_HAND = (
    "ip link set veth-ns1-br down",
    "ip link set veth-ns1-br up",
    "ip link set veth-ns1-br mtu 1400",
    "ip link set br0 mtu 1300",
    "ip link set br1 address 02:00:00:00:00:b1",
    "ip link set veth-ns2-br master br1",
    "ip link set veth-ns2-br nomaster",
    "ip link set br0 type bridge stp_state 1",
    "brctl stp br0 off",
    "brctl addif br1 veth-ns2-br",
    "ip link set veth-ns2-br name renamed",
    "ip addr add 10.1.1.1/24 dev br1",
    "ip link set br1 up",
    "ip route add 10.2.0.0/16 via 10.1.1.2",
    "ip route change 10.2.0.0/16 via 10.1.1.3",
    "ip route add blackhole 10.3.0.0/16",
    "ip addr del 10.1.1.1/24 dev br1",
    "ip -6 addr add fd00::1/64 dev br1",
    "ip -6 route add fd01::/64 via fd00::2",
    "ip link set br1 down",
    "brctl stp br1 on",
    "ip link set br1 type bridge stp_state 0",
    "ip -n ns1 addr del 192.168.1.2/24 dev veth-ns1",
    "ip netns exec ns1 sysctl -qw net.ipv4.ip_forward=1",
    "ip netns exec ns1 sysctl -qw net.ipv4.conf.all.rp_filter=1",
    "ip netns exec ns1 sysctl -qw net.ipv4.conf.all.rp_filter=2",
    "ip netns exec ns1 sysctl -qw net.ipv4.conf.all.proxy_arp=1",
    "ip netns exec ns1 sysctl -qw net.ipv4.conf.all.arp_ignore=1",
    "ip netns exec ns2 sysctl -qw net.ipv6.conf.all.forwarding=1",
    "ip netns exec ns2 sysctl -qw net.ipv6.conf.all.forwarding=2",
    "ip netns exec ns2 sysctl -qw net.ipv6.conf.all.forwarding=0",
    "ip netns exec ns2 sysctl -qw net.ipv6.conf.all.accept_ra=0",
    "ip link add x type veth peer name y netns ns2",
    "ip -n ns2 link set y netns ns1",
    "ip link del x",
    "ip -n ns2 link del veth-ns2",
)


async def test_a_change_by_hand_is_seen(lab: Lab) -> None:
    await built(lab, ROUTED)
    before = await lab.observe()
    for command in BY_HAND:
        done = await lab.run(HOST, command.split())
        assert (done.code, done.stderr) == (0, b""), command
        after = await lab.observe()
        assert after != before, command
        assert after == await observe(lab.keeper), command
        before = after


async def test_lost_notices_are_made_up_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_BUFFER_BYTES", 1)
    await built(lab, ROUTED)
    await lab.observe()
    pairs = [(Interface(NS1, f"x{i}"), Interface(NS2, f"y{i}")) for i in range(50)]
    await apply(tuple(AddVeth(*pair) for pair in pairs), lab.keeper)
    assert await lab.observe() == await observe(lab.keeper)
    await apply(tuple(RemoveVeth(*pair) for pair in pairs), lab.keeper)
    assert await lab.observe() == await observe(lab.keeper)


RING = [Netns("", f"ns{n}") for n in range(100)]


async def test_several_look_while_a_namespace_ends(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have read it already look again."""
    monkeypatch.setattr(observing, "_LOOP_SECONDS", 0.0)
    pairs = [AddVeth(Interface(one, "right"), Interface(following, "left")) for one, following in pairwise([*RING, RING[0]])]
    await apply((AddHost(""), *map(AddNamespace, RING), *pairs), lab.keeper)
    await lab.observe()
    await apply(tuple(SetUp(Interface(netns, "right")) for netns in RING), lab.keeper)  # nothing of it is remembered
    gone = asyncio.Event()

    async def read_late(*arguments: Any) -> dict[Netns, dict[str, int]]:
        await gone.wait()
        return await read(*arguments)

    read = lab.keeper.read_sysctls
    monkeypatch.setattr(lab.keeper, "read_sysctls", read_late)
    looks = [asyncio.ensure_future(look) for look in (lab.observe(), observe(lab.keeper))]
    await asyncio.sleep(0.05)  # they have read the links
    await lab.keeper.remove_netns(RING[:1])
    gone.set()
    seen = await asyncio.gather(*looks, lab.observe())
    assert seen == [await observe(lab.keeper)] * 3
    assert await lab.look() is await lab.look()


async def test_what_changed_and_changed_back_is_the_same_observation(lab: Lab) -> None:
    await apply((AddHost(""), AddNamespace(NS1)), lab.keeper)
    before = await lab.look()
    assert (await lab.run(NS1, ["sh", "-ec", "ip addr add 10.9.9.9/24 dev lo; ip addr del 10.9.9.9/24 dev lo"])).code == 0
    assert await lab.look() is before

"""Many requests in one message, each with its own answer."""

from __future__ import annotations

import errno
import socket

import pytest

from labs.kernel import batch, dumps, rtnl
from labs.kernel.batch import BATCH, NoAnswerError, Refusal, dump, transact
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.netns import LANS
from labs.kernel.rtnl import End, Request
from labs.network.operations import AddHost
from tests.kernel.networks import HOST

SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 270, 10, 11, 12


def get_link(name: str) -> Request:
    """Answered with all that the link has."""
    body = rtnl.IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + rtnl.text(rtnl.IFLA_IFNAME, name)
    return Request(rtnl.RTM_GETLINK, 0, body + rtnl.u32(rtnl.IFLA_EXT_MASK, rtnl.RTEXT_FILTER_SKIP_STATS))


async def rtnetlink(lab: Lab, *, extended: bool = True, capped: bool = True) -> socket.socket:
    await apply((AddHost(""),), lab.keeper)
    sock = await lab.keeper.open_socket(HOST, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, int(extended))
    sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, int(capped))
    return sock


async def test_each_answer_is_at_the_place_of_its_request(lab: Lab) -> None:
    with await rtnetlink(lab) as sock:
        bridge = rtnl.add_bridge(End("br0"))
        done, read, taken, missing, last = transact(
            sock, [bridge, get_link("br0"), bridge, rtnl.del_link("x"), rtnl.set_link("lo", up=True)]
        )
        assert done is None
        assert isinstance(read, bytes)
        assert dumps.link(read).name == "br0"
        assert taken == Refusal(errno.EEXIST)
        assert missing == Refusal(errno.ENODEV)
        assert last is None


async def test_the_last_request_may_be_refused(lab: Lab) -> None:
    with await rtnetlink(lab) as sock:
        assert transact(sock, [rtnl.add_bridge(End("br0")), rtnl.add_bridge(End("br0"))]) == [None, Refusal(errno.EEXIST)]


async def test_nothing_asked_nothing_answered(lab: Lab) -> None:
    with await rtnetlink(lab) as sock:
        assert transact(sock, []) == []


@pytest.mark.parametrize("capped", [True, False], ids=["capped", "with a copy of the request"])
async def test_the_kernels_own_words(lab: Lab, capped: bool) -> None:
    with await rtnetlink(lab, capped=capped) as sock:
        [answer] = transact(sock, [rtnl.set_link("lo", mtu=0xFFFFFFFF)])
        assert answer == Refusal(errno.EINVAL, "mtu less than device minimum")


async def test_a_kernel_without_words(lab: Lab) -> None:
    with await rtnetlink(lab, extended=False) as sock:
        assert transact(sock, [rtnl.set_link("lo", mtu=0xFFFFFFFF)]) == [Refusal(errno.EINVAL)]


async def test_more_than_fit_one_message(lab: Lab) -> None:
    """And answers of the largest kind: a receive buffer that is too small would lose them (ENOBUFS)."""
    names = [f"br{i}" for i in range(3 * BATCH + 1)]
    with await rtnetlink(lab) as sock:
        assert set(transact(sock, [rtnl.add_bridge(End(name)) for name in names])) == {None}
        answers = transact(sock, [get_link(name) for name in names])
        assert [dumps.link(answer).name for answer in answers if isinstance(answer, bytes)] == names
        assert {dumps.link(body).name for body in dump(sock, rtnl.dump_links())} == {"lo", *names}


async def test_answers_that_nobody_waits_for_any_more_are_passed_over(lab: Lab) -> None:
    with await rtnetlink(lab) as sock:
        request = get_link("lo")
        sock.send(batch._HEADER.pack(batch._HEADER.size + len(request.body), request.type, batch.NLM_F_REQUEST, 0, 0) + request.body)
        assert transact(sock, [rtnl.set_link("lo", up=True)]) == [None]


async def test_a_dump_that_is_refused(lab: Lab) -> None:
    with await rtnetlink(lab) as sock:
        sock.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        with pytest.raises(OSError, match="Invalid target network namespace id") as caught:
            dump(sock, rtnl.dump_nsids(4711))
    assert caught.value.errno == errno.EINVAL


def test_a_kernel_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ANSWER_SECONDS", 0.01)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    with ours, theirs, pytest.raises(NoAnswerError, match="does not answer"):
        transact(ours, [get_link("lo")])


async def test_a_request_is_for_the_namespace_of_the_socket(lab: Lab) -> None:
    await apply((AddHost(""),), lab.keeper)
    transact(lab.handles[HOST].rtnl, [rtnl.add_bridge(End("br0"))])
    assert transact(lab.handles[LANS].rtnl, [rtnl.del_link("br0")]) == [Refusal(errno.ENODEV)]

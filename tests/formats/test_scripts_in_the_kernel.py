"""The scripts on real machines: each builds the network that the document means, and the tear-down leaves nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from labs.document.schema import LabDocument
from labs.document.sysctls import SYSCTLS
from labs.formats.script import FORMATS, Format, hosts, script, set_up
from labs.gallery.lessons import Step, lessons
from labs.network.compile import compile
from labs.network.normal import normalize
from labs.network.operations import SetSysctl
from labs.network.state import Host, Interface, Namespace, Netem, Netns, NetworkState
from tests.formats import experiments
from tests.formats.machines import Machines
from tests.strategies import documents

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines() as machines:
        yield machines


@pytest.fixture(scope="module")
def machines_of() -> Iterator[Mapping[Format, Machines]]:
    """Machines of its own for each format."""
    with ExitStack() as stack:
        yield {format: stack.enter_context(Machines()) for format in FORMATS}


def set_by_scripts(document: LabDocument, state: NetworkState) -> set[tuple[Netns, str]]:
    """The sysctls that scripts set. The others are as the machine has them."""
    return {(op.netns, op.key) for host in hosts(state) for op in set_up(document, state, host) if isinstance(op, SetSysctl)}


def with_sysctls(state: NetworkState, names: set[tuple[Netns, str]]) -> NetworkState:
    """The state with only these of its sysctls, each in so many words."""

    def kept(netns: Netns, namespace: Namespace) -> Namespace:
        sysctls = {key: namespace.sysctls.get(key, SYSCTLS[key].default) for where, key in names if where == netns}
        return replace(namespace, sysctls=sysctls)

    hosts = {
        name: Host({each: kept(Netns(name, each), namespace) for each, namespace in host.namespaces.items()})
        for name, host in state.hosts.items()
    }
    return replace(state, hosts=hosts)


def build_and_take_down(machines: Machines, document: LabDocument, format: Format) -> None:
    state = compile(document)
    machines.make(state)
    fixed = set_by_scripts(document, state)
    before = {host: machines.listing(host) for host in state.hosts}
    for host in state.hosts:
        machines.run(host, script(document, state, host=host, format=format))
    assert with_sysctls(normalize(machines.observe(), state), fixed) == with_sysctls(state, fixed)
    for host in state.hosts:
        machines.run(host, script(document, state, host=host, format=format, teardown=True))
    assert {host: machines.listing(host) for host in state.hosts} == before


@pytest.mark.parametrize("step", [pytest.param(step, id=f"{lesson.slug}/{step.file}") for lesson in lessons() for step in lesson.steps])
def test_the_gallery(machines: Machines, step: Step) -> None:
    """By the scripts of each format, one after the other on the same machines."""
    for format in FORMATS:
        build_and_take_down(machines, step.document, format)


@settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(document=documents(most=2))
def test_any_lab(machines_of: Mapping[Format, Machines], document: LabDocument) -> None:
    """By the scripts of each format, side by side."""
    with ThreadPoolExecutor(len(FORMATS)) as pool:
        for built in [pool.submit(build_and_take_down, machines_of[format], document, format) for format in FORMATS]:
            built.result()


@pytest.mark.parametrize("format", FORMATS)
def test_pasted_line_by_line(machines: Machines, format: Format) -> None:
    document = experiments.document(experiments.TWO_HOSTS)
    state = compile(document)
    machines.make(state)
    for host in hosts(state):
        machines.paste(host, script(document, state, host=host, format=format).partition("set -euo pipefail\n")[2])
    fixed = set_by_scripts(document, state)
    assert with_sysctls(normalize(machines.observe(), state), fixed) == with_sysctls(state, fixed)


@pytest.mark.usefixtures("netem")
@pytest.mark.parametrize("format", FORMATS)
def test_what_links_do_to_packets(machines: Machines, format: Format) -> None:
    """Out of both ends of a veth pair, and out of a card, from which the tear-down takes it again."""
    text = experiments.TWO_HOSTS
    for ends in ('["host1/ns1:veth-ns1", "host1/br0:veth-ns1-br"]', '["host2:enp0s3", "wire"]'):
        text = text.replace(ends, f"{ends}, delay: 20.5, jitter: 5, loss: 0.1, rate: 1000000")
    document = experiments.document(text)
    state = compile(document)
    machines.make(state)
    for host in state.hosts:
        machines.run(host, script(document, state, host=host, format=format))
    assert netem_in(machines.observe()) == netem_in(state)
    assert [*netem_in(state).values()].count(Netem(20.5, 5, 0.1, 1_000_000)) == 3
    for host in state.hosts:
        machines.run(host, script(document, state, host=host, format=format, teardown=True))
    assert not any(netem_in(machines.observe()).values())


def netem_in(state: NetworkState) -> dict[Interface, Netem | None]:
    return {interface: link.netem for interface, link in state.links()}


def test_a_card_that_is_not_there_is_said_before_anything_is_made(machines: Machines) -> None:
    document = experiments.document(experiments.TWO_HOSTS)
    machines.make(compile(experiments.document(experiments.TWO_HOSTS.replace("enp0s3", "eth0"))))
    before = machines.listing("host1")
    with pytest.raises(AssertionError, match="host1 has no network card enp0s3: plug it in"):
        machines.run("host1", script(document, compile(document), host="host1"))
    assert machines.listing("host1") == before


def test_an_address_that_the_card_has_already_is_no_error(machines: Machines) -> None:
    document = experiments.document(experiments.TWO_HOSTS)
    state = compile(document)
    machines.make(state)
    machines.paste("host1", "ip link set enp0s3 up\nip addr add 10.0.2.15/24 dev enp0s3\n")
    machines.run("host1", script(document, state, host="host1"))


def test_an_address_of_a_card_stays(machines: Machines) -> None:
    """It may have been there before."""
    document = experiments.document(experiments.TWO_HOSTS)
    state = compile(document)
    machines.make(state)
    machines.run("host1", script(document, state, host="host1"))
    machines.run("host1", script(document, state, host="host1", teardown=True))
    [card] = [link for name, link in machines.observe().hosts["host1"].namespaces[""].links.items() if name == "enp0s3"]
    assert "10.0.2.15/24" in {str(address) for address in card.addresses}

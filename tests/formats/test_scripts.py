"""What a script says around its commands, and that any lab's script is a good one."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.formats.document_text import dump_yaml, load
from labs.formats.script import FORMATS, Format, hosts, script
from labs.gallery.lessons import lessons
from labs.network.compile import compile
from tests.formats import experiments
from tests.strategies import documents

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def scripts(document: LabDocument) -> list[str]:
    """All of a lab's scripts."""
    state = compile(document)
    return [
        script(document, state, host=host, format=format, teardown=teardown)
        for host, format, teardown in product(hosts(state), FORMATS, (False, True))
    ]


def of(text: str, *, host: str = "", format: Format = "iproute2", teardown: bool = False) -> str:
    document = experiments.document(text)
    return script(document, compile(document), host=host, format=format, teardown=teardown)


def complaints(text: str) -> str:
    return subprocess.run([SHELLCHECK, "-"], input=text, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(netem=True))
def test_shellcheck_has_nothing_to_say(document: LabDocument) -> None:
    texts = scripts(document)
    assert complaints("\n".join(texts)) == ""  # one call for all of them: most of its time is its start


@pytest.mark.slow
def test_nor_of_the_gallery() -> None:
    texts = [text for lesson in lessons() for step in lesson.steps for text in scripts(step.document)]
    assert complaints("\n".join(texts)) == ""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(netem=True))
def test_the_same_document_gives_the_same_bytes(document: LabDocument) -> None:
    assert scripts(parse(load(dump_yaml(document)))) == scripts(document)


def test_an_empty_lab_has_a_script_that_does_nothing() -> None:
    assert of("{topoweb: 1, name: Empty}").endswith("set -euo pipefail\n")


def test_the_head_says_what_it_is_and_what_it_needs() -> None:
    head = of(experiments.BRIDGE, format="brctl").partition("set -euo pipefail\n")[0]
    assert head.startswith('#!/usr/bin/env bash\n# Set-up of the lab "A bridge".')
    assert "needs root: sudo bash A-bridge-setup.sh" in head
    assert "ip (iproute2), brctl (bridge-utils)" in head
    assert "spans" not in head


def test_the_head_says_which_script_goes_where() -> None:
    head = of(experiments.TWO_HOSTS, host="host2").partition("set -euo pipefail\n")[0]
    assert "#   host1: Two-hosts-routed-host1-setup.sh\n#   host2: Two-hosts-routed-host2-setup.sh (this one)\n" in head
    assert "#   enp0s3, on one LAN with host1:enp0s3\n" in head


def test_tear_down_says_what_it_leaves() -> None:
    head = of(experiments.TWO_HOSTS, host="host1", teardown=True).partition("set -euo pipefail\n")[0]
    assert "# Left as they are: the kernel settings of the host, the addresses and other settings of enp0s3.\n" in head


def test_checks_are_there_to_try() -> None:
    text = of(experiments.TWO_HOSTS, host="host1")
    assert "#   ip netns exec ns1 ping -c 1 192.168.2.2   (reply)\n" in text
    assert "#   ip netns exec ns1 traceroute -n 192.168.2.2   (192.168.1.1, 10.0.2.16, 192.168.2.2)\n" in text
    assert "To try it" not in of(experiments.TWO_HOSTS, host="host2")


def test_comments_name_the_nodes_and_their_labels() -> None:
    labelled = experiments.VETH_PAIR.replace("name: ns1, kind", 'name: ns1, label: "客户端 $(reboot)", note: "one\\ntwo `reboot`", kind')
    text = of(labelled)
    assert "\n# Network namespaces: ns1 (客户端 $(reboot)), ns2\n" in text
    assert "\n# Link: ns1 (客户端 $(reboot)) [veth-ns1] to ns2 [veth-ns2]\n" in text
    assert "\n# ns1:\n#   | one\n#   | two `reboot`\n" in text


def test_a_namespace_with_two_interfaces_does_not_forward_by_accident() -> None:
    text = of(experiments.ROUTER.replace("kind: router", "kind: namespace"))
    assert "ip netns exec ns-router sysctl -qw net.ipv4.ip_forward=0\n" in text
    assert "ip netns exec ns-router sysctl -qw net.ipv6.conf.all.forwarding=0\n" in text
    assert "ip netns exec ns1 sysctl" not in text


def test_sysctls_are_set_where_the_document_says_so_even_to_their_defaults() -> None:
    text = of(experiments.VETH_PAIR.replace("name: ns1, kind", "name: ns1, sysctls: {net.ipv4.conf.all.rp_filter: 0}, kind"))
    assert "ip netns exec ns1 sysctl -qw net.ipv4.conf.all.rp_filter=0\n" in text


def test_a_host_that_is_drawn_and_does_not_forward() -> None:
    text = of(
        experiments.TWO_HOSTS.replace("name: host1, kind", "name: host1, sysctls: {net.ipv4.ip_forward: 0}, kind"),
        host="host1",
    )
    assert "\nsysctl -qw net.ipv4.ip_forward=0\n" in text
    assert "\nsysctl -qw net.ipv6.conf.all.forwarding=1\n" in text


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        of(experiments.BRIDGE, host="host1")

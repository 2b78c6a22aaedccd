"""Linux machines to run scripts on, made by util-linux alone: `unshare -Urnm`, and in it for each host `unshare -nm` with a tmpfs on /run.

    with Machines() as machines:
        machines.make(state)  # hosts, with what a script expects to find there: network cards, plugged into LANs
        machines.run("host1", text)
        machines.observe()

The work is done by a program inside, `serve`, which is asked by pickled calls over its standard streams.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Self, cast

from labs.kernel import syscalls
from labs.kernel.agent_hosts import open_rtnl
from labs.kernel.lans import card_port, lan_bridge
from labs.kernel.machine import Machine
from labs.kernel.netns import LANS, NetnsHandle, NetnsKeeper
from labs.kernel.observe import observe
from labs.network.state import Card, Netns, NetworkState


class Listing(NamedTuple):
    """What iproute2 shows of a machine."""

    namespaces: set[str]
    links: set[str]
    """Of its default namespace, and so the routes."""
    routes: set[str]
    """But for the kernel's own."""


class Said(NamedTuple):
    """What a command said."""

    code: int
    stdout: str
    complaints: list[str]


class Machines:
    def __enter__(self) -> Self:
        command = ["unshare", "-Urnm", sys.executable, "-c", f"from {__name__} import serve; serve()"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def make(self, state: NetworkState) -> None:
        """The hosts of a network, with their cards and LANs and nothing else; those that were there are gone."""
        self._ask("make", state)

    def run(self, host: str, text: str) -> None:
        """Run a script as its head says, by `bash FILE`. Raises AssertionError if it fails or complains."""
        self._ask("run", host, text, ["bash", "/run/script.sh"])

    def paste(self, host: str, text: str) -> None:
        """Give a text to a shell line by line, as somebody who pastes it into a terminal."""
        self._ask("run", host, text, ["bash", "-s"])

    def observe(self) -> NetworkState:
        return cast(NetworkState, self._ask("observe"))

    def look(self, host: str, name: str) -> NetworkState:
        """The network of one machine as it sees itself, called by `name` there."""
        return cast(NetworkState, self.inside(host, _look, name))

    def inside(self, host: str, work: Callable[..., Coroutine[None, None, Any]], *arguments: Any) -> Any:
        """What a coroutine of a module returns that runs on a machine, in a process of its own; or what it raises."""
        return self._ask("inside", host, work, *arguments)

    def topoweb(self, host: str, *argv: str, as_root: bool = True) -> Said:
        """What a command of `topoweb` says that is run on a machine; else without any capability, as an ordinary user has none."""
        user = [] if as_root else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        return cast(Said, self._ask("topoweb", host, [*user, sys.executable, "-m", "topoweb.cli", *argv]))

    def listing(self, host: str) -> Listing:
        return cast(Listing, self._ask("listing", host))

    def _ask(self, method: str, *arguments: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        pickle.dump((method, arguments), self._process.stdin)
        self._process.stdin.flush()
        answer = pickle.load(self._process.stdout)
        if isinstance(answer, BaseException):
            raise answer
        return answer


# Inside


class _Host:
    """A process that holds a machine's default network namespace and its mount namespace, until its standard input ends."""

    def __init__(self) -> None:
        hold = "mount -t tmpfs tmpfs /run && ip link set lo up && echo && exec cat"
        self._holder = subprocess.Popen(["unshare", "-nm", "sh", "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout
        self._holder.stdout.readline()
        self.pid = self._holder.pid

    def enter(self) -> None:
        """Move the calling process there."""
        for kind, flag in (("net", syscalls.CLONE_NEWNET), ("mnt", syscalls.CLONE_NEWNS)):
            with Path(f"/proc/{self.pid}/ns/{kind}").open("rb") as namespace:
                syscalls.setns(namespace.fileno(), flag)

    def run(self, *argv: str, text: str = "") -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", "-t", str(self.pid), "-n", "-m", *argv]
        return subprocess.run(inside, input=text, capture_output=True, text=True, check=False)

    def command(self, *argv: str, text: str = "") -> str:
        done = self.run(*argv, text=text)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def namespaces(self) -> dict[str, str]:
        """Paths of its network namespaces by name, "" the default one."""
        mounted = Path(f"/proc/{self.pid}/root/run/netns")
        named = {path.name: str(path) for path in mounted.iterdir()} if mounted.is_dir() else {}
        return {"": f"/proc/{self.pid}/ns/net"} | named

    def end(self) -> None:
        self._holder.communicate()


class _Keeper:
    """What `observe` needs of a lab's agent."""

    def __init__(self, hosts: dict[str, _Host], lans: _Host) -> None:
        paths = {Netns(name, netns): path for name, host in hosts.items() for netns, path in host.namespaces().items()}
        paths[LANS] = lans.namespaces()[""]
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.handles = {netns: self._handle(netns, path) for netns, path in paths.items()}

    def _handle(self, netns: Netns, path: str) -> NetnsHandle:
        fd = os.open(path, os.O_RDONLY)
        syscalls.setns(fd, syscalls.CLONE_NEWNET)
        try:
            return NetnsHandle(netns, fd, open_rtnl())
        finally:
            syscalls.setns(self._home, syscalls.CLONE_NEWNET)

    async def read_sysctls(self, names: Sequence[Netns], keys: Sequence[str]) -> dict[Netns, dict[str, int]]:
        values = {}
        for netns in names:
            syscalls.setns(self.handles[netns].fd, syscalls.CLONE_NEWNET)
            values[netns] = {key: _read_sysctl(key) for key in keys}
        syscalls.setns(self._home, syscalls.CLONE_NEWNET)
        return values

    def close(self) -> None:
        for handle in self.handles.values():
            os.close(handle.fd)
            handle.rtnl.close()
        os.close(self._home)


async def _look(name: str) -> NetworkState:
    async with Machine(name) as machine:
        return await machine.observe()


def _read_sysctl(key: str) -> int:
    return int(Path("/proc/sys", *key.split(".")).read_text())


class _Inside:
    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._lans = _Host()

    def make(self, state: NetworkState) -> None:
        self.end()
        self._lans = _Host()
        ip = partial(self._lans.command, "ip", "link")
        for lan in state.lans:
            ip("add", lan_bridge(lan).name, "type", "bridge")
            ip("set", lan_bridge(lan).name, "up", "alias", lan)
        self._hosts = {name: _Host() for name in state.hosts}
        for card, link in state.links():
            if isinstance(link.kind, Card):
                pid = str(self._hosts[card.netns.host].pid)
                ip("add", card_port(card).name, "mtu", "65535", "type", "veth", "peer", "name", card.name, "netns", pid)
                ip("set", card_port(card).name, "up", *(["master", lan_bridge(link.kind.lan).name] if link.kind.lan else []))

    def run(self, host: str, text: str, argv: list[str]) -> None:
        machine = self._hosts[host]
        machine.command("sh", "-c", "cat >/run/script.sh", text=text)
        machine.command(*argv, text=text)

    def observe(self) -> NetworkState:
        keeper = _Keeper(self._hosts, self._lans)
        try:
            return asyncio.run(observe(cast(NetnsKeeper, keeper)))
        finally:
            keeper.close()

    def inside(self, host: str, work: Callable[..., Coroutine[None, None, Any]], *arguments: Any) -> Any:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            with os.fdopen(writer, "wb") as answer:
                self._hosts[host].enter()
                try:
                    result = asyncio.run(work(*arguments))
                except AssertionError:
                    result = AssertionError(traceback.format_exc())  # a traceback itself does not travel
                pickle.dump(result, answer)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as answer:
            answered = answer.read()
        os.waitpid(child, 0)
        return pickle.loads(answered)

    def topoweb(self, host: str, argv: list[str]) -> Said:
        done = self._hosts[host].run(*argv)
        return Said(done.returncode, done.stdout, done.stderr.splitlines())

    def listing(self, host: str) -> Listing:
        machine = self._hosts[host]
        shown = machine.command("sh", "-c", "for what in netns link route '-6 route'; do ip -j $what; echo ,; done")
        namespaces, links, *routes = (json.loads(part or "[]") for part in shown.split(",\n")[:4])
        return Listing(
            {namespace["name"] for namespace in namespaces},
            {link["ifname"] for link in links},
            {route["dst"] for route in chain(*routes) if route["protocol"] != "kernel"},
        )

    def end(self) -> None:
        for host in (*self._hosts.values(), self._lans):
            host.end()


def serve() -> None:
    """The program inside."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    inside = _Inside()
    while True:
        try:
            method, arguments = pickle.load(requests)
        except EOFError:
            inside.end()
            return
        try:
            answer = getattr(inside, method)(*arguments)
        except Exception as error:  # noqa: BLE001  # it is raised again where it was asked
            answer = AssertionError(f"{method}: {error!r}")
        pickle.dump(answer, answers)
        answers.flush()

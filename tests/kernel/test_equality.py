"""What the kernel holds after a plan, read back, is what was wanted: for the gallery, for generated labs, for changes of running ones.

The three scripts are held to the same states by tests/formats/test_scripts_in_the_kernel.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from labs.document.schema import LabDocument
from labs.gallery.lessons import Step, lessons
from labs.kernel.executor import apply
from labs.kernel.features import find_features
from labs.kernel.lab import Lab
from labs.kernel.observe import observe
from labs.kernel.refusals import OperationError
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.operations import Plan, SetUp
from labs.network.replay import replay
from labs.network.state import EMPTY, Card, Host, Interface, LinkKind, Namespace, Netns, NetworkState
from tests.network.strategies import pairs
from tests.strategies import documents

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
some = settings(many, max_examples=40)
STEPS = [pytest.param(step, id=f"{lesson.slug}/{step.file}") for lesson in lessons() for step in lesson.steps]


class Running:
    """One lab that many networks are built in, one after the other: to start from nothing is to take down what was there."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._has_netem = "netem" in runner.run(find_features()).available
        self._lab: Lab | None = None
        self._state = EMPTY
        """What was applied last."""

    def begin(self) -> None:
        """From nothing. What the last network left is taken down by the plan for it; where that fails, the lab with it."""
        if self._lab is None:
            self._lab = self._runner.run(Lab.start("equality"))
        elif self._state != EMPTY:
            self.change(EMPTY)

    def change(self, desired: NetworkState) -> NetworkState:
        """Apply the difference between what is observed and a state; what is observed then."""
        self.apply(diff(self.observed(), desired))
        return self.observed()

    def apply(self, plan: Plan) -> None:
        assert self._lab is not None
        lab, self._lab = self._lab, None  # whatever goes wrong, the next begins in another
        before = self._observed_in(lab)
        try:
            self._runner.run(apply(plan, lab.keeper))
        except OperationError:
            self._lab = lab
            raise
        except BaseException:
            self._runner.run(lab.end())
            raise
        self._lab, self._state = lab, replay(plan, before)

    def observed(self) -> NetworkState:
        assert self._lab is not None
        return self._observed_in(self._lab)

    def _observed_in(self, lab: Lab) -> NetworkState:
        seen = self._runner.run(lab.observe())
        assert seen == self._runner.run(observe(lab.keeper)), "what is remembered is what there is"
        return normalize(seen, self._state)

    def feasible(self, state: NetworkState) -> NetworkState:
        """Without what this kernel cannot do."""
        return state if self._has_netem else without_netem(state)

    def end(self) -> None:
        if self._lab is not None:
            self._runner.run(self._lab.end())


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with asyncio.Runner() as runner:
        running = Running(runner)
        yield running
        running.end()


def without_netem(state: NetworkState) -> NetworkState:
    def stripped(namespace: Namespace) -> Namespace:
        return replace(
            namespace, links={name: link._replace(kind=unhindered(link.kind), netem=None) for name, link in namespace.links.items()}
        )

    def unhindered(kind: LinkKind) -> LinkKind:
        return replace(kind, netem=None) if isinstance(kind, Card) else kind

    hosts = {name: Host({each: stripped(namespace) for each, namespace in host.namespaces.items()}) for name, host in state.hosts.items()}
    return replace(state, hosts=hosts)


@pytest.mark.parametrize("step", STEPS)
def test_the_gallery(running: Running, step: Step) -> None:
    running.begin()
    desired = compile(step.document)
    assert running.change(desired) == desired


@many
@given(document=documents(netem=True))
def test_any_lab_is_built_as_drawn_and_leaves_nothing(running: Running, document: LabDocument) -> None:
    running.begin()
    desired = running.feasible(compile(document))
    assert running.change(desired) == desired
    assert diff(running.observed(), desired) == ()
    assert running.change(EMPTY) == EMPTY


@some
@given(one=documents(netem=True), other=documents(netem=True))
def test_a_running_lab_becomes_any_other(running: Running, one: LabDocument, other: LabDocument) -> None:
    running.begin()
    running.change(running.feasible(compile(one)))
    desired = running.feasible(compile(other))
    assert running.change(desired) == desired


@some
@given(pair=pairs())
def test_a_running_network_becomes_what_it_is_changed_to(running: Running, pair: tuple[NetworkState, NetworkState]) -> None:
    before, after = map(running.feasible, pair)
    running.begin()
    assert running.change(before) == before
    assert running.change(after) == after


@some
@given(pair=pairs())
def test_a_change_that_fails_leaves_the_network_as_it_was(running: Running, pair: tuple[NetworkState, NetworkState]) -> None:
    """Its last operation is refused, all before it has to be undone."""
    before, after = map(running.feasible, pair)
    running.begin()
    running.change(before)
    nowhere = SetUp(Interface(Netns("nowhere", ""), "x"))
    with pytest.raises(OperationError) as caught:
        running.apply((*diff(running.observed(), after), nowhere))
    assert caught.value.operation == nowhere
    assert caught.value.leftovers == ()
    assert running.observed() == before

"""`topoweb stop LAB`"""

from __future__ import annotations

from typing import Annotated

import typer

from topoweb.cli.arguments import LabName, Target, TargetOption


def stop(
    lab: LabName = "",
    target: TargetOption = Target.sandbox,
    all_: Annotated[bool, typer.Option("--all", help="All labs that `topoweb run --keep` left; none of the server.")] = False,
) -> None:
    """End a lab, with all that runs in it. One of the server is stopped there, as by its page.

    Examples:

    \b
      topoweb stop two-namespaces
      topoweb stop --all
      sudo topoweb stop two-namespaces --target machine
    """
    if all_ == bool(lab):
        raise typer.BadParameter("give LAB or --all, one of the two", param_hint="LAB")
    from labs.kernel.lab import end_lab, end_labs
    from topoweb.cli.labs import find
    from topoweb.cli.waiting import say_what_fails, wait_for
    from topoweb.statedir import kept_labs

    if target == Target.machine:
        from topoweb.cli.on_machine import stop_on_machine

        wait_for(stop_on_machine(lab or None))
        return
    if all_:
        wait_for(end_labs(kept_labs()))
        return
    place = wait_for(find(lab))
    if place.on_machine and not place.of_server:
        from topoweb.cli.on_machine import stop_on_machine

        wait_for(stop_on_machine(place.name))
        return
    if not place.of_server:
        wait_for(end_lab(place.path))
        return
    from topoweb.cli.server import server_lab

    with say_what_fails(), server_lab(place.name, "stop") as there:
        there.stop()

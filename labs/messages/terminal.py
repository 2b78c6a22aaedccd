"""What travels between a page and a terminal of a running lab, through the server, which only hands it on.

Positions are absolute: bytes since the terminal was opened, each way. So what is lost, repeated or late does no harm, and nobody may
have more than a window of it under way.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labs.messages.base import Message

MAX_ROWS, MAX_COLUMNS = 500, 1000

Position = Annotated[int, Field(ge=0)]
Rows = Annotated[int, Field(ge=1, le=MAX_ROWS)]
Columns = Annotated[int, Field(ge=1, le=MAX_COLUMNS)]


class TerminalSeen(Message):
    """Page: I have drawn what it wrote up to `position`; go on from there. Said of all that it draws, and every few seconds.

    Said twice of one position: I got no more, send from there again. Said first: show me this terminal.
    """

    type: Literal["terminal_seen"] = "terminal_seen"
    lab: str
    terminal: str
    position: Position
    typed: Position
    """What was typed so far; of that, what did not arrive is lost, and is not typed again."""


class TerminalInput(Message):
    """Page: somebody typed this. At most WINDOW bytes are sent that `TerminalOutput.taken` does not cover."""

    type: Literal["terminal_input"] = "terminal_input"
    lab: str
    terminal: str
    position: Position
    data: Annotated[str, Field(max_length=16 * 1024)]
    """In base64."""


class TerminalSize(Message):
    type: Literal["terminal_size"] = "terminal_size"
    lab: str
    terminal: str
    rows: Rows
    columns: Columns


TerminalInbound = Annotated[TerminalSeen | TerminalInput | TerminalSize, Field(discriminator="type")]


class TerminalOutput(Message):
    """Worker: what the terminal wrote from `position` on. Behind a gap the page says again what it has seen."""

    type: Literal["terminal_output"] = "terminal_output"
    lab: str
    terminal: str
    position: Position
    data: str
    """In base64; may be empty."""
    reset: bool = False
    """What was before is not there any more: begin with an empty screen."""
    taken: Position
    """What was typed and has reached the terminal."""

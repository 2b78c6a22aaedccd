"""What is wrong with a document, as values: where, which, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labs.document.wording import say


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `str()` of it is the line that `topoweb validate` prints."""

    path: str
    """Where: `nodes[2].interfaces[0].addresses[0]`; "" is the document itself."""
    code: str
    """Which, for the page, which says it in its own languages: a key of `labs.document.wording`."""
    params: Mapping[str, str] = field(hash=False)
    """What the words of `code` name: `{"value": "'192.168.1.300/24'"}`."""
    message: str
    """In English: what is wrong and what to do."""
    also: tuple[str, ...] = ()
    """The other places that it concerns as much: where the address is that is there twice."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def problem(path: str, code: str, *, also: Iterable[str] = (), **params: object) -> Problem:
    """A problem in the words of `code`."""
    texts = {name: str(value) for name, value in params.items()}
    return Problem(path, code, texts, say(code, texts), tuple(also))


class DocumentError(ValueError):
    """A document whose structure is refused. `problems` has all of its structural errors, in the order of the document."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

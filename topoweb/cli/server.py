"""A lab of the server, changed as its page does: by the REST API, in the name of the lab's owner or, on the machine itself, of a superuser.

Who may read the server's database may be anybody there; so a session is made in it, and no password is needed.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Literal
from urllib.error import HTTPError, URLError

from labs.kernel.errors import KernelError
from labs.messages.status import JsonObject, RunStatus
from topoweb.serving.address import server_url

_SETTLED = ("running", "failed", "stopped")
_LOOK_EVERY = 0.1
_ANSWER_WITHIN = 30.0


class ServerError(KernelError):
    """The server does not do what it is asked."""

    code = "server"


class ServerLab:
    def __init__(self, lab: str, url: str, session: str) -> None:
        self._url = f"{url}/api/labs/{lab}"
        token = os.urandom(16).hex()
        self._headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={session}; csrftoken={token}",
            "X-CSRFToken": token,
        }

    def apply(self, document: JsonObject) -> RunStatus:
        """Save the document as the lab's newest, and change the running lab to it. Returns what came of it."""
        head = self._ask("GET")
        self._ask("PUT", body={"document": _placed(document, head["document"])}, headers={"If-Match": f'"{head["version"]}"'})
        return self._settled(self._ask("POST", "/apply"))

    def stop(self) -> None:
        """Returns when it has ended."""
        self._settled(self._ask("POST", "/stop"))

    def _settled(self, lab: Mapping[str, Any]) -> RunStatus:
        wanted = lab["run"]["generation"]
        run = RunStatus.model_validate(lab["run"])
        while run.state not in _SETTLED:
            time.sleep(_LOOK_EVERY)
            run = RunStatus.model_validate(self._ask("GET")["run"])
            if run.generation != wanted:
                raise ServerError("Somebody else ran, changed or stopped the lab meanwhile", hint="See its page")
        return run

    def _ask(self, method: str, path: str = "", *, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self._url + path, data, self._headers | dict(headers or {}), method=method)
        try:
            with _opener.open(request, timeout=_ANSWER_WITHIN) as response:
                return json.load(response)
        except HTTPError as error:
            raise ServerError(_refusal(error)) from None
        except (URLError, TimeoutError, OSError) as error:
            raise ServerError(f"The server does not answer: {error}", hint="Try again") from None


def _placed(document: JsonObject, drawn: JsonObject) -> JsonObject:
    """The document with its nodes where they are drawn already, but for those that it places itself."""
    places = {_path(node): {axis: node[axis] for axis in ("x", "y") if axis in node} for node in drawn.get("nodes", ())}
    return document | {"nodes": [places.get(_path(node), {}) | node for node in document.get("nodes", ())]}


def _path(node: JsonObject) -> tuple[str, str]:
    return node.get("host") or "", node["name"]


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The server is on this machine: no proxy."""


def _refusal(error: HTTPError) -> str:
    """The server's words, without the full stop that a KernelError adds."""
    try:
        answer = json.load(error)
        words = [answer["error"]["message"], *(f"{problem['path']}: {problem['message']}" for problem in answer["problems"])]
    except (ValueError, LookupError, TypeError):
        return f"The server answers {error.code} {HTTPStatus(error.code).phrase}"
    return "\n".join(words).removesuffix(".")


@contextmanager
def server_lab(lab: str, action: Literal["run", "stop"]) -> Iterator[ServerLab]:
    """A lab of the server that runs here, for that. Raises ServerError where there is none, or it does not know the lab."""
    url = server_url()
    if url is None:
        raise ServerError("The server of this lab does not run", hint="Start it: topoweb serve")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
    import django

    django.setup()
    from labs.models import Lab
    from labs.web.accounts import session_of
    from labs.web.permissions import Action, who_may

    found = Lab.objects.filter(pk=lab).select_related("owner", "head", "run__revision").first()
    if found is None:
        raise ServerError(f"The server's database has no lab {lab}", hint="Set DATABASE_URL as the server has it")
    with session_of(who_may(found, Action(action)) or found.owner) as session:  # the server says why the owner may not
        yield ServerLab(lab, url, session)

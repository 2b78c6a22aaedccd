"""Whether this kernel keeps a lab's links inside the lab.

Kernels before April 2026 did not ask who may make the far end of a veth in a network namespace (CVE-2026-31692, rtnl_get_peer_net of
net/core/rtnetlink.c): root of a lab could have put an interface into any whose descriptor he got hold of, the machine's own too. Nothing
in a lab gives him one: its process ids are its own, and what its processes inherit is closed. But that is one wall where there should be
two, so whoever runs labs on such a kernel has to say that he knows.
"""

from __future__ import annotations

import os
import socket
from typing import Final

from labs.kernel import rtnl
from labs.kernel.batch import Refusal, transact

ALLOW: Final = "TOPOWEB_ALLOW_CVE_2026_31692"
"""The environment's variable; `1`: labs are run on such a kernel too."""
HOLE: Final = "keep its links apart from the machine's: this kernel lets a veth reach into any network namespace (CVE-2026-31692)"


def is_waived() -> bool:
    return os.environ.get(ALLOW) == "1"


def waiver() -> dict[str, str]:
    """The environment of a process that is to know."""
    return {ALLOW: "1"} if is_waived() else {}


def reaches(rtnl_socket: socket.socket, foreign_netns: int) -> bool:
    """Whether a link can be made from the socket's namespace into the one that a descriptor names. It is gone again when this returns."""
    (answer,) = transact(rtnl_socket, [rtnl.add_veth(rtnl.End("reach"), rtnl.End("reach"), foreign_netns)])
    if isinstance(answer, Refusal):
        return False
    transact(rtnl_socket, [rtnl.del_link("reach")])
    return True

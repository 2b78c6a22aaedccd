"""The tests of the sandbox, its agent and its events, and of what is root's to set, again as an ordinary user of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

USER = 54321
"""An id that no account has."""
AGAIN = ("test_sandbox.py", "test_agent.py", "test_lab.py", "test_visitors.py", "test_events.py", "test_neighbour_tables.py")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# Python and the sources may lie in a directory that is root's alone (/root): in a mount namespace of the test's own, one that anybody may
# search takes its place, and holds nothing but what is needed.
PROGRAM = """
import os, sys
from pathlib import Path
from labs.kernel import syscalls

user, *needed = int(sys.argv[1]), *sys.argv[2].split(":")
syscalls.unshare(syscalls.CLONE_NEWNS)
syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
held = [os.open(path, os.O_PATH) for path in needed]
closed = {parent for path in needed for parent in Path(path).parents if not parent.stat().st_mode & 0o001}
for parent in sorted(closed):
    if not any(other in parent.parents for other in closed):
        syscalls.mount("tmpfs", str(parent), "tmpfs", 0, "mode=755")
for path, fd in zip(needed, held):
    if closed & set(Path(path).parents):
        Path(path).mkdir(mode=0o755, parents=True, exist_ok=True)
        syscalls.mount(f"/proc/self/fd/{fd}", path, flags=syscalls.MS_BIND | syscalls.MS_REC)
os.chdir(needed[0])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
os.execv(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[3:]])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as an ordinary user already")
def test_as_an_ordinary_user(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, USER, USER)
    needed = ":".join(dict.fromkeys(map(str, (ROOT, sys.prefix, sys.base_prefix, home))))
    tests = [str(HERE / name) for name in AGAIN]
    # without Django, whose settings are not this user's to read
    options = ["-p", "no:django", "-p", "no:cacheprovider", "-W", "ignore", f"--basetemp={home / 'tests'}", "--rootdir", str(ROOT)]
    completed = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(USER), needed, *options, *tests],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr

"""Another process that has a lab, to be killed."""

import os
import subprocess
import sys
from pathlib import Path


def controller(script: str, directory: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Another process that runs this in a coroutine, with `Lab`, `Netns` and `directory` at hand, and then waits to be killed."""
    lines = "".join(f"    {line}\n" for line in script.strip().splitlines())
    program = (
        "import asyncio, json, os, sys\nfrom pathlib import Path\nfrom labs.kernel.lab import Lab\nfrom labs.network.state import Netns\n"
        f"async def main(directory):\n{lines}    sys.stdout.flush()\n    await asyncio.sleep(60)\n"
        "asyncio.run(main(Path(sys.argv[1])))\n"
    )
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory), *arguments], stdout=subprocess.PIPE, text=True, env=environment, **options
    )  # type: ignore[call-overload]  # the options are the caller's


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()

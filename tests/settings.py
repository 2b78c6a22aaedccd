"""The settings of tests: a state directory and a database of their own, in files, since consumers use other threads."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_state = Path(tempfile.mkdtemp(prefix="topoweb-test-"))
atexit.register(shutil.rmtree, _state, ignore_errors=True)
os.environ |= {"TOPOWEB_STATE_DIR": str(_state), "HOST": "127.0.0.1", "PORT": "8000"}

from topoweb.settings import *  # noqa: E402, F403 - they are the settings
from topoweb.settings import ALLOWED_HOSTS, DATABASES  # noqa: E402 - as above

ALLOWED_HOSTS += ["testserver"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": _state / "test.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; they hold test passwords only

"""What must be there before anything is served: the database's tables, the worker's token, the owner. All of it is made once."""

from __future__ import annotations

import os


def prepare() -> str:
    """Make what is missing; returns the path of a link that signs the owner in, once."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from labs.web.accounts import ensure_owner, sign_in_path
    from labs.web.actions.workers import register_worker
    from topoweb.statedir import secret

    register_worker("local", secret(settings.WORKER_TOKEN_FILE))
    return sign_in_path(ensure_owner())

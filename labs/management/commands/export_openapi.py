"""`manage.py export_openapi`: the REST API's schema, from which the front end's types are made."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from labs.web.api import api


class Command(BaseCommand):
    help = "Write the REST API's OpenAPI schema to standard output."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(api.get_openapi_schema(), indent=2, default=str))

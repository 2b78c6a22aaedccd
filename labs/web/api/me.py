"""Who asks, and what the server allows and can do."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from ninja import Router

from labs.models import Worker
from labs.web.api import schemas
from labs.web.api.users import user_of

router = Router(tags=["me"])


@router.get("/me", response={200: schemas.Me, 401: schemas.Error})
def me(request: HttpRequest) -> dict[str, Any]:
    user = user_of(request)
    return {
        "user": {"name": user.get_username(), "staff": user.is_staff, "has_password": user.has_usable_password()},
        "language": get_language() or settings.LANGUAGE_CODE,
        "csrf": get_token(request),
        "limits": dataclasses.asdict(settings.LIMITS) | dataclasses.asdict(settings.DOCUMENT_LIMITS),
        "workers": list(Worker.objects.all()),
    }

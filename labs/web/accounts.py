"""Accounts: allauth does sign-in, sign-out and passwords; here are the one-time link and the owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, login
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

OWNER = "owner"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("There is no account with this name and password. Mind capital letters in both."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only where the setting says so; else users are made in the admin."""
        return settings.SIGN_UP

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:
        """That somebody signed in or out is plain to see, and would be told on whatever page of ours comes next."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *args, **kwargs)


def sign_up_open(request: HttpRequest) -> dict[str, bool]:
    """For templates: whether whoever comes may make an account."""
    return {"sign_up_open": settings.SIGN_UP}


class SignInTokens(PasswordResetTokenGenerator):
    """One-time tokens: they depend on the time of the last sign-in, which using one changes. They last PASSWORD_RESET_TIMEOUT."""

    key_salt = "topoweb.sign-in"


tokens = SignInTokens()


def sign_in_path(user: User) -> str:
    """The path of a link that signs a user in, once."""
    return reverse("sign_in", args=[urlsafe_base64_encode(force_bytes(user.pk)), tokens.make_token(user)])


def sign_in(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Open the one-time link: signed in, and on to the labs."""
    user = _user(uidb64)
    if user is None or not user.is_active or not tokens.check_token(user, token):
        return render(request, "account/link_used.html", status=403)
    login(request, user, backend=MODEL_BACKEND)
    get_token(request)
    return redirect("page")


@contextmanager
def session_of(user: User) -> Iterator[str]:
    """The key of a session of a user's own, that ends with the block."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = MODEL_BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    try:
        yield str(session.session_key)
    finally:
        session.delete()


def _user(uidb64: str) -> User | None:
    try:
        return User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uidb64)))).first()
    except (ValueError, OverflowError):
        return None


def ensure_owner() -> User:
    """The user who may do everything, made on the first start; without a password until one is set."""
    owner = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if owner is None:
        owner = User(username=OWNER, is_staff=True, is_superuser=True)
        owner.set_unusable_password()
        owner.save()
    return owner

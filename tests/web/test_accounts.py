"""Signing in: by the one-time link, by password; the language; and who may make accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from labs.web import accounts
from tests.web.conftest import ApiClient


def test_the_owner_is_made_once(db: None) -> None:
    assert accounts.ensure_owner() == accounts.ensure_owner()
    owner = User.objects.get()
    assert (owner.username, owner.is_superuser, owner.has_usable_password()) == ("owner", True, False)


def test_the_link_signs_in_once(owner: User, client: Client) -> None:
    link = accounts.sign_in_path(owner)
    answer = client.get(link)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "csrftoken" in client.cookies
    assert client.get("/api/me").json()["user"]["name"] == "olga"
    again = Client().get(link)
    assert again.status_code == 403
    assert "sessionid" not in again.cookies


def test_the_link_ends_after_a_day(owner: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    link = accounts.sign_in_path(owner)
    tomorrow = datetime.now() + timedelta(days=1, seconds=5)
    monkeypatch.setattr(accounts.tokens, "_now", lambda: tomorrow)
    assert client.get(link).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in/MQ/x-y/", "/sign-in/!!/x/", "/sign-in/OTk5OTk5OTk5OTk5OTk5OTk5OTk5/x-y/", "/sign-in/eA/x-y/"])
def test_a_link_that_was_never_given(db: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 403


def test_a_password_token_is_no_sign_in_token(owner: User, client: Client) -> None:
    from django.contrib.auth.tokens import default_token_generator

    user_part = accounts.sign_in_path(owner).split("/")[2]
    assert client.get(f"/sign-in/{user_part}/{default_token_generator.make_token(owner)}/").status_code == 403


def test_who_was_deactivated_does_not_get_in(owner: User, client: Client) -> None:
    link = accounts.sign_in_path(owner)
    owner.is_active = False
    owner.save()
    assert client.get(link).status_code == 403


def test_sign_in_and_out_by_password(owner: User, client: Client) -> None:
    owner.set_password("correct horse")
    owner.save()
    wrong = client.post("/accounts/login/", {"login": "olga", "password": "wrong"})
    assert wrong.status_code == 200
    assert "There is no account with this name and password." in wrong.content.decode()
    chinese = client.post("/accounts/login/", {"login": "olga", "password": "wrong"}, headers={"accept-language": "zh-CN"})
    assert "没有与此名称和密码相符的账号。" in chinese.content.decode()
    right = client.post("/accounts/login/", {"login": "olga", "password": "correct horse"})
    assert (right.status_code, right["Location"]) == (302, "/")
    client.post("/accounts/logout/")
    assert client.get("/api/me").status_code == 401


def test_the_owner_can_set_a_password(owner: User, client: Client) -> None:
    owner.set_unusable_password()
    owner.save()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    client.post("/accounts/password/set/", {"password1": "a long new one", "password2": "a long new one"})
    assert User.objects.get().check_password("a long new one")


def test_nobody_makes_an_account_unless_the_setting_says_so(db: None, client: Client, settings: Settings) -> None:
    form = {"username": "new", "password1": "a long new one", "password2": "a long new one"}
    client.post("/accounts/signup/", form)
    assert not User.objects.exists()
    settings.SIGN_UP = True
    client.post("/accounts/signup/", form)
    assert User.objects.filter(username="new").exists()


def test_pages_send_the_stranger_to_sign_in(db: None, client: Client) -> None:
    for path in ("/", "/labs/x", "/lessons"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/change/", "/accounts/password/set/", "/accounts/logout/", "/nothing"]
)
def test_server_pages_are_complete_in_chinese(owner: User, client: Client, path: str) -> None:
    if "password/set" in path:
        owner.set_unusable_password()
    else:
        owner.set_password("correct horse")
    owner.save()
    if path != "/accounts/login/":
        client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "zh-hans"
    text = client.get(path).content.decode()
    assert '<html lang="zh-Hans">' in text
    visible = text.split('<main class="account">', 1)[1].split("</main>")[0]
    assert words(visible) <= {"olga"}


def words(html: str) -> set[str]:
    """The English words that a page shows."""
    import re

    return set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>|&\w+;", " ", html)))


def test_the_browsers_language_counts_until_one_is_chosen(db: None, client: Client) -> None:
    assert "zh-Hans" in client.get("/accounts/login/", headers={"accept-language": "zh-CN,zh;q=0.9"}).content.decode()
    client.post("/language/", {"language": "en", "next": "/accounts/login/"})
    assert 'lang="en"' in client.get("/accounts/login/", headers={"accept-language": "zh-CN,zh;q=0.9"}).content.decode()


def test_me_says_who_and_what(api: ApiClient) -> None:
    me = api.get("/api/me").json()
    assert me["user"] == {"name": "olga", "staff": False, "has_password": False}
    assert me["language"] == "en"
    assert me["limits"]["nodes"] == 2_000
    assert me["workers"] == []


def test_the_compiled_translations_are_those_of_the_source() -> None:
    """Whoever changes locale/**/django.po runs `manage.py compilemessages`."""
    import ast
    import gettext
    import re

    from django.conf import settings

    folder = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES"
    pairs = re.findall(r'^msgid (".*")\nmsgstr (".*")$', (folder / "django.po").read_text(), re.MULTILINE)
    source = {ast.literal_eval(key): ast.literal_eval(value) for key, value in pairs if key != '""'}
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert source
    assert {key: compiled.gettext(key) for key in source} == source
    assert all(source.values())

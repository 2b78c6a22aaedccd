"""Users from a CSV file in the admin: looked at line by line, then made, all or none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labs.models import Lab
from labs.web import roster
from labs.web.actions import runs
from labs.web.roster import RosterError, read_roster

CLASS = "username,email,name,password\nmei,mei@example.org,Mei Lin,plum blossom 3\nwei,,王伟,\n"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, data: bytes, encoding: str = "utf-8-sig") -> str:
    file = SimpleUploadedFile("class.csv", data, "text/csv")
    return client.post("/admin/auth/user/import/", {"file": file, "encoding": encoding}).content.decode()


def confirm(client: Client, page: str) -> str:
    """Press the button, with what the page carries."""
    import html

    found = re.search(r'name="text" value="([^"]*)"', page)
    assert found, page
    return client.post("/admin/auth/user/import/", {"text": html.unescape(found[1]), "confirm": "x"}).content.decode()


def test_a_class_is_looked_at_and_then_made(admin: Client, client: Client) -> None:
    page = upload(admin, CLASS.encode())
    assert "2 users will be made" in page
    assert User.objects.count() == 1
    done = confirm(admin, page)
    mei, wei = User.objects.get(username="mei"), User.objects.get(username="wei")
    assert (mei.email, mei.get_full_name(), mei.check_password("plum blossom 3")) == ("mei@example.org", "Mei Lin", True)
    assert (wei.get_full_name(), wei.has_usable_password(), wei.is_staff) == ("王伟", False, False)
    (link,) = re.findall(r"http://testserver(/sign-in/\S+?)<", done)
    assert client.get(link).status_code == 302
    assert client.get("/api/me").json()["user"]["name"] == "wei"
    assert "plum blossom" not in done


def test_who_is_there_already_is_left_as_he_is(admin: Client) -> None:
    User.objects.create_user("mei", "old@example.org")
    page = upload(admin, CLASS.encode())
    assert "1 user will be made" in page
    assert "is there already" in page
    confirm(admin, page)
    assert User.objects.get(username="mei").email == "old@example.org"
    assert User.objects.filter(username="wei").exists()


def test_each_bad_line_is_named_and_nothing_can_be_made(admin: Client) -> None:
    page = upload(admin, b"username,email\ngood,\nbad name,\nx,not an address\ngood,\nmore,,,\n")
    assert "4 lines are bad" in page
    assert 'name="confirm"' not in page
    confirm(admin, page)
    assert User.objects.count() == 1


def errors(text: str) -> dict[int, str]:
    return {line.number: " ".join(line.errors) for line in read_roster(text.encode()) if line.errors}


@pytest.mark.django_db
def test_what_is_wrong_with_a_line() -> None:
    found = errors(
        'username;email;name;password\na b;;;\n;x;;\nmei;;"Two\nlines";1234\nfay;nonsense;;\n\nfay;;;\nlong;;'
        + "x" * 151
        + ";\nwei;;;;5\nfine;fine@example.org;Fine;plum blossom 3\n"
    )
    assert {number: text.split()[0] for number, text in found.items()} == {
        2: "username:", 3: "username:", 4: "This", 6: "email:", 8: "The", 9: "name:", 10: "It",
    }  # fmt: skip
    assert "too short" in found[4]
    assert "line 6" in found[8]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no user"),
        (b"username,name\n", "no user"),
        (b"mei,wei\n", "Line 1 must name the columns"),
        (b"username,username\nx,y\n", "Line 1 must name the columns"),
        (b"email\nx@example.org\n", "Line 1 must name the columns"),
        (b'username\n"mei\n', "is no CSV"),
        ("username,name\nmei,x\nwei,王伟\n".encode("gb18030"), "Line 3 is not in this encoding"),
        ("username\nmei\n".encode("utf-16"), "not in this encoding"),
        (b"username\nme\0i\n", "no text"),
        (b"username\n" + b"x" * roster.MAX_BYTES, "at most"),
    ],
)
def test_what_is_no_list_of_users(data: bytes, words: str) -> None:
    with pytest.raises(RosterError, match=words):
        read_roster(data)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("\ufeffusername,name\r\nwei,王伟\r\n".encode(), "utf-8-sig"),
        ("用户名\t姓名\nwei\t王伟\n".encode("gb18030"), "gb18030"),
        ("Name;Username\n王伟;wei".encode(), "utf-8-sig"),
    ],
)
def test_as_spreadsheets_save_it(data: bytes, encoding: str) -> None:
    (line,) = read_roster(data, encoding)
    assert (line.username, line.name, line.errors) == ("wei", "王伟", [])


@pytest.mark.django_db
def test_a_file_has_a_limit_of_users(settings: Any) -> None:
    settings.LIMITS = replace(settings.LIMITS, imported_users=1)
    with pytest.raises(RosterError, match="2 users; at most 1"):
        read_roster(CLASS.encode())


def test_only_who_may_add_users_makes_a_class(db: None, client: Client) -> None:
    client.force_login(User.objects.create_user("staff", is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/auth/user/import/").status_code == 403


def test_a_superuser_makes_new_links_and_stops_labs(admin: Client, owner: User, lab: Lab) -> None:
    links = admin.post("/admin/auth/user/", {"action": "one_time_links", "_selected_action": [owner.pk]})
    assert re.search(r"/sign-in/\S+?<", links.content.decode())
    runs.run_lab(owner, lab.pk)
    admin.post("/admin/labs/lab/", {"action": "stop", "_selected_action": [str(lab.pk)]})
    lab.run.refresh_from_db()
    assert not lab.run.wanted
    assert "ns1" not in admin.get(f"/admin/labs/revision/{lab.head_id}/change/").content.decode()
    assert "View on site" in admin.get(f"/admin/labs/lab/{lab.pk}/change/").content.decode()

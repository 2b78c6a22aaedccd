"""A list of users as a CSV file: read, and each line judged. Nothing is made here: see `labs.web.actions.users`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_BYTES = 256 * 1024
DELIMITERS = ",;\t"
COLUMNS = {
    "username": "username", "email": "email", "name": "name", "password": "password",
    "用户名": "username", "邮箱": "email", "姓名": "name", "密码": "password",
}  # fmt: skip
"""What a column may be called, and what it is."""


class RosterError(Exception):
    """The file as a whole is no list of users; the message says why, with the line."""


@dataclass(slots=True)
class Line:
    number: int
    """In the file, from 1."""
    username: str = ""
    email: str = ""
    name: str = ""
    password: str = ""
    """Without one, the user is given a one-time link."""
    exists: bool = False
    """There is such a user, who is left as he is."""
    errors: list[str] = field(default_factory=list)

    def user(self) -> User:
        """Not saved, and without the password."""
        return User(username=User.normalize_username(self.username), email=User.objects.normalize_email(self.email), first_name=self.name)


def read_roster(data: bytes, encoding: str = "utf-8-sig") -> list[Line]:
    """Every line, judged. Raises RosterError where there is no telling lines apart."""
    lines = list(_parse(decode(data, encoding)))
    if not lines:
        raise RosterError(_("There is no user in the file."))
    limit = settings.LIMITS.imported_users
    if len(lines) > limit:
        raise RosterError(_("The file has %(count)s users; at most %(limit)s are taken at once.") % {"count": len(lines), "limit": limit})
    _judge(lines)
    return lines


def decode(data: bytes, encoding: str) -> str:
    """The file's text. An encoding is chosen, never guessed: a wrong guess would make names of nonsense."""
    if len(data) > MAX_BYTES:
        raise RosterError(_("The file has %(size)s bytes; at most %(limit)s are taken.") % {"size": len(data), "limit": MAX_BYTES})
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = _("Line %(line)s is not in this encoding. Choose another one, or save the file as “CSV UTF-8”.")
        raise RosterError(message % {"line": line}) from None
    if "\0" in text:
        raise RosterError(_("The file is no text in this encoding. Save it as “CSV UTF-8”."))
    return text


def _parse(text: str) -> Iterator[Line]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True)
    columns: list[str] | None = None
    before = 0
    try:
        for values in reader:
            number, before = before + 1, reader.line_num
            values = [value.strip() for value in values]
            if not any(values):
                continue
            if columns is None:
                columns = _columns(values, number)
            else:
                yield _line(number, columns, values)
    except csv.Error as error:
        raise RosterError(_("Line %(line)s is no CSV: %(reason)s") % {"line": reader.line_num, "reason": error}) from None


def _columns(heads: Sequence[str], line: int) -> list[str]:
    unknown = [head for head in heads if head.lower() not in COLUMNS]
    columns = [COLUMNS[head.lower()] for head in heads if head not in unknown]
    if unknown or "username" not in columns or len(set(columns)) < len(columns):
        message = _("Line %(line)s must name the columns: username, and any of email, name, password, each once; it has: %(heads)s")
        raise RosterError(message % {"line": line, "heads": ", ".join(heads)})
    return columns


def _line(number: int, columns: Sequence[str], values: Sequence[str]) -> Line:
    cells = dict(zip(columns, values, strict=False))
    username, email, name, password = (cells.get(column, "") for column in ("username", "email", "name", "password"))
    line = Line(number, username, email, name, password)
    if len(values) > len(columns):
        line.errors.append(_("It has %(count)s values for %(columns)s columns.") % {"count": len(values), "columns": len(columns)})
    return line


def _judge(lines: Sequence[Line]) -> None:
    there = set(User.objects.filter(username__in=[line.username for line in lines]).values_list("username", flat=True))
    first: dict[str, int] = {}
    for line in lines:
        user = line.user()
        line.exists = user.username in there
        line.errors += _errors(user, line.password)
        if first.setdefault(user.username, line.number) != line.number:
            line.errors.append(_("The user is in line %(line)s already.") % {"line": first[user.username]})


def _errors(user: User, password: str) -> Iterator[str]:
    try:
        user.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield from (f"{_heading(name)}: {message}" for message in messages)
    if password:
        try:
            validate_password(password, user)
        except ValidationError as error:
            yield from error.messages


def _heading(field_name: str) -> str:
    return {"username": "username", "email": "email", "first_name": "name"}.get(field_name, field_name)

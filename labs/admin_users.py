"""The admin of users: as Django's, with a class made from a CSV file, and one-time links for those who have no password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labs.web.accounts import sign_in_path
from labs.web.actions.users import create_users
from labs.web.roster import Line, RosterError, decode, read_roster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    UserAdminBase = DjangoUserAdmin[User]
else:
    UserAdminBase = DjangoUserAdmin

ENCODINGS = [("utf-8-sig", "UTF-8"), ("gb18030", gettext_lazy("GBK, GB 18030 (Excel in Chinese Windows)"))]


class RosterForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=ENCODINGS, required=False)
    text = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    """What was looked at, when it is confirmed."""

    lines: list[Line]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        file = values.get("file")
        if not file and not values.get("text"):
            raise forms.ValidationError(_("Choose a file."))
        try:
            if file:
                values["text"] = decode(file.read(), values.get("encoding") or "utf-8-sig")
            self.lines = read_roster(values["text"].encode())
        except RosterError as error:
            raise forms.ValidationError(str(error)) from None
        return values


admin.site.unregister(User)


@admin.register(User)
class UserAdmin(UserAdminBase):
    change_list_template = "admin/users.html"
    actions = ["one_time_links"]

    def get_urls(self) -> list[URLPattern]:
        return [path("import/", self.admin_site.admin_view(self.import_users), name="import_users"), *super().get_urls()]

    def import_users(self, request: HttpRequest) -> HttpResponse:
        """Upload, then look at what each line comes to, then confirm. Nothing is made where a line is bad."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, _("Users from a CSV file"), form=RosterForm())
        form = RosterForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, _("Users from a CSV file"), form=form)
        bad = sum(bool(line.errors) for line in form.lines)
        new = sum(not line.exists for line in form.lines)
        if "confirm" in request.POST and not bad:
            made = create_users([line for line in form.lines if not line.exists])
            self.log_additions(request, made)
            return self._links(request, made)
        return self._page(request, _("Users from a CSV file"), lines=form.lines, bad=bad, new=new, text=form.cleaned_data["text"])

    def log_additions(self, request: HttpRequest, users: Iterable[User]) -> None:
        for user in users:
            self.log_addition(request, user, [{"added": {}}])

    @admin.action(description=gettext_lazy("Make one-time sign-in links"), permissions=["impersonate"])
    def one_time_links(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        return self._links(request, queryset.filter(is_active=True), again=True)

    def has_impersonate_permission(self, request: HttpRequest) -> bool:
        """A link signs whoever has it in as that user: for superusers alone."""
        return bool(request.user.is_active and request.user.is_superuser)

    def _links(self, request: HttpRequest, users: Iterable[User], *, again: bool = False) -> HttpResponse:
        """Those who have a password sign in by it."""
        rows = [
            (user, request.build_absolute_uri(sign_in_path(user)) if again or not user.has_usable_password() else None) for user in users
        ]
        return self._page(request, _("One-time sign-in links"), rows=rows)

    def _page(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        everywhere = self.admin_site.each_context(request)
        response = TemplateResponse(request, "admin/import_users.html", {**everywhere, "opts": self.opts, "title": title, **context})
        response["Cache-Control"] = "no-store"  # it has passwords in it, or links that are as good
        return response

"""The admin: labs and workers as they are; users in `admin_users.py`. What changes a lab goes through `labs.web.actions`.

Drawings are not shown here: who looks at another's lab does so on its page, where it is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labs import admin_users  # noqa: F401 - registers its own
from labs.models import Lab, Member, Revision, Run, Worker
from labs.web.actions import labs, runs, workers
from labs.web.api.users import user_of

if TYPE_CHECKING:
    LabAdminBase = admin.ModelAdmin[Lab]
    MembersBase = admin.TabularInline[Member, Lab]
    RevisionAdminBase = admin.ModelAdmin[Revision]
    RunAdminBase = admin.ModelAdmin[Run]
    WorkerAdminBase = admin.ModelAdmin[Worker]
else:
    LabAdminBase = RevisionAdminBase = RunAdminBase = WorkerAdminBase = admin.ModelAdmin
    MembersBase = admin.TabularInline

admin.site.site_header = admin.site.site_title = "Topoweb"


class ReadOnly:
    """To be looked at: documents are drawn and labs run from the page, where they are checked."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Members(MembersBase):
    model = Member
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Lab)
class LabAdmin(ReadOnly, LabAdminBase):
    list_display = ["name", "owner", "state", "updated"]
    list_select_related = ["owner", "run"]
    search_fields = ["name", "owner__username"]
    inlines = [Members]
    actions = ["stop"]

    @admin.display(ordering="run__state")
    def state(self, lab: Lab) -> str:
        return lab.run.state

    def view_on_site(self, lab: Lab) -> str:
        return f"/labs/{lab.pk}"

    @admin.action(description=gettext_lazy("Stop"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: Any) -> None:
        for lab in queryset:
            runs.stop_lab(user_of(request), lab.pk)

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """As the table of permissions says: superusers may stop every lab."""
        return user_of(request).is_superuser

    def delete_model(self, request: HttpRequest, obj: Lab) -> None:
        labs.delete_any_lab(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for lab in queryset:
            labs.delete_any_lab(lab)


@admin.register(Revision)
class RevisionAdmin(ReadOnly, RevisionAdminBase):
    list_display = ["lab", "number", "by", "at"]
    fields = ["lab", "number", "by", "at"]
    list_select_related = ["lab", "by"]
    search_fields = ["lab__name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly, RunAdminBase):
    list_display = ["lab", "wanted", "state", "generation", "worker", "since"]
    list_filter = ["state", "worker"]
    exclude = ["plan"]
    list_select_related = ["lab", "worker"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Worker)
class WorkerAdmin(WorkerAdminBase):
    list_display = ["name", "machine", "is_connected", "last_seen"]
    fields = ["name", "machine", "features", "last_seen"]
    readonly_fields = ["machine", "features", "last_seen"]

    @admin.display(boolean=True, description="connected")
    def is_connected(self, worker: Worker) -> bool:
        return worker.connected

    def save_model(self, request: HttpRequest, obj: Worker, form: Any, change: bool) -> None:
        """A new worker is given a token, which is shown here and kept nowhere."""
        if change:
            obj.save(update_fields=["name"])
            return
        token = Worker.new_token()
        obj.pk = workers.register_worker(obj.name, token).pk
        messages.warning(request, _("Give this token to the worker (--token-file); it is not shown again: %(token)s") % {"token": token})

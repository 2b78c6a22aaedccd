"""Where everything is. What is not listed is the page's own: it routes `/labs/…`, `/lessons` and `/copy/…` by itself."""

from allauth.account import views as allauth
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language

from labs.web import accounts, views
from labs.web.api import api

accounts_urls = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("signup/", allauth.signup, name="account_signup"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include(accounts_urls)),
    path("sign-in/<uidb64>/<token>/", accounts.sign_in, name="sign_in"),
    path("language/", set_language, name="set_language"),
    path("api/", api.urls),
    re_path(r"^(?:labs(?:/.*)?|lessons(?:/.*)?|copy/.*)?$", views.page, name="page"),
]

handler404 = "labs.web.views.not_found"
handler500 = "labs.web.views.failed"

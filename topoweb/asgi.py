"""The ASGI application: HTTP by Django, the two WebSockets by Channels."""

import os
import warnings

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
django.setup()  # which what follows needs

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - see above
from django.urls import path  # noqa: E402 - see above

from labs.web.consumers.origin import SameOrigin  # noqa: E402 - see above
from labs.web.consumers.page import PageConsumer  # noqa: E402 - see above
from labs.web.consumers.session import with_session  # noqa: E402 - see above
from labs.web.consumers.unknown import UnknownConsumer  # noqa: E402 - see above
from labs.web.consumers.worker import WorkerConsumer  # noqa: E402 - see above
from topoweb.serving.requests import RequestHandler  # noqa: E402 - see above

# WhiteNoise hands over a file as a synchronous iterator, which Django reads whole: right for files of this size.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = ProtocolTypeRouter(
    {
        "http": RequestHandler(),
        "websocket": URLRouter(
            [
                path("ws/page", SameOrigin(with_session(PageConsumer.as_asgi()))),
                path("ws/worker", WorkerConsumer.as_asgi()),
                path("<path:path>", UnknownConsumer.as_asgi()),
            ]
        ),
    }
)

"""`{% vite_entry %}` and `{% vite_styles %}`: the front end that Vite built into `static/dist/`, by its manifest."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ENTRY = "src/main.tsx"

register = template.Library()


class Chunk(TypedDict, total=False):
    """A chunk as Vite's manifest describes it; paths are relative to `static/dist/`."""

    file: str
    css: list[str]
    imports: list[str]


class FrontEndNotBuiltError(Exception):
    """`static/dist/` has no manifest: run `make setup`."""


@lru_cache(maxsize=1)
def _manifest(path: Path, changed: float) -> dict[str, Chunk]:
    manifest: dict[str, Chunk] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _read_manifest() -> dict[str, Chunk]:
    path = Path(settings.BASE_DIR) / "static" / "dist" / ".vite" / "manifest.json"
    try:
        return _manifest(path, path.stat().st_mtime)
    except FileNotFoundError as error:
        raise FrontEndNotBuiltError(f"The front end is not built: {path} is missing. Run `make setup`.") from error


def _with_imports(manifest: dict[str, Chunk], name: str) -> list[Chunk]:
    """The chunk and all that it imports statically, each once, imports first."""
    visited: set[str] = set()
    ordered: list[Chunk] = []

    def visit(key: str) -> None:
        if key in visited:
            return
        visited.add(key)
        for needed in manifest[key].get("imports", []):
            visit(needed)
        ordered.append(manifest[key])

    visit(name)
    return ordered


def _styles(chunks: list[Chunk]) -> SafeString:
    urls = [static(f"dist/{sheet}") for chunk in chunks for sheet in chunk.get("css", [])]
    return format_html_join("", '<link rel="stylesheet" href="{}">', ((url,) for url in urls))


@register.simple_tag
def vite_styles() -> SafeString:
    """The front end's style sheets, with its fonts, for a page that Django renders."""
    return _styles(_with_imports(_read_manifest(), ENTRY))


@register.simple_tag
def vite_entry() -> SafeString:
    """The page's `<link>` and `<script>` tags."""
    manifest = _read_manifest()
    chunks = _with_imports(manifest, ENTRY)
    preloads = [static(f"dist/{chunk['file']}") for chunk in chunks[:-1]]
    return format_html(
        '{}{}<script type="module" src="{}"></script>',
        _styles(chunks),
        format_html_join("", '<link rel="modulepreload" href="{}">', ((url,) for url in preloads)),
        static(f"dist/{manifest[ENTRY]['file']}"),
    )

"""A section as a form: its type's settings with its blocks as rows, and the form's answers as contents of the section."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, fields

from core.commerce.content.documents import links_in, new_node_id
from core.commerce.media.actions import store_asset
from core.commerce.media.errors import PictureRefused
from core.commerce.media.queries import asset_views
from core.kernel.i18n import N_, current_language, gettext, speaking
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering.blocks import BlockType
from core.rendering.console.forms import Choices, Form
from core.rendering.console.widgets import Choice, widget_of
from core.rendering.frame_sections import LookSettings
from core.rendering.pages import present_settings
from core.rendering.palettes import ACCENTS
from core.rendering.theme import installed_theme
from core.web.console.design.offers import offers_for, strangers
from core.web.console.media import picture_url

BLOCKS = "blocks"


def form_schema(block_type: BlockType) -> type[Schema]:
    """The settings of a type with its blocks as rows; types with several kinds of blocks keep theirs untouched."""
    if len(block_type.children) != 1:
        return block_type.schema
    return _with_rows(block_type.schema, next(iter(block_type.children.values())))


@lru_cache(maxsize=128)
def _with_rows(schema: type[Schema], child: type[Schema]) -> type[Schema]:
    row = type(
        f"{child.__name__}Row",
        (child,),
        {"id": fields.String(load_default="", metadata={"widget": "hidden"})},
    )
    rows = fields.List(
        fields.Nested(row),
        load_default=list,
        metadata={"label": N_("Entries"), "movable": True, "add_label": N_("Add an entry")},
    )
    return type(f"{schema.__name__}Form", (schema,), {BLOCKS: rows})


def section_values(block_type: BlockType, section: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of a stored section shows."""
    values = dict(present_settings(block_type, section) or {})
    blocks = section.get("blocks") or {}
    if len(block_type.children) == 1:
        values[BLOCKS] = [
            {**(blocks[one].get("settings") or {}), "id": one}
            for one in section.get("order") or ()
            if one in blocks
        ]
    return values


def section_form(
    block_type: BlockType, section: Mapping[str, Any], *, theme_key: str, wanted: str = ""
) -> Form:
    """The form of a section as it is stored; `wanted` are words to look for products with."""
    schema, values = form_schema(block_type)(unknown=EXCLUDE), section_values(block_type, section)
    picked = request.form.getlist("products") or values.get("products") or ()
    if wish := request.form.get("_do", ""):
        picked = [*picked, wish.removeprefix("add:products:")] if wish.startswith("add:products:") else picked
    return Form(
        schema,
        values=values,
        offers=offers_for(schema, picked=picked, wanted=wanted),
        choices=_choices(block_type, theme_key),
        previews=_previews(schema, values),
    )


def _choices(block_type: BlockType, theme_key: str) -> Choices:
    if block_type.schema is not LookSettings:
        return {}
    presets = [
        Choice(
            one.key,
            _said(one.title),
            " ".join(one.light.get(name, "#fff") for name in ("--bg", "--brand", "--deal")),
        )
        for one in installed_theme(theme_key).presets.values()
    ]
    own = Choice("", gettext(N_("Of the palette")))
    accents = [Choice(one.key, gettext(one.label), one.light["--brand"]) for one in ACCENTS.values()]
    return {"preset": presets, "accent": [own, *accents]}


def _said(title: Mapping[str, str]) -> str:
    return title["zh" if current_language().startswith("zh") else "en"]


def _previews(schema: Schema, values: Mapping[str, Any]) -> dict[str, str]:
    """Addresses of the present pictures, by field."""
    wanted = {
        name: found
        for name, one in schema.load_fields.items()
        if widget_of(one) == "image" and values.get(name) and (found := as_id(str(values[name])))
    }
    known = asset_views(wanted.values())
    return {name: picture_url(known[one].picture) for name, one in wanted.items() if one in known}


def taken_content(form: Form, block_type: BlockType, section: Mapping[str, Any]) -> dict[str, Any] | None:
    """The submitted form as contents of the section, its pictures stored; None when a field needs another look."""
    data = form.submit(request.form, request.files)
    if data is None:
        return None
    form.refuse(strangers(form.schema, data, _previous(section)))
    if len(data.get(BLOCKS) or ()) > block_type.most:
        form.refuse({BLOCKS: [gettext(N_("At most %(most)s here."), most=block_type.most)]})
    if form.errors or not _store_pictures(form, data):
        return None
    return _content(block_type, data, section)


def _previous(section: Mapping[str, Any]) -> list[Any]:
    """Links and pictures that were in the section before."""
    settings = section.get("settings") or {}
    return [*links_in(section), *(value for value in settings.values() if isinstance(value, str))]


def _store_pictures(form: Form, data: dict[str, Any]) -> bool:
    for name in form.removed:
        data[name] = None
    for name, upload in form.uploads.items():
        try:
            data[name] = store_asset(content=upload.read(), file_name=upload.filename or "").id
        except PictureRefused as error:
            form.refuse({name: [f"{error.text} {error.fix_text}".strip()]})
    return not form.errors


def _content(block_type: BlockType, data: Mapping[str, Any], section: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in data.items() if name != BLOCKS}
    content: dict[str, Any] = {"v": block_type.version, "settings": block_type.schema().dump(own)}
    if len(block_type.children) == 1:
        kind, child = next(iter(block_type.children.items()))
        known = section.get("blocks") or {}
        blocks: dict[str, Any] = {}
        for row in data.get(BLOCKS) or ():
            named = str(row.get("id", ""))
            node = named if named in known and named not in blocks else new_node_id()
            kept = {"hidden": True} if known.get(node, {}).get("hidden") else {}
            blocks[node] = {"type": kind, "settings": child().dump(row), **kept}
        content |= {"blocks": blocks, "order": list(blocks)}
    return content


def new_section(block_type: BlockType) -> dict[str, Any]:
    """A section as it is added: its type's first words, in the shop's language."""
    with speaking(current_scope().language):
        starts = dict(block_type.starts()) if block_type.starts else {}
    rows = starts.pop(BLOCKS, [])
    blocks = {new_node_id(): {"type": next(iter(block_type.children), ""), "settings": row} for row in rows}
    section: dict[str, Any] = {"type": block_type.name, "v": block_type.version, "settings": starts}
    return {**section, BLOCKS: blocks, "order": list(blocks)} if block_type.children else section

"""Whether what a plugin declares can be used: blocks, pages and settings are tried at boot, before anybody needs them."""

from collections.abc import Iterator

from flask import Blueprint, Flask
from marshmallow import Schema

from core.rendering.blocks import BlockType, BlockTypes
from core.rendering.extensions import Pages


def block_problems(plugin: str, blocks: list[BlockType]) -> Iterator[str]:
    """What is wrong with block types, one sentence each."""
    known = BlockTypes()
    for block_type in blocks:
        try:
            known.add(block_type, plugin=plugin)
        except ValueError as error:
            yield f"{error}."
        for schema in (block_type.schema, *block_type.children.values()):
            yield from _schema_problems(f"block type {block_type.name}", schema)
        for part in ("needs", "view", "load", "upgrade"):
            value = getattr(block_type, part)
            if value is not None and not callable(value):
                yield f"block type {block_type.name}: {part} is not a function."


def page_problems(plugin: str, pages: Pages) -> Iterator[str]:
    """What keeps pages from being mounted, one sentence each."""
    for name in ("storefront", "console"):
        blueprint = getattr(pages, name)
        if blueprint is None:
            continue
        if not isinstance(blueprint, Blueprint):
            yield f"{name} is not a Blueprint."
            continue
        try:
            # An application of its own, so that a mistake leaves nothing behind in the real one.
            Flask(__name__, static_folder=None).register_blueprint(
                blueprint, url_prefix=f"/x/{plugin.replace('_', '-')}", name=plugin
            )
        except Exception as error:  # noqa: BLE001 - whatever a plugin's blueprint does when it is mounted
            yield f"{name} cannot be mounted: {type(error).__name__}: {error}"


def settings_problems(plugin: str, schema: type[Schema]) -> Iterator[str]:
    """What is wrong with a schema of settings, one sentence each."""
    yield from _schema_problems(f"settings of {plugin}", schema)


def _schema_problems(where: str, schema: object) -> Iterator[str]:
    if not isinstance(schema, type) or not issubclass(schema, Schema):
        yield f"{where}: its schema is not a marshmallow Schema."
        return
    try:
        schema()
    except Exception as error:  # noqa: BLE001 - a plugin's schema may do anything when it is made
        yield f"{where}: its schema cannot be made: {type(error).__name__}: {error}"

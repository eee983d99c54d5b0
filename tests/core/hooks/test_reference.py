"""The generated page: every hook with all that a plugin author asks, and the gaps of its docstrings."""

from core.hooks.reference import reference_gaps, render_hook_reference

PRICED = '''
from core.hooks.markers import hookspec
from core.hooks.results import Refusal

@hookspec(since="0.3", budget_ms=2.5, activation="obligation", stages=("first", "main"))
def check_price(
    total_in_minor_units: int, name_of_the_whole_basket: str | None, codes_that_were_typed: tuple[str, ...]
) -> list[Refusal]:
    """Refuse a price.

    Never look at the clock.

    When: before the price is shown.
        Twice at checkout.

    Transaction: none.

    Args:
        total_in_minor_units: the total | the sum,
            in minor units.
        name_of_the_whole_basket: its name.
        codes_that_were_typed: codes.

    Returns:
        refusals, or an empty list.

    Raises: whatever you like; the line is closed.

    Example:
        @hookimpl
        def check_price(total_in_minor_units):
            return []
    """


@hookspec
def on_price_shown(total: int) -> None:
    """A price was shown."""
'''


def test_page_tells_everything_about_a_hook(folder, boot, written):
    folder.write("tea_club", "@hookimpl\ndef check_price():\n    return []\n")
    page = render_hook_reference(boot(specs=[written(PRICED, "room")]))
    section = page[page.index("### check_price") : page.index("## on_")]
    assert section == (
        "### check_price\n\n"
        "```python\n"
        "def check_price(\n"
        "    total_in_minor_units: int,\n"
        "    name_of_the_whole_basket: str | None,\n"
        "    codes_that_were_typed: tuple[str, …],\n"
        ") -> list[Refusal]\n"
        "```\n\n"
        "Refuse a price.\n\n"
        "Never look at the clock.\n\n"
        "- **When**: before the price is shown. Twice at checkout.\n"
        "- **Transaction**: none.\n"
        "- **Called for**: the plugins that are enabled or draining in the shop\n"
        "- **Stages**: `first`, `main`\n"
        "- **Budget**: 2.5 ms; slower calls are counted\n"
        "- **Since**: 0.3, declared in `room`\n"
        "- **Implemented by**: `tea_club`\n\n"
        "| argument | type | |\n"
        "|---|---|---|\n"
        "| `total_in_minor_units` | `int` | the total \\| the sum, in minor units. |\n"
        "| `name_of_the_whole_basket` | `str \\| None` | its name. |\n"
        "| `codes_that_were_typed` | `tuple[str, …]` | codes. |\n\n"
        "**Returns** `list[Refusal]`: refusals, or an empty list.\n\n"
        "**On failure**: whatever you like; the line is closed.\n\n"
        "```python\n@hookimpl\ndef check_price(total_in_minor_units):\n    return []\n```\n\n"
    )


def test_page_falls_back_to_the_family_where_a_docstring_is_silent(boot, written):
    page = render_hook_reference(boot(specs=[written(PRICED, "room")]))
    section = page[page.index("### on_price_shown") :]
    assert "- **When**: after commit, at least once" in section
    assert "- **Called for**: the plugins that are enabled or draining in the shop" in section
    assert "- **Implemented by**: nobody here" in section
    assert "**On failure**: retried with back-off" in section
    assert page.endswith("\n")
    assert not page.endswith("\n\n")


def test_page_lists_every_family_and_every_hook(boot, room):
    registry = boot()
    page = render_hook_reference(registry)
    assert all(f"\n### {name}\n" in page for name in registry.specs)
    assert "| `switch_check`, `switch_off`, `switch_on`, `switch_purge` |" in page
    assert page == render_hook_reference(boot())


def test_gaps_name_what_docstrings_do_not_say(boot, written):
    source = PRICED.replace("name_of_the_whole_basket: its name.", "basket: its name.")
    assert reference_gaps(boot(specs=[written(source, "room")])) == (
        "check_price (room) does not say what its argument name_of_the_whole_basket is",
        "check_price (room) describes basket, which is no argument",
        "on_price_shown (room) does not say what its argument total is",
    )


def test_arguments_told_in_running_text_are_understood(boot, written):
    source = (
        "from core.hooks.markers import hookspec\n"
        "@hookspec\ndef on_sold(event: int) -> None:\n"
        "    '''It was sold.\n\n    When: after commit.\n    Arguments: `event`, with ids only;\n"
        "        read again.\n    Returns: nothing.\n    '''\n"
    )
    registry = boot(specs=[written(source)])
    assert registry.specs["on_sold"].doc.arguments == {"event": "with ids only; read again."}
    assert registry.specs["on_sold"].doc.sections == {"when": "after commit.", "returns": "nothing."}
    assert reference_gaps(registry) == ()

"""The boot: what is found, what is quarantined and with which words, what stops it, and in which order hooks run."""

import importlib.metadata
import random
import sys
from types import ModuleType

import pytest

from core.hooks.discovery import candidates_in
from core.hooks.errors import BootError, HookMisuseError, HookOrderError
from core.hooks.registry import Clash, HookRegistry

BADGE = """
@hookimpl
def enrich_books(book_ids):
    return {book: "new" for book in book_ids}
"""

ONE_FILE = """
class {name}(Plugin):
    version, sdk = "1.0", ">=0.1"
    title = summary = {{"en": "One", "zh": "一"}}
"""


def order(registry, hook="enrich_books"):
    return [one.plugin for one in registry.implementations(hook)]


def refused(registry, name):
    plugin = registry.plugins[name]
    assert plugin.status == "quarantined"
    return plugin.reason


# What is found


def test_folder_and_file_plugins_are_found_and_loaded(folder, boot):
    folder.write("coupon", BADGE)
    folder.write_file(
        "tea_club",
        """
class TeaClub(Plugin):
    version, sdk = "0.1.0", ">=0.1,<1"
    title = {"en": "Tea club", "zh": "茶友会"}
    summary = {"en": "Limits.", "zh": "限购。"}

    @hookimpl
    def check_basket(self, total):
        return [Refusal("tea_club.too_much", "Too much.")] if total > 100 else []
""",
    )
    (folder.path / "notes").mkdir()
    (folder.path / "_draft.py").write_text("raise SystemExit")
    registry = boot()
    assert {name: plugin.status for name, plugin in registry.plugins.items()} == {
        "coupon": "loaded",
        "tea_club": "loaded",
    }
    assert registry.plugins["coupon"].folder == folder.path / "coupon"
    assert registry.plugins["coupon"].module.__name__ == f"{folder.path.name}.coupon.hooks"
    assert registry.plugins["tea_club"].folder is None
    assert registry.plugins["tea_club"].manifest.title.zh == "茶友会"
    assert registry.report() == "2 plugins loaded: coupon 1.2.0, tea_club 0.1.0"
    assert order(registry, "check_basket") == ["tea_club"]


def test_manifest_is_read_without_running_code(folder, boot):
    folder.write("future", "raise RuntimeError('was run')", sdk='">=9"')
    registry = boot()
    assert "asks for sdk >=9, but this is sdk 0.1.0" in refused(registry, "future")
    assert f"{folder.path.name}.future.hooks" not in sys.modules


def test_no_plugins_at_all_boots(boot):
    assert boot().report() == "0 plugins loaded"


def test_plugin_folder_that_does_not_exist_stops_the_boot(tmp_path, room):
    with pytest.raises(BootError, match="does not exist"):
        HookRegistry.boot([room], plugin_folder=tmp_path / "nowhere", entry_point_group=None)


def test_plugin_folder_off_the_import_path_stops_the_boot(tmp_path, room):
    (tmp_path / "elsewhere_plugins").mkdir()
    with pytest.raises(BootError, match="put its parent on the import path"):
        HookRegistry.boot([room], plugin_folder=tmp_path / "elsewhere_plugins", entry_point_group=None)


def install(home, name, points, files=None):
    """Lay out an installed distribution as pip would."""
    info = {
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/entry_points.txt": "[pinpu.plugins]\n" + points,
    }
    for path, text in (info | (files or {})).items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")


def test_installed_plugins_are_found_by_entry_point(tmp_path, folder, boot):
    toml = 'name="stamps"\nversion="2.0"\nsdk=">=0.1"\ntitle={en="S",zh="章"}\nsummary={en="S.",zh="章。"}\n'
    files = {
        "stamps_pkg/__init__.py": "",
        "stamps_pkg/plugin.toml": toml,
        "stamps_pkg/hooks.py": "from core.hooks.markers import hookimpl\n" + BADGE,
        "torn_mod.py": "import no_such_library",
        "lone_mod.py": "from core.hooks.manifest import Plugin\nfrom core.hooks.markers import hookimpl\n"
        + ONE_FILE.format(name="Lone")
        + "    @hookimpl\n    def enrich_books(self):\n        return {}\n",
    }
    points = "stamps = stamps_pkg\ntorn = torn_mod\nlone = lone_mod:Lone\ngone = no_such_module_here\n"
    install(tmp_path, "stamps-dist", points, files)
    registry = boot(entry_point_group="pinpu.plugins")
    assert registry.plugins["stamps"].loaded, registry.report()
    assert registry.plugins["stamps"].folder == tmp_path / "stamps_pkg"
    assert order(registry) == ["lone", "stamps"]
    assert "No module named 'no_such_library'" in refused(registry, "torn")
    assert "there is no module no_such_module_here" in refused(registry, "gone")
    for name in ("stamps_pkg", "stamps_pkg.hooks", "torn_mod", "lone_mod"):
        sys.modules.pop(name, None)


def test_folder_wins_over_an_installed_plugin_of_the_same_name(tmp_path, folder, boot):
    folder.write("stamps", BADGE)
    install(tmp_path, "stamps-dist", "stamps = no_such_module_here\n")
    registry = boot(entry_point_group="pinpu.plugins")
    assert registry.plugins["stamps"].loaded
    assert "stamps is taken" in registry.report()
    assert any(point.name == "stamps" for point in importlib.metadata.entry_points(group="pinpu.plugins"))


# What is quarantined, and with which words


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "def enrich_books(book_ids):\n    return {}",
            "enrich_books is a hook but is not marked. Write @hookimpl",
        ),
        (
            "def enrich_book(ids):\n    return {}",
            "enrich_book is not marked and looks like the hook enrich_books.",
        ),
        (
            "@hookimpl\ndef enrich_bokks(book_ids):\n    return {}",
            "enrich_bokks is marked as a hook, but there is no such hook. Did you mean enrich_books?",
        ),
        (
            "@hookimpl\ndef frobnicate():\n    return {}",
            "frobnicate is marked as a hook, but there is no such hook.",
        ),
        (
            "@hookimpl\nasync def enrich_books(book_ids):\n    return {}",
            "enrich_books is asynchronous; nobody would await it. Write def instead of async def.",
        ),
        (
            "@hookimpl\ndef enrich_books(book_ids):\n    yield {}",
            "enrich_books is a generator; nobody would run it.",
        ),
        ("@hookimpl\nasync def enrich_books(book_ids):\n    yield {}", "enrich_books is asynchronous"),
        (
            "@hookimpl\ndef enrich_books(book_id, language):\n    return {}",
            "enrich_books has no argument book_id. Did you mean book_ids? Its arguments: book_ids, language.",
        ),
        (
            "@hookimpl\ndef enrich_books(*args):\n    return {}",
            "enrich_books takes *args. Name the arguments",
        ),
        (
            "@hookimpl\ndef enrich_books(**kw):\n    return {}",
            "Name the arguments you need, of: book_ids, language.",
        ),
        ("@hookimpl\ndef enrich_books(*, language):\n    return {}", "argument language must be plain"),
        ("@hookimpl\ndef enrich_books(memo={}):\n    return {}", "enrich_books has no argument memo."),
        (
            "@hookimpl(stage='soon')\ndef enrich_books():\n    return {}",
            "stage 'soon' does not exist in enrich_books. Its stages: early, main, late.",
        ),
        (
            "import functools\n@hookimpl\n@functools.lru_cache\ndef enrich_books():\n    return {}",
            "enrich_books is a _lru_cache_wrapper. Mark a plain function.",
        ),
        (
            "import functools\nenrich_books = hookimpl(functools.partial(dict, a=1))",
            "wrong/hooks.py  enrich_books is a partial. Mark a plain function.",
        ),
        (
            "import pluggy\n@pluggy.HookimplMarker('pinpu')(wrapper=True)\ndef enrich_books():\n    return (yield)",
            "enrich_books is a wrapper; it could change what other plugins return.",
        ),
        (
            "import pluggy\n@pluggy.HookimplMarker('pinpu')(hookwrapper=True)\ndef enrich_books():\n    yield",
            "enrich_books is a wrapper",
        ),
        (
            "import pluggy\n@pluggy.HookimplMarker('pinpu')(tryfirst=True)\ndef enrich_books():\n    return {}",
            "enrich_books uses pluggy's tryfirst. Use hookimpl(before=…, after=…, stage=…).",
        ),
        (
            "import pluggy\n@pluggy.HookimplMarker('pinpu')(specname='enrich_books')\ndef helper():\n    return {}",
            "helper is marked as a hook, but there is no such hook.",
        ),
        (
            "import no_such_library",
            "importing it raised ModuleNotFoundError: No module named 'no_such_library'",
        ),
        ("def broken(:\n    pass", "invalid syntax."),
        ("import sys\nsys.exit(3)", "importing it raised SystemExit: 3"),
        ("1 / 0", "importing it raised ZeroDivisionError"),
        ("def __dir__():\n    raise LookupError('hidden')", "looking at it raised LookupError: hidden"),
    ],
)
def test_wrong_plugin_is_quarantined_and_the_others_work(folder, boot, code, said):
    folder.write("wrong", code)
    folder.write("good", BADGE)
    registry = boot()
    assert said in refused(registry, "wrong")
    assert registry.plugins["good"].loaded
    assert order(registry) == ["good"]
    assert said in registry.report()


def test_report_names_file_and_line_of_every_mistake(folder, boot):
    home = folder.write(
        "wrong",
        "@hookimpl\ndef enrich_bokks():\n    return {}\n\n\n@hookimpl\nasync def check_basket():\n    return []\n",
    )
    folder.write("good", BADGE)
    first, second = (
        folder.line_of(text, home / "hooks.py") - 1 for text in ("def enrich_bokks", "def check_basket")
    )
    place = f"{folder.path.name}/wrong/hooks.py"
    assert boot().report() == (
        "1 plugin loaded: good 1.2.0\n"
        "1 plugin quarantined (none of its code is called):\n"
        "  wrong\n"
        f"    {place}:{second}  check_basket is asynchronous; nobody would await it. Write def instead of async def.\n"
        f"    {place}:{first}  enrich_bokks is marked as a hook, but there is no such hook. Did you mean enrich_books?"
    )


def test_import_error_names_the_line_in_the_plugin_that_caused_it(folder, boot):
    home = folder.write("wrong", "from . import rules\n")
    (home / "rules.py").write_text("import json\n\njson.loads('{')\n")
    assert f"{folder.path.name}/wrong/rules.py:3  importing it raised JSONDecodeError" in refused(
        boot(), "wrong"
    )


def test_syntax_error_names_its_line(folder, boot):
    home = folder.write("wrong", "x = 1\ndef broken(:\n")
    line = folder.line_of("def broken", home / "hooks.py")
    assert f"wrong/hooks.py:{line}  invalid syntax." in refused(boot(), "wrong")


def test_folder_without_hooks_module_is_quarantined(folder, boot):
    home = folder.write("bare")
    (home / "hooks.py").unlink()
    assert refused(boot(), "bare") == f"{folder.path.name}/bare  has no hooks.py."


def test_python_folder_without_manifest_is_quarantined(folder, boot):
    home = folder.write("bare")
    (home / "plugin.toml").unlink()
    assert refused(boot(), "bare") == f"{folder.path.name}/bare  has Python files but no plugin.toml."


def test_name_that_is_no_slug_is_quarantined(folder, boot):
    folder.write("Big-Sale")
    assert "'Big-Sale' is no plugin name." in refused(boot(), "Big-Sale")


def test_helper_with_a_leading_underscore_or_another_name_is_allowed(folder, boot):
    folder.write("good", BADGE + "\ndef _enrich_book(): ...\ndef words(): ...\nfrom os.path import join\n")
    assert boot().plugins["good"].loaded


def test_looking_at_a_plugin_wakes_no_proxy(folder, boot):
    folder.write(
        "good", "from werkzeug.local import LocalProxy\n\nshop = LocalProxy(lambda: 1 / 0)\n" + BADGE
    )
    registry = boot()
    assert registry.plugins["good"].loaded, registry.report()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1", "defines no Plugin class."),
        (ONE_FILE.format(name="A") + ONE_FILE.format(name="B"), "defines 2 Plugin classes."),
        (
            ONE_FILE.format(name="A") + "    def __init__(self):\n        1 / 0\n",
            "making A() raised ZeroDivisionError",
        ),
        (
            ONE_FILE.format(name="A") + "    name = 'other'\n",
            "name is 'other' but its folder or module is 'single'.",
        ),
        (ONE_FILE.format(name="A").replace("version, sdk", "verison, sdk"), "Did you mean version?"),
        (
            ONE_FILE.format(name="A") + BADGE,
            "enrich_books is marked outside the Plugin class. Move it into the class.",
        ),
        (
            ONE_FILE.format(name="A") + "    def check_basket(self, total):\n        return []\n",
            "check_basket is a hook but is not marked.",
        ),
        (
            ONE_FILE.format(name="A")
            + "    @hookimpl\n    def check_basket(self, totals):\n        return []\n",
            "check_basket has no argument totals. Did you mean total?",
        ),
    ],
)
def test_wrong_one_file_plugin_is_quarantined(folder, boot, code, said):
    folder.write_file("single", code)
    assert said in refused(boot(), "single")


def test_one_file_plugin_may_use_static_and_class_methods_and_properties(folder, boot):
    folder.write_file(
        "single",
        ONE_FILE.format(name="A")
        + """
    @property
    def trap(self):
        raise RuntimeError("a property was run")

    @hookimpl
    @staticmethod
    def check_basket(total):
        return []

    @classmethod
    @hookimpl
    def enrich_books(cls, language):
        return {}
""",
    )
    registry = boot()
    assert registry.plugins["single"].loaded, registry.report()
    assert [one.arguments for one in registry.plugins["single"].implementations] == [
        ("total",),
        ("language",),
    ]


# Neighbours


def test_plugin_whose_need_is_missing_is_quarantined_with_those_who_need_it(folder, boot):
    folder.write("coupon", BADGE, needs='["points"]')
    folder.write("gift", BADGE, needs='["coupon"]')
    folder.write("other", BADGE)
    registry = boot()
    assert "needs the plugin points, which is not installed. Install points" in refused(registry, "coupon")
    assert "needs the plugin coupon, which is quarantined." in refused(registry, "gift")
    assert order(registry) == ["other"]


def test_plugins_may_need_each_other(folder, boot):
    folder.write("coupon", BADGE, needs='["gift"]')
    folder.write("gift", BADGE, needs='["coupon"]')
    assert order(boot()) == ["coupon", "gift"]


def test_conflicting_plugins_may_be_installed_but_not_on_together(folder, boot):
    folder.write("flash", BADGE, conflicts='["group"]')
    folder.write("group", BADGE)
    folder.write("seats", BADGE, needs='["group"]')
    folder.write("wrong", "1 / 0")
    registry = boot()
    assert registry.clashes({"flash"}) == ()
    assert registry.clashes({"group", "seats"}) == ()
    assert registry.clashes({"flash", "group"}) == (Clash("flash", "conflicts", "group"),)
    assert registry.clashes({"seats"}) == (Clash("seats", "needs", "group"),)
    assert registry.clashes({"wrong", "gone"}) == (
        Clash("gone", "missing", "gone"),
        Clash("wrong", "quarantined", "wrong"),
    )


def test_need_met_by_a_platform_plugin_is_no_clash(folder, boot):
    folder.write("base_data", BADGE, level='"platform"')
    folder.write("seats", BADGE, needs='["base_data"]')
    registry = boot()
    assert registry.platform_plugins == {"base_data"}
    assert registry.clashes({"seats"}) == ()


# Declarations


def test_declarations_come_in_order_with_their_plugins(folder, boot):
    folder.write("beta", "@hookimpl\ndef declare_blocks():\n    return ['b']\n")
    folder.write("alpha", "@hookimpl(after=('beta',))\ndef declare_blocks():\n    return ['a']\n")
    registry = boot()
    assert registry.declarations("declare_blocks") == [("beta", ["b"]), ("alpha", ["a"])]
    assert registry.declarations("declare_topics") == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no blocks today')", "declare_topics raised ValueError: no blocks today"),
        ("return ['a']", "declare_topics returned list ['a'] where tuple[str, …] is promised"),
        ("raise SystemExit(1)", "declare_topics raised SystemExit: 1"),
    ],
)
def test_failing_declaration_quarantines_the_whole_plugin(folder, boot, body, said):
    code = f"@hookimpl\ndef declare_blocks():\n    return ['w']\n\n@hookimpl\ndef declare_topics():\n    {body}\n"
    home = folder.write("wrong", code + BADGE)
    folder.write("needy", BADGE, needs='["wrong"]')
    folder.write("good", "@hookimpl\ndef declare_blocks():\n    return ['g']\n" + BADGE)
    registry = boot()
    line = folder.line_of("def declare_topics", home / "hooks.py") - 1
    assert f"wrong/hooks.py:{line}  {said}" in refused(registry, "wrong")
    assert registry.declarations("declare_blocks") == [("good", ["g"])]
    assert order(registry) == ["good"]
    assert "which is quarantined" in refused(registry, "needy")


def test_asking_for_declarations_of_another_family_is_refused(boot):
    with pytest.raises(HookMisuseError, match="check_basket is not a declaration"):
        boot().declarations("check_basket")


# Order


def test_order_is_stage_then_wishes_then_name(folder, boot):
    impl = "@hookimpl({})\ndef enrich_books():\n    return {{}}\n"
    folder.write("delta", impl.format("stage='early'"))
    folder.write("charlie", impl.format(""))
    folder.write("bravo", impl.format("stage='late'"))
    folder.write("alpha", impl.format("after='charlie'"))
    folder.write("echo", impl.format("stage='early', before=('delta',)"))
    assert order(boot()) == ["echo", "delta", "charlie", "alpha", "bravo"]


def test_manifest_orders_all_hooks_and_a_mark_on_the_hook_overrules_it(folder, boot):
    folder.write(
        "alpha", BADGE + "@hookimpl(before='beta')\ndef check_basket():\n    return []\n", after='["beta"]'
    )
    folder.write("beta", BADGE + "@hookimpl\ndef check_basket():\n    return []\n")
    registry = boot()
    assert order(registry, "enrich_books") == ["beta", "alpha"]
    assert order(registry, "check_basket") == ["alpha", "beta"]


def test_spec_may_have_stages_of_its_own(folder, boot):
    impl = "@hookimpl({})\ndef adjust_wrapping():\n    return []\n"
    folder.write("alpha", impl.format("stage='ribbon'"))
    folder.write("beta", impl.format(""))
    folder.write("gamma", impl.format("stage='paper'"))
    assert order(boot(), "adjust_wrapping") == ["gamma", "beta", "alpha"]


def test_order_does_not_depend_on_who_was_found_first(folder, boot, monkeypatch):
    names = ["ada", "bob", "cy", "dee", "eve", "fay"]
    for name in names:
        wish = {"ada": "after='eve'", "dee": "before='bob'", "fay": "stage='early'"}.get(name, "")
        folder.write(name, f"@hookimpl({wish})\ndef enrich_books():\n    return {{}}\n")
    expected = order(boot())
    assert expected == ["fay", "cy", "dee", "bob", "eve", "ada"]
    found = list(candidates_in(folder.path))
    for seed in range(6):
        shuffled = random.Random(seed).sample(found, len(found))
        monkeypatch.setattr("core.hooks.registry.candidates_in", lambda path, those=shuffled: those)
        registry = boot()
        assert list(registry.plugins) == [candidate.name for candidate in shuffled]
        assert order(registry) == expected


def test_cycle_between_plugins_stops_the_boot_by_name(folder, boot):
    impl = "@hookimpl(before='{}')\ndef enrich_books():\n    return {{}}\n"
    folder.write("alpha", impl.format("beta"))
    folder.write("beta", impl.format("gamma"))
    folder.write("gamma", impl.format("alpha"))
    with pytest.raises(HookOrderError) as refusal:
        boot()
    (said,) = refusal.value.problems
    assert said.startswith("enrich_books: alpha → beta → gamma → alpha is a cycle")
    assert f"alpha before beta: {folder.path.name}/alpha/hooks.py:" in said


def test_cycle_between_manifests_stops_the_boot_by_name(folder, boot):
    folder.write("alpha", before='["beta"]')
    folder.write("beta", before='["alpha"]')
    with pytest.raises(HookOrderError, match=r"alpha → beta → alpha is a cycle .*manifest of alpha"):
        boot()


def test_wish_against_the_stages_stops_the_boot_by_name(folder, boot):
    folder.write("alpha", "@hookimpl(stage='late', before='beta')\ndef enrich_books():\n    return {}\n")
    folder.write("beta", BADGE)
    with pytest.raises(HookOrderError, match=r"alpha → beta .*stage late comes after stage main"):
        boot()


def test_quarantined_plugin_makes_no_cycle(folder, boot):
    folder.write("alpha", BADGE, before='["beta"]')
    folder.write("beta", "1 / 0", before='["alpha"]')
    assert order(boot()) == ["alpha"]


# Core's own parts

ANSWERS = """
from core.hooks.markers import hookspec

@hookspec
def answer_owner(shop_id: int) -> str:
    '''Who owns the shop?'''

@hookspec
def declare_commands() -> list[str]:
    '''Name the commands.'''
"""
TENANTS = """
from core.hooks.markers import hookimpl

@hookimpl
def answer_owner(shop_id):
    return f"merchant {shop_id}"

@hookimpl
def declare_commands():
    return ["shop list"]
"""


def test_internal_part_answers_and_declares(boot, written):
    registry = boot(specs=[written(ANSWERS)], internal=[written(TENANTS, "tenants.hooks")])
    assert registry.internal == ("tenants",)
    assert registry.plugins == {}
    assert order(registry, "answer_owner") == ["tenants"]
    assert registry.declarations("declare_commands") == [("tenants", ["shop list"])]


def test_answer_without_implementation_stops_the_boot(boot, written):
    with pytest.raises(BootError, match="answer_owner must be answered by exactly one part; it is by none"):
        boot(specs=[written(ANSWERS)])


def test_answer_with_two_implementations_stops_the_boot(boot, written):
    parts = [written(TENANTS, "tenants.hooks"), written(TENANTS, "other.hooks")]
    with pytest.raises(BootError, match="it is by other and tenants"):
        boot(specs=[written(ANSWERS)], internal=parts)


def test_plugin_may_not_answer(folder, boot, written):
    folder.write("thief", TENANTS.replace("from core.hooks.markers import hookimpl", ""))
    registry = boot(specs=[written(ANSWERS)], internal=[written(TENANTS, "tenants.hooks")])
    assert "answer_owner is answered by the platform, not by plugins. Remove it." in refused(
        registry, "thief"
    )


@pytest.mark.parametrize("old", ["def answer_owner(shop_id)", 'return ["shop list"]'])
def test_mistake_of_an_internal_part_stops_the_boot(boot, written, old):
    new = {"def answer_owner(shop_id)": "def answer_owner(shop)", 'return ["shop list"]': "return 3"}[old]
    with pytest.raises(BootError, match=r"argument shop|returned int 3"):
        boot(specs=[written(ANSWERS)], internal=[written(TENANTS.replace(old, new), "tenants.hooks")])


def test_plugin_named_like_an_internal_part_is_passed_over(folder, boot, written):
    folder.write("tenants", BADGE.replace("enrich_books", "enrich_x"))
    registry = boot(specs=[written(ANSWERS)], internal=[written(TENANTS, "tenants.hooks")])
    assert registry.plugins == {}
    assert "tenants is taken" in registry.report()


# Listings


def test_hooks_are_listed_with_everything_that_pinpu_hooks_prints(folder, boot):
    folder.write("beta", BADGE)
    folder.write("alpha", BADGE)
    info = {hook.name: hook for hook in boot().hooks()}["enrich_books"]
    assert info.signature == "enrich_books(book_ids: tuple[UUID, …], language: str) -> dict[UUID, str]"
    assert (info.family, info.activation, info.since) == ("enrich", "offer", "0.1")
    assert info.policy == "skipped and counted; the page goes on without this plugin's values"
    assert info.summary == "Add a badge to books."
    assert info.implementers == ("alpha", "beta")


def test_unknown_hook_is_refused_with_the_nearest_name(boot):
    with pytest.raises(HookMisuseError, match=r"there is no hook enrich_boks; did you mean enrich_books\?"):
        boot().implementations("enrich_boks")


def test_registry_can_be_booted_twice_in_one_process(folder, boot):
    folder.write("coupon", BADGE)
    first, second = boot(), boot()
    assert order(first) == order(second) == ["coupon"]
    assert isinstance(second.plugins["coupon"].module, ModuleType)

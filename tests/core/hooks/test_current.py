"""The hooks of the bound shop: two shops, two sets, never mixed."""

import pytest

from core.hooks import current
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.errors import NotInstalledError
from core.kernel.tenancy import NoScope, ShopScope, shop_bound

TEA = ShopScope(1, "tea", "CNY", "zh-CN", "Asia/Shanghai")
HOME = ShopScope(2, "home", "GBP", "en", "Europe/London")
SETS = {1: PluginSets.of(["alpha"]), 2: PluginSets.of(["beta"])}
CODE = "@hookimpl\ndef show_receipt():\n    return 'thanks from {}'\n"


@pytest.fixture
def nothing_installed(monkeypatch):
    """As before boot; puts back what was there."""
    monkeypatch.setattr(current, "_dispatcher", None)
    monkeypatch.setattr(current, "_enabled_plugins", None)


@pytest.mark.usefixtures("nothing_installed")
def test_each_shop_has_its_own_hooks(folder, boot):
    for name in ("alpha", "beta"):
        folder.write(name, CODE.format(name))
    dispatcher = Dispatcher(boot())
    current.install(dispatcher, SETS.__getitem__)
    said = {}
    for scope in (TEA, HOME):
        with shop_bound(scope):
            said[scope.handle] = current.shop_hooks().call("show_receipt", total=1)
    assert said == {"tea": [("alpha", "thanks from alpha")], "home": [("beta", "thanks from beta")]}
    assert current.installed() is dispatcher


@pytest.mark.usefixtures("nothing_installed")
def test_switch_is_seen_by_the_next_request(folder, boot):
    folder.write("alpha", CODE.format("alpha"))
    sets = dict(SETS)
    current.install(Dispatcher(boot()), sets.__getitem__)
    with shop_bound(TEA):
        assert current.shop_hooks().implementers("show_receipt") == ("alpha",)
        sets[1] = PluginSets.of()
        assert current.shop_hooks().implementers("show_receipt") == ()


@pytest.mark.usefixtures("nothing_installed")
def test_hooks_without_a_shop_are_an_error(folder, boot):
    current.install(Dispatcher(boot()), SETS.__getitem__)
    with pytest.raises(NoScope):
        current.shop_hooks()


@pytest.mark.usefixtures("nothing_installed")
def test_hooks_before_boot_are_an_error():
    with shop_bound(TEA), pytest.raises(NotInstalledError, match="install has not been called"):
        current.shop_hooks()
    with pytest.raises(NotInstalledError):
        current.answer("answer_owner")


@pytest.mark.usefixtures("nothing_installed")
def test_answers_need_no_shop(boot, written):
    spec = "from core.hooks.markers import hookspec\n@hookspec\ndef answer_owner(host: str) -> str:\n    'Who?'\n"
    impl = "from core.hooks.markers import hookimpl\n@hookimpl\ndef answer_owner(host):\n    return host.upper()\n"
    registry = boot(specs=[written(spec)], internal=[written(impl, "tenants.hooks")])
    current.install(Dispatcher(registry), SETS.__getitem__)
    assert current.answer("answer_owner", host="tea.localhost") == "TEA.LOCALHOST"


BOTH = CODE + "@hookimpl\ndef show_shelf(shelf):\n    return {{'by': {!r}}}\n"


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ((), ("alpha",)),
        (("gamma",), ("alpha", "gamma")),
        # A mark of an enabled plugin changes nothing, one of a plugin that is off or unknown even less.
        (("alpha",), ("alpha",)),
        (("beta", "nobody"), ("alpha",)),
    ],
)
def test_basket_is_looked_at_by_a_draining_plugin_only_when_it_carries_its_mark(
    folder, boot, marked, expected
):
    for name in ("alpha", "beta", "gamma"):
        folder.write(name, BOTH.format(name, name))
    current.install(Dispatcher(boot()), {1: PluginSets.of(["alpha"], draining=["gamma"])}.__getitem__)
    with shop_bound(TEA):
        hooks = current.basket_hooks(marked)
        assert tuple(sorted(hooks.implementers("show_shelf"))) == expected
        # What is owed to old orders does not depend on the basket.
        assert tuple(sorted(hooks.implementers("show_receipt"))) == ("alpha", "gamma")
        assert tuple(sorted(current.shop_hooks().implementers("show_shelf"))) == ("alpha",)

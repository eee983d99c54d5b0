"""Unit: what a hostile template tries, and that each try ends at once with a reason."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import DictLoader, FunctionLoader
from jinja2.exceptions import TemplateError

from core.rendering.sandbox import Limits, SafeEnvironment, TemplateRefused, rendered


@dataclass
class Row:
    """Stands for an ORM object that somebody handed over by mistake."""

    name: str = "row"
    deleted: bool = False

    def delete(self) -> str:
        self.deleted = True
        return "deleted"


@dataclass(frozen=True)
class View:
    """A view, with a method that no template may call."""

    title: str
    secret_of: Any = None
    _hidden: str = "hidden"

    def explode(self) -> str:
        raise AssertionError("a template called a method")


def show(
    source: str, others: Mapping[str, str] | None = None, limits: Limits | None = None, **names: Any
) -> str:
    env = SafeEnvironment(loader=DictLoader({"it": source, **(others or {})}), strict=True)
    return rendered(env.get_template("it"), names, limits or Limits(seconds=1.0))


DOUBLING = "{% set a0 = 'xxxxxxxxxxxxxxxx' %}" + "".join(
    f"{{% set a{n + 1} = a{n} ~ a{n} %}}" for n in range(36)
)
ADDING = DOUBLING.replace(" ~ ", " + ")
BLOCK_DOUBLING = "{% set a0 %}xxxxxxxxxxxxxxxx{% endset %}" + "".join(
    f"{{% set a{n + 1} %}}{{{{ a{n} }}}}{{{{ a{n} }}}}{{% endset %}}" for n in range(36)
)
MACRO_DOUBLING = "{% macro m0() %}xxxxxxxxxxxxxxxx{% endmacro %}" + "".join(
    f"{{% macro m{n + 1}() %}}{{{{ m{n}() }}}}{{{{ m{n}() }}}}{{% endmacro %}}" for n in range(36)
)
NESTED = "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 60
NESTED_TUPLES = "{% set a = (1, 1) %}" + "{% set a = (a, a) %}" * 60

WORK = {
    "nested loops": "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}x"
    "{% endfor %}{% endfor %}{% endfor %}",
    "wide range": "{% for a in range(99999) %}x{% endfor %}",
    "string times number": "{{ 'a' * 100000000000 }}",
    "list times number": "{% for a in [1] * 100000000 %}x{% endfor %}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "tilde doubling": DOUBLING + "{{ a36 }}",
    "plus doubling": ADDING + "{{ a36 }}",
    "set-block doubling": BLOCK_DOUBLING + "{{ a36 }}",
    "macro doubling": MACRO_DOUBLING + "{{ m36() }}",
    "recursive macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "self include": "{% include 'it' %}",
    "self include in a loop": "{% for a in range(900) %}{% include 'it' %}{% endfor %}",
    "import of itself": "{% import 'it' as other %}",
    "recursive loop": "{% for a in items recursive %}{{ loop(items) }}{% endfor %}",
    "format width": "{{ '%99999999d' % 1 }}",
    "format filter": "{{ '%99999999d'|format(1) }}",
    "center filter": "{{ 'a'|center(300000000) }}",
    "indent filter": "{{ 'a'|indent(300000000) }}",
    "wordwrap filter": "{{ text|wordwrap(1) }}",
    "replace with nothing": "{{ text|replace('', text) }}",
    "replace bomb": "{{ text|replace('x', text)|replace('x', text) }}",
    "join bomb": "{{ range(1000)|join(text)|replace('x', text) }}",
    "batch fill": "{{ [1]|batch(300000000, 'x')|list }}",
    "output bomb": "{% for a in range(1000) %}{{ text }}{% endfor %}",
    "printing nested lists": NESTED + "{{ a }}",
    "comparing nested lists": NESTED + NESTED.replace(" a ", " b ").replace("a, a", "b, b") + "{{ a == b }}",
    "searching nested lists": NESTED + "{{ a in [a, [1]] }}",
    "hashing nested tuples": NESTED_TUPLES + "{{ {a: 1} }}",
    "subscript by nested tuples": NESTED_TUPLES + "{{ data[a] }}",
    "json of nested lists": NESTED + "{{ a|json }}",
    "length of a number": "{{ 5|length }}",
    "huge number": "{{ 999999999999999999999999 + 1 }}",
}


@pytest.mark.parametrize("attack", WORK, ids=str)
def test_work_without_end_is_refused(attack):
    with pytest.raises((TemplateError, TypeError)):
        show(WORK[attack], items=(1, 2), text="x" * 40_000, data={"a": 1})


REACH = {
    "class walk": "{{ ''.__class__.__mro__ }}",
    "class walk by subscript": "{{ ''['__class__'] }}",
    "globals of a function": "{{ range.__globals__ }}",
    "format trick": "{{ '{0.__class__}'.format(view) }}",
    "format_map trick": "{{ '{a.__class__}'.format_map(data) }}",
    "attr filter": "{{ view|attr('__class__') }}",
    "map filter": "{{ [view]|map(attribute='__class__')|list }}",
    "method of a view": "{{ view.explode() }}",
    "hidden field": "{{ view._hidden }}",
    "method of an object": "{{ row.delete() }}",
    "field of an object": "{{ row.name }}",
    "object itself": "{{ row }}",
    "object in a join": "{{ [row]|join }}",
    "object in JSON": "{{ [row]|json }}",
    "object in a tilde": "{{ 'a' ~ row }}",
    "object through escape": "{{ row|e }}",
    "method of a string": "{{ 'a'.upper() }}",
    "method of a mapping": "{{ data.keys() }}",
    "changing a mapping": "{{ data.update({'a': 2}) }}",
    "changing a list": "{{ listed.append(1) }}",
    "field of a datetime": "{{ when.tzinfo }}",
    "the context": "{{ self._TemplateReference__context }}",
    "an undefined's insides": "{{ (view.nothing|d(none))._undefined_obj }}",
    "a macro's function": "{% macro m() %}{% endmacro %}{{ m._func }}",
    "cycler": "{{ cycler('a') }}",
    "namespace": "{% set n = namespace(a=1) %}{{ n.a }}",
    "switching escaping off": "{% autoescape false %}{{ text }}{% endautoescape %}",
    "marking as safe": "{{ text|safe }}",
    "loop's own loop": "{% for a in listed %}{{ loop.__class__ }}{% endfor %}",
    "calling a value": "{{ text() }}",
    "file outside": "{% include '../../../etc/passwd' %}",
}


@pytest.mark.parametrize("attack", REACH, ids=str)
def test_reaching_for_python_is_refused(attack):
    row = Row()
    listed, data = [1], {"a": 1}
    with pytest.raises((TemplateError, TypeError)):
        show(
            REACH[attack],
            view=View("tea"),
            row=row,
            data=data,
            listed=listed,
            text="<b>",
            when=datetime(2026, 1, 1, tzinfo=UTC),
        )
    assert (row.deleted, listed, data) == (False, [1], {"a": 1})


def test_lenient_environment_prints_nothing_for_what_it_does_not_give():
    env = SafeEnvironment(
        loader=DictLoader({"it": "[{{ view._hidden }}{{ row.name.more }}{{ ''.__class__ }}]"}), strict=False
    )
    assert rendered(env.get_template("it"), {"view": View("tea"), "row": Row()}, Limits()) == "[]"


def test_time_limit_stops_slow_work():
    slow = "{% for a in range(1000) %}{% for b in range(1000) %}{{ a * b }}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateRefused, match="seconds"):
        show(slow, limits=Limits(steps=10**9, seconds=0.05))


def test_waiting_for_a_turn_on_a_busy_machine_is_not_slow_work():
    def part(name: str) -> str:
        time.sleep(0.15 if name == "waits" else 0)
        return "" if name == "waits" else "{% include 'waits' %}{% for a in range(200) %}x{% endfor %}"

    page = SafeEnvironment(loader=FunctionLoader(part), strict=True).get_template("it")
    assert rendered(page, {}, Limits(seconds=0.1)) == "x" * 200


def test_long_source_is_refused():
    with pytest.raises(TemplateError, match="characters of template"):
        show("x" * 64_001)


def test_refusal_names_the_line():
    with pytest.raises(TemplateError) as caught:
        show("one\ntwo\n{% autoescape false %}{% endautoescape %}")
    assert caught.value.lineno == 3


@dataclass(frozen=True)
class Card:
    title: str
    price: int
    tags: tuple[str, ...] = ()


ORDINARY = """{% macro tag(text, tone) %}<i class="{{ tone }}">{{ text }}</i>{% endmacro %}
{% for card in cards %}
{{ loop.index }} {{ card.title|upper }} {{ card.price * 2 }}{% if 'new' in card.tags %} {{ tag('<new>', 'a') }}{% endif %}

{% else %}none{% endfor %}
{{ cards|where('price', 5)|pluck('title')|join(', ') }}
{{ 'a' ~ 1 ~ '<' }} {{ cards[0].title[:2] }} {{ data|pairs|length }} {{ missing|d('nothing') }}
{{ {'a': [1, true, none, "</script>"]}|json }}"""


def test_ordinary_templates_work():
    cards = (Card("tea & cake", 5, ("new",)), Card("cup", 3))
    assert show(ORDINARY, cards=cards, data={"a": 1}).splitlines() == [
        '1 TEA &amp; CAKE 10 <i class="a">&lt;new&gt;</i>',
        "2 CUP 6",
        "tea &amp; cake",
        "a1&lt; te 1 nothing",
        '{"a": [1, true, null, "\\u003c/script\\u003e"]}',
    ]

"""Rewrites a parsed template so that loops, joins and comparisons pass through the budget, and refuses the rest."""

from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

MAX_SOURCE = 64_000

_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.EvalContextModifier, "escaping is always on"),
    (nodes.ScopedEvalContextModifier, "escaping is always on"),
)


class Guard(NodeTransformer):
    """One pass over the tree, before it is compiled. Jinja finds the methods by the names of the nodes."""

    def __init__(self, filename: str | None) -> None:
        self.filename = filename

    def refuse(self, node: nodes.Node, why: str) -> None:
        """Stop with the line at which the template asks for too much."""
        raise TemplateSyntaxError(f"not allowed here: {why}", node.lineno, filename=self.filename)

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        """Refuse nodes on the list, descend into the others."""
        for kind, why in _REFUSED:
            if isinstance(node, kind):
                self.refuse(node, why)
        return super().generic_visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        """Every iterable is checked and its length counted; loops that call themselves are refused."""
        if node.recursive:
            self.refuse(node, "a recursive loop")
        found = self.generic_visit(node)
        assert isinstance(found, nodes.For)
        found.iter = _filtered(found.iter, "_bounded")
        return found

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """`a ~ b ~ c` becomes one counted join."""
        found = self.generic_visit(node)
        assert isinstance(found, nodes.Concat)
        return _filtered(nodes.List(found.nodes, lineno=node.lineno), "_joined")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Only plain values are compared: comparing nested lists can take for ever."""
        found = self.generic_visit(node)
        assert isinstance(found, nodes.Compare)
        found.expr = _comparable(found.expr)
        for operand in found.ops:
            operand.expr = _comparable(operand.expr, container=operand.op in ("in", "notin"))
        return found

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """Keys are written out; hashing a computed key could take for ever."""
        if any(not isinstance(pair.key, nodes.Const) for pair in node.items):
            self.refuse(node, "a computed key")
        return self.generic_visit(node)

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802
        """No name may hide the engine's own."""
        for target in node.find_all(nodes.Name):
            if target.ctx == "store" and target.name.startswith("_"):
                self.refuse(node, "a name that begins with an underscore")
        return self.generic_visit(node)


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _comparable(node: nodes.Expr, *, container: bool = False) -> nodes.Expr:
    if isinstance(node, nodes.Const):
        return node
    return _filtered(node, "_plain_items" if container else "_plain")

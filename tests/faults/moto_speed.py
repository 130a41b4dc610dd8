"""What moto does again and again in thousands of runs, done once or not at all. What it answers stays the same."""

import copy
from collections import deque
from functools import cache
from typing import Any

import pytest
from moto.dynamodb import comparisons
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes, expressions

# Their types say less than is there.
_nodes: Any = ast_nodes
_expressions: Any = expressions
_Conditions: Any = comparisons.ConditionExpressionParser
_parse_update = _expressions.UpdateExpressionParser.make
_lex_condition = _Conditions._lex_condition_expression  # noqa: SLF001 - no public name
_update_item = DynamoDBBackend.update_item


def speed_up_moto(patch: pytest.MonkeyPatch) -> None:
    """Parse each expression once, and copy no table for a transaction."""
    patch.setattr(_expressions.UpdateExpressionParser, "make", staticmethod(cache(_parse_update)))
    patch.setattr(_Conditions, "_lex_condition_expression", _lex_condition_once)
    patch.setattr(_nodes.DepthFirstTraverser, "traverse", _traverse)
    patch.setattr(Table, "__deepcopy__", _copy_table, raising=False)
    patch.setattr(DynamoDBBackend, "update_item", _update_copy_of_item)


def _lex_condition_once(parser: Any) -> deque[Any]:  # noqa: ANN401 - as above
    return deque(_lex(str(parser.condition_expression)))


@cache
def _lex(expression: str) -> tuple[Any, ...]:
    return tuple(_lex_condition(_Conditions(expression, {}, {})))


def _traverse(traverser: Any, root: Any) -> Any:  # noqa: ANN401 - moto's have no types
    """Do what moto's method does, which asks for the classes of each node again: they are abstract, so that is slow."""
    processed = traverser.nodes_to_be_processed()

    def traverse(node: Any, child_id: int) -> Any:  # noqa: ANN401 - as above
        parent = node.parent
        for number, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, number)
            if _is_subclass(child.__class__, (_nodes.Node,)):
                traverse(child, number)
        if _is_subclass(node.__class__, processed):
            node = traverser.process(node)
            node.parent = parent
            if parent:
                parent.children[child_id] = node
        return node

    return traverse(root, -1)


@cache
def _is_subclass(node: type, kinds: tuple[type, ...]) -> bool:
    return issubclass(node, kinds)


def _copy_table(table: Table, _: dict[int, Any]) -> Table:
    """Return what a transaction that is cancelled restores: a table with the same items, as no item is ever changed."""
    same = copy.copy(table)
    same.items = table.items.copy()
    if table.range_key_attr is not None:
        for key, items in table.items.items():
            same.items[key] = items.copy()
    return same


def _update_copy_of_item(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], **request: Any) -> Any:  # noqa: ANN401 - moto's
    """Let moto change a copy of the item, so that the item stays what it was in copies of the table."""
    table = backend.get_table(table_name)
    hash_value, range_value = backend.get_keys_value(table, key)
    item = table.get_item(hash_value, range_value)
    if item is not None:
        items: Any
        items, value = (table.items, hash_value) if range_value is None else (table.items[hash_value], range_value)
        items[value] = copy.deepcopy(item)
    return _update_item(backend, table_name, key, **request)

"""Factories that are called once per process."""

import ast
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from conversations.bootstrap.once import once
from tests.template import ROOT

THREADS = 8


def test_factory_is_called_once_by_threads_that_need_it_at_the_same_time() -> None:
    calls: list[object] = []
    barrier, pause = Barrier(THREADS), Event()

    @once
    def create() -> object:
        calls.append(object())
        pause.wait(0.05)
        return calls[-1]

    def call(_: int) -> object:
        barrier.wait()
        return create()

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(call, range(THREADS)))

    assert len(calls) == 1
    assert results == calls * THREADS


def test_factory_is_called_again_after_its_cache_is_cleared() -> None:
    @once
    def create() -> object:
        return object()

    first = create()
    assert create() is first

    create.cache_clear()

    assert create() is not first


def test_no_factory_of_the_bootstrap_is_cached_otherwise() -> None:
    """``functools.cache`` would call it once per thread, and boto3 creates clients in one thread only."""
    paths = [*(ROOT / "layers/core/conversations/bootstrap").glob("*.py")]
    cached = [
        path.name
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "functools" and "cache" in {n.name for n in node.names}
    ]

    assert paths
    assert cached == [], "use once of bootstrap/once.py"

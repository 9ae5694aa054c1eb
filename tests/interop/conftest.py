"""The Rust peer is built while other tests run, so its own come last."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from interop.rust_peer import HOW_TO_GET_IT, Peer, Program, build

_BUILD = pytest.StashKey[Future[Program | None]]()


def _asks_the_peer(item: pytest.Item) -> bool:
    return Path(__file__).parent in item.path.parents


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_asks_the_peer)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.collectonly and any(map(_asks_the_peer, session.items)):
        session.stash[_BUILD] = ThreadPoolExecutor(1).submit(build)


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Program:
    if (program := request.session.stash[_BUILD].result()) is None:
        (pytest.fail if os.environ.get("REQUIRE_PEER") else pytest.skip)(HOW_TO_GET_IT)
    return program


@pytest.fixture(scope="session")
def peer(program: Program) -> Iterator[Peer]:
    with Peer(program) as running:
        yield running

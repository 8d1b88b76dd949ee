"""Work of requests that the server's own thread does not wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")


async def off(request: Request, work: Callable[[], T]) -> T:
    """Do work in a thread of the workspace's pool."""
    pool = request.app.state.workspace.pool
    return await asyncio.get_running_loop().run_in_executor(pool, work)

"""Elimination graph: adjacency lists of the vertices that are left, as others are eliminated.

``nodes`` (K, 5) int64 tells where a vertex's list lies and which vertices have as many neighbours;
``near`` int32 and ``link`` float64 are the neighbours and weights of all lists, with gaps.
``head`` (K + 1,) is the first vertex of every number of neighbours, or -1.
"""

from __future__ import annotations

import numpy as np

from varcolor.backend.jit.kernel import helper
from varcolor.typing import Array

#: Columns of ``nodes``: beginning, length and room of the list, vertices before and after.
START, LENGTH, ROOM, AHEAD, BEHIND = range(5)
COLUMNS = 5


@helper
def enqueue(nodes: Array, head: Array, v: int) -> None:
    """Put a vertex in front of those with as many neighbours."""
    many = nodes[v, LENGTH]
    after = head[many]
    head[many], nodes[v, AHEAD], nodes[v, BEHIND] = v, -1, after
    if after >= 0:
        nodes[after, AHEAD] = v


@helper
def dequeue(nodes: Array, head: Array, v: int) -> None:
    """Undo `enqueue`."""
    before, after = nodes[v, AHEAD], nodes[v, BEHIND]
    if before >= 0:
        nodes[before, BEHIND] = after
    else:
        head[nodes[v, LENGTH]] = after
    if after >= 0:
        nodes[after, AHEAD] = before


@helper
def make_lists(
    first: Array, to: Array, weight: Array, nodes: Array, near: Array, link: Array
) -> int:
    """Write every vertex's neighbours, each once; return where the lists end."""
    place, end = np.full(nodes.shape[0], -1, np.int64), 0
    for v in range(nodes.shape[0]):
        start = end
        for e in range(first[v], first[v + 1]):
            s = to[e]
            if place[s] >= start:
                link[place[s]] += weight[e]
            else:
                near[end], link[end], place[s] = s, weight[e], end
                end += 1
        nodes[v, START], nodes[v, LENGTH], nodes[v, ROOM] = start, end - start, end - start
    return end


@helper
def all_links(nodes: Array) -> int:
    """Return the length of all lists together."""
    total = 0
    for v in range(nodes.shape[0]):
        total += nodes[v, LENGTH]
    return total


@helper
def close_gaps(nodes: Array, near: Array, link: Array, to: Array, weight: Array) -> int:
    """Move all lists to ``to`` and ``weight``; return where they end."""
    end = 0
    for v in range(nodes.shape[0]):
        start, many = nodes[v, START], nodes[v, LENGTH]
        for e in range(many):
            to[end + e], weight[end + e] = near[start + e], link[start + e]
        nodes[v, START], nodes[v, ROOM] = end, many
        end += many
    return end


@helper
def take_over(
    nodes: Array,
    near: Array,
    link: Array,
    place: Array,
    met: Array,
    visit: int,
    v: int,
    s: int,
    part: float,
    end: int,
) -> int:
    """Replace v in the list of its neighbour s by the others, ``part`` times their weights to v.

    ``place`` (K,) are the places of v's neighbours in its list, else -1; ``met`` (K,) has numbers
    below ``visit``. Returns where the lists end.
    """
    at, many, base, own = nodes[v, START], nodes[v, LENGTH], nodes[s, START], nodes[s, LENGTH]
    met[place[s]] = visit
    gone, new = base, many - 1
    for e in range(base, base + own):
        k = place[near[e]]
        if k >= 0:
            link[e] += part * link[at + k]
            met[k] = visit
            new -= 1
        elif near[e] == v:
            gone = e
    own -= 1
    near[gone], link[gone] = near[base + own], link[base + own]
    if own + new > nodes[s, ROOM]:  # the list moves to the end
        for e in range(own):
            near[end + e], link[end + e] = near[base + e], link[base + e]
        base = end
        nodes[s, START], nodes[s, ROOM] = base, 2 * (own + new)
        end += nodes[s, ROOM]
    if new:
        for k in range(many):
            if met[k] != visit:
                near[base + own], link[base + own] = near[at + k], part * link[at + k]
                own += 1
    nodes[s, LENGTH] = own
    return end

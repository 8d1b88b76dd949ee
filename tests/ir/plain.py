"""A second, slow decoder of the tree's regions, written from FORMAT.md with plain Python integers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from varcolor.ir.tree.model import load_model

SPLIT, RANKED, CENTRAL, ABOVE, ZERO, SIGN, MORE, TAIL, ROOT, ANGLE = 0, 1, 2, 3, 4, 6, 8, 10, 11, 12


class Decoder:
    """Range decoder with mixed adaptive contexts."""

    def __init__(self, data: bytes) -> None:
        model = load_model()
        self.p = model.states[:, 0].tolist()
        self.n = model.states[:, 1].tolist()
        self.w = model.weights.tolist()
        self.stretch, self.squash = (c.tolist() for c in model.curves)
        self.rates = model.rates.tolist()
        self.data, self.at = data + bytes(1 << 16), 4
        self.low, self.high = 0, 0xFFFFFFFF
        self.value = int.from_bytes(self.data[:4], "big")

    def bit(self, kind: int, contexts: tuple[int, ...]) -> int:
        cells = [(4 * kind + i) * 1024 + c for i, c in enumerate(contexts)]
        total = sum(self.w[kind][i] * self.stretch[self.p[c] >> 4] for i, c in enumerate(cells))
        chance = self.squash[max(-2047, min(2047, total >> 16)) + 2048]
        middle = self.low + ((self.high - self.low) * chance >> 16)
        bit = int(self.value <= middle)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = (self.high << 8 & 0xFFFFFFFF) | 255
            self.value = (self.value << 8 & 0xFFFFFFFF) | self.data[self.at]
            self.at += 1
        for c in cells:
            self.p[c] += ((65535 if bit else 0) - self.p[c]) * self.rates[self.n[c]] >> 16
            self.n[c] = min(self.n[c] + 1, 120)
        return bit

    def number(self, kind: int) -> int:
        length = 0
        while self.bit(kind, (length,) * 4):
            length += 1
        value = 1
        for k in range(length - 1, -1, -1):
            value = 2 * value + self.bit(kind, (32 + 32 * min(length, 10) + k,) * 4)
        return value - 1


@dataclass
class Node:
    xyv: np.ndarray
    step: int
    parent: Node | None = None
    side: int = 0
    depth: int = 0
    twin: Node | None = None
    children: list[Node] = field(default_factory=list)
    k: list[int] = field(default_factory=lambda: [0, 0])
    slope: list[int] = field(default_factory=lambda: [0, 0])
    rank: int = 0
    thr: int = 0

    def __post_init__(self) -> None:
        x, y, v = (self.xyv[:, i].astype(object) for i in range(3))
        self.n = n = len(x)
        self.sums = {"x": int(x.sum()), "y": int(y.sum()), "v": int(v.sum())}

        def moment(a, b):
            ma, mb = int(a.sum()) // n, int(b.sum()) // n
            return int((a * b).sum()) - ma * int(b.sum()) - mb * int(a.sum()) + n * ma * mb

        xx, yy, xy, vv = moment(x, x), moment(y, y), moment(x, y), moment(v, v)
        self.squares = (xx, yy, vv, xx + yy + 2 * xy, xx + yy - 2 * xy)
        scale = round(16 * 0.49 * 2 ** (0.4 * n.bit_length()))
        spread = (32 * xx, 32 * yy, 2 * vv * scale, 16 * self.squares[3], 16 * self.squares[4])
        self.order = sorted(range(5), key=lambda f: -spread[f])
        first, second = spread[self.order[0]], spread[self.order[1]]
        self.clear = 0
        while self.clear < 4 and first > second + second // 2:
            first = first * 2 // 3
            self.clear += 1
        self.var = min(((vv // n).bit_length() + 1) // 2, 6)
        self.size = cell(n, self.step)

    @property
    def feature(self) -> int:
        return self.order[self.rank]

    def values(self, f: int) -> np.ndarray:
        x, y, v = self.xyv.T
        return (x, y, v, x + y, x - y)[f]

    def split(self) -> None:
        f, n = self.feature, self.n
        total = int(self.values(f).astype(object).sum())
        limit = 16 * total // n
        if self.thr:
            away = 7 * math.isqrt((16 * self.squares[f] // n) * 16) // 10
            limit += away if self.thr == 2 else -away
        right = 16 * self.values(f) > limit
        assert right.any()
        assert not right.all()
        for side, chosen in enumerate((~right, right)):
            self.children.append(Node(self.xyv[chosen], self.step, self, side, self.depth + 1))
        self.children[1].twin = self.children[0]
        self.children[0].twin = self.children[1]
        a, b = self.children
        self.amp = cell(max(a.n * b.n // n, 1), self.step)
        luma = 16 * a.sums["v"] // a.n - 16 * b.sums["v"] // b.n
        self.luma_sign = 0 if abs(luma) < 32 else (1 if luma > 0 else -1)
        self.luma = min(abs(luma).bit_length(), 12) // 2


def cell(n: int, step: int) -> int:
    bits = n.bit_length() - 1
    quarters = 4 * bits + (((n >> (bits - 2)) if bits >= 2 else (n << (2 - bits))) & 3)
    return max(0, min(15, (3 * quarters // 2 - step + 84) // 8))


def strength(node: Node | None) -> int:
    if node is None:
        return 3
    size = abs(node.k[0]) + abs(node.k[1])
    return size if size < 3 else 3 if size < 5 else 4 if size < 9 else 5


def sign(value: int) -> int:
    return 1 + (value > 0) - (value < 0)


def sibling(node: Node, channel: int) -> int:
    if node.side == 0 or node.parent is None:
        return 0
    return 2 + min(abs(node.twin.k[channel]), 2) if node.twin.children else 1


def split_contexts(node: Node) -> tuple[int, ...]:
    up = node.parent
    mine, beside, share, grand, uncle = strength(up), 0, 2, 3, 0
    if up is not None:
        if node.side:
            beside = 2 if node.twin.children else 1
        share = 0 if 4 * node.n < up.n else 1 if 2 * node.n < up.n else 2
        grand = strength(up.parent)
        uncle = int(up.parent is not None and bool(up.twin.children))
    return (
        node.size * 6 + mine,
        (node.var * 16 + node.size) * 5 + node.clear,
        ((beside * 6 + mine) * 8 + node.size // 2) * 3 + share,
        ((grand * 6 + mine) * 3 + share) * 2 + uncle,
    )


def rank_contexts(node: Node, rank: int) -> tuple[int, ...]:
    before = 5 if node.parent is None else node.parent.feature
    this, after = node.order[rank], node.order[rank + 1]
    return (
        rank * 16 + node.size,
        ((rank * 5 + this) * 5 + after) * 5 + node.clear,
        ((rank * 5 + this) * 6 + before) * 5 + node.clear,
        (rank * 7 + node.var) * 6 + strength(node.parent),
    )


def threshold_contexts(node: Node) -> tuple[int, ...]:
    before = 0 if node.parent is None else node.parent.thr
    return (
        node.feature * 16 + node.size,
        node.rank * 6 + strength(node.parent),
        (node.feature * 3 + before) * 2 + node.side,
        node.feature * 7 + node.var,
    )


def coefficient(read: Decoder, node: Node, ch: int) -> int:
    up = node.parent
    above = 3 if up is None else min(abs(up.k[ch]), 3)
    other = min(abs(node.k[0]), 3) if ch else 0
    f, amp, near = node.feature, node.amp, sibling(node, ch)
    contexts = (
        (amp * 4 + above) * 4 + other,
        (amp * 7 + node.luma) * 4 + other,
        ((f * 6 + strength(up)) * 3 + node.thr) * 4 + other,
        (amp * 5 + near) * 4 + other,
    )
    if not read.bit(ZERO + ch, contexts):
        return 0
    expected = sign(node.luma_sign * node.slope[ch])
    first = sign(node.k[0]) if ch else 1
    above_sign, before, beside = 1, 5, 1
    if up is not None:
        above_sign, before = sign(up.k[ch]), up.feature
        if node.side and node.twin.children:
            beside = sign(node.twin.k[ch]) + (3 if node.twin.feature == f else 0)
    contexts = (
        (expected * 7 + node.luma) * 3 + first,
        (first * 5 + f) * 3 + sign(node.luma_sign),
        ((f * 3 + above_sign) * 2 + node.side) * 6 + before,
        (f * 6 + beside) * 3 + expected,
    )
    positive = read.bit(SIGN + ch, contexts)
    size = 1
    while size < 15:
        s = min(size, 10) - 1
        contexts = (
            (s * 16 + amp) * 4 + above,
            (s * 4 + above) * 4 + other,
            (s * 7 + node.luma) * 4 + other,
            s * 5 + near,
        )
        if not read.bit(MORE + ch, contexts):
            break
        size += 1
    if size == 15:
        size += read.number(TAIL)
    return size if positive else -size


def regions(payload: bytes, step: int, gray: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return labels (H, W), mean coded chroma (regions, 2), and the angle."""
    height, width = gray.shape
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x.ravel(), y.ravel(), gray.ravel().astype(int)], axis=1).astype(np.int64)
    read = Decoder(payload)
    angle = 0
    for k in range(6):
        angle = 2 * angle + read.bit(ANGLE, (k,) * 4)
    means = []
    for channel in range(2):
        value = read.number(ROOT)
        if value and not read.bit(ROOT, (900 + channel,) * 4):
            value = -value
        means.append(value)
    q = 2 ** (step / 12)
    root = Node(pixels, step)
    colour = {id(root): np.array(means) * q / math.sqrt(height * width)}
    queue, labels, table = [root], np.zeros((height, width), int), []
    for node in queue:
        if node.n >= 4 and node.depth < 40 and read.bit(SPLIT, split_contexts(node)):
            while node.rank < 4 and read.bit(RANKED, rank_contexts(node, node.rank)):
                node.rank += 1
            if read.bit(CENTRAL, threshold_contexts(node)):
                node.thr = 1 + read.bit(ABOVE, threshold_contexts(node))
            node.split()
            for ch in range(2):
                node.k[ch] = coefficient(read, node, ch)
            a, b = node.children
            d = np.array(node.k) * q / math.sqrt(a.n * b.n / node.n)
            colour[id(a)] = colour[id(node)] + d * b.n / node.n
            colour[id(b)] = colour[id(node)] - d * a.n / node.n
            for ch in range(2):
                slope = node.slope[ch]
                if node.luma_sign and node.k[ch]:
                    slope = node.luma_sign * (1 if node.k[ch] > 0 else -1)
                a.slope[ch] = b.slope[ch] = slope
            queue += node.children
        else:
            labels[node.xyv[:, 1], node.xyv[:, 0]] = len(table)
            table.append(colour[id(node)])
    return labels, np.array(table), angle

"""The objects of a photo on the page: found once, and again only where clicks have changed."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import Any

from varcolor.image.picture import Picture
from varcolor.objects.clicked import Clicked
from varcolor.objects.clicks import Clicks
from varcolor.objects.instance import Instance
from varcolor.options import SolveOptions
from varcolor.pipeline.objects.instances import objects_in

#: Masks that are kept.
_KEPT = 64


class Masks:
    """What finds the objects of one photo.

    Parameters
    ----------
    picture : Picture
        The photo.
    gray : Picture
        The same in grey: what colouring sees.
    """

    def __init__(self, picture: Picture, gray: Picture) -> None:
        self._photos = {True: picture, False: gray}
        self._clicks: dict[bool, Clicks] = {}
        self._known: OrderedDict[Any, tuple[Instance, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, options: SolveOptions, colour: bool) -> tuple[Instance, ...] | None:
        """Return the objects that options name; None if they name none.

        Raises
        ------
        InputError
            If they cannot be found.
        """
        objects: Any = options.objects
        if objects is None:
            return None
        if not isinstance(objects, Clicked):
            return self._kept(
                (colour, repr(objects)),
                lambda: tuple(objects_in(self._photos[colour], options, colour)),
            )

        def find(inside: Any, outside: Any, label: str) -> Instance:
            key = colour, json.dumps([inside, outside, label])
            return self._kept(key, lambda: (self._session(colour).object(inside, outside, label),))[
                0
            ]

        return tuple(objects.found_by(find))

    def _session(self, colour: bool) -> Clicks:
        if colour not in self._clicks:
            self._clicks[colour] = Clicks(self._photos[colour])
        return self._clicks[colour]

    def _kept(self, key: Any, make: Any) -> tuple[Instance, ...]:
        with self._lock:
            if key not in self._known:
                self._known[key] = make()
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

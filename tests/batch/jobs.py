"""Functions that the tests run in worker processes."""

from __future__ import annotations

import os
import signal
import sys
import time

from cepkit.batch import workers


def act(order: tuple[str, object]) -> object:
    """("double", 2) -> 4; ("dormir", s); ("mourir", signal); ("charge", module) …"""
    verb, value = order
    if verb == "double":
        return 2 * value
    if verb == "dormir":
        time.sleep(value)
        return "réveillé"
    if verb == "mourir":
        os.kill(os.getpid(), value or signal.SIGKILL)
    if verb == "cellules":
        for number, seconds in enumerate(value, start=1):
            workers.at_cell(number)
            time.sleep(seconds)
        return "fini"
    if verb == "remplir":
        held = bytearray(value)
        time.sleep(60)
        return len(held)
    if verb == "orphelin":
        if os.fork() == 0:
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "hachage":
        return os.environ["PYTHONHASHSEED"]
    if verb == "charge":
        return value in sys.modules
    raise ZeroDivisionError("défaut voulu")

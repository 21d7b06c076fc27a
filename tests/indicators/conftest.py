"""Regions of the small release."""

import pytest

from cepkit.region import Region

from .release import make


@pytest.fixture
def bretagne() -> Region:
    return make("53")


@pytest.fixture
def mayotte() -> Region:
    return make("06")

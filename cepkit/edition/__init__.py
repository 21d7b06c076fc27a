"""What changes from one year to the next (`edition.yml`, `region.yml`) and where files stand."""

from __future__ import annotations

from cepkit.edition import project
from cepkit.edition.investigation import load_edition
from cepkit.edition.region import RegionFile, load_region
from cepkit.edition.schema import Edition

__all__ = ["Edition", "RegionFile", "load_edition", "load_region", "project"]

"""Raw data in: delivery, context files, workbooks and texts. Nothing here is masked yet."""

from cepkit.intake.load import Delivery, files, load

__all__ = ["Delivery", "files", "load"]

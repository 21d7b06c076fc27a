"""`cepkit demo`: write the demonstration delivery."""

from __future__ import annotations

from cepkit.edition import load_edition, project
from cepkit.formats import count

DEMO = project.DEMO


def demo(*, records: int | None, seed: int) -> int:
    """Write `data/demo/`, and the workbooks and texts of the 18 regions when they are absent."""
    from cepkit.demo import write
    from cepkit.demo.followup import write_followup

    paths = project.paths(DEMO)
    written = write(paths.data, seed=seed, records=records)
    print(f"Livraison de démonstration : {count(len(written), 'fichier')} dans data/{DEMO}/ "
          "(données fictives).")
    if not (paths.parameters / "regions").exists():
        made = write_followup(paths.parameters, load_edition(DEMO))
        print(f"{count(len(made), 'classeur')} de suivi et leurs textes : "
              f"parameters/{DEMO}/regions/.")
    print(f"Ensuite : cepkit run --exercice {DEMO}")
    return 0

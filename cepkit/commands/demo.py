"""`cepkit demo`: write the demonstration delivery."""

from __future__ import annotations

from pathlib import Path

from cepkit.edition import load_edition, project
from cepkit.formats import count

DEMO = project.DEMO
SEED = 1  # of the delivery whose mask is kept in the repository


def demo(*, records: int | None, seed: int) -> int:
    """Write `data/demo/`, and the workbooks and texts of the 18 regions when they are absent."""
    from cepkit.demo import write
    from cepkit.demo.followup import write_followup

    paths = project.paths(DEMO)
    before = _contents(paths.data)
    written = write(paths.data, seed=seed, records=records)
    _forget_mask(paths, before, seed)
    print(f"Livraison de démonstration : {count(len(written), 'fichier')} dans data/{DEMO}/ "
          "(données fictives).")
    if not (paths.parameters / "regions").exists():
        made = write_followup(paths.parameters, load_edition(DEMO))
        print(f"{count(len(made), 'classeur')} de suivi et leurs textes : "
              f"parameters/{DEMO}/regions/.")
    print(f"Ensuite : cepkit run --exercice {DEMO}")
    return 0


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*") if p.is_file()}


def _forget_mask(paths: project.Paths, before: dict[str, bytes], seed: int) -> None:
    """Another fictitious delivery: nobody is to be protected from the mask of the former one."""
    mask = paths.parameters / "masque.csv"
    after = _contents(paths.data)
    other = any(before[name] != after.get(name) for name in before)
    if mask.exists() and (other or (not before and seed != SEED)):
        mask.unlink()
        print("Le masque de la livraison précédente est retiré : ces données sont fictives.")

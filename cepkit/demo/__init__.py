"""Demonstration delivery: fictitious files shaped like those of an administration."""

from __future__ import annotations

from pathlib import Path


def write(folder: Path, *, seed: int = 1, records: int | None = None) -> list[Path]:
    """Write the demonstration delivery into `folder`; returns the paths written.

    The same `seed` gives the same bytes. `records`: number of rows of an additional
    record-level pseudonymised file (one entry a row), drawn from the same model.
    """
    from cepkit.demo import delivery, dossiers, enquetes, model
    from cepkit.demo.records import write_records

    folder.mkdir(parents=True, exist_ok=True)
    drawn = model.draw(seed)
    delivery.write_all(drawn, folder)
    dossiers.write_dossiers(folder / "13_dossiers_reconversion_2022.csv", seed)
    enquetes.write_survey(folder / "11_enquete_effets_2022.csv", seed)
    enquetes.write_interviews(folder / "12_entretiens_effets_2022.csv", seed)
    enquetes.write_notoriety(folder / "14_enquete_notoriete_2022.csv", seed)
    if records:
        write_records(drawn, folder / "10_entrees_individuelles_2022.csv", records, seed)
    return sorted(p for p in folder.iterdir() if p.suffix in (".csv", ".xlsx"))

"""The files of the demonstration delivery, awkward on purpose (see `edition.yml`)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cepkit import refdata
from cepkit.codes import ENSEMBLE, FRANCE, OPERATEURS, TOTAL
from cepkit.demo import files, tables
from cepkit.demo.model import Model
from cepkit.text import NBSP

CHAMP = "Champ : entrées en CEP, 18 régions, lieu de résidence de la personne."
_GROUPS = "« s » : non diffusé ; « <5 » : de 1 à 4 ; « nd » : non disponible ; « - » : néant."


def write_all(model: Model, folder: Path) -> None:
    """Write the nine files of the delivery."""
    _volumes(model, folder / "01_volumes_2022.csv")
    _series(model, folder / "02_series_2020_2021.xlsx")
    _profiles(model, folder / "03_profils_2022.xlsx")
    _sex_age(model, folder / "04_sexe_age_2022.csv")
    _departments(model, folder / "05_departements_profil_2022.csv")
    _services(model, folder / "06_parcours_2022.xlsx")
    _motives(model, folder / "07_motifs_2022.csv")
    _crossed_motives(model, folder / "08_motifs_croises_2022.xlsx")
    _association_files(model, folder / "09_dossiers_transitions_pro_2022.xlsx")


def operator_labels(model: Model) -> dict[str, str]:
    """Operator code -> label of the files, « Ensemble » last."""
    names = model.parameters["operateurs"]
    return {o: names[o] for o in OPERATEURS} | {ENSEMBLE: "Ensemble"}


def _absent(region: str, operateur: str) -> bool:
    """Apec sends nothing for Mayotte: no row at all."""
    return (region, operateur) == ("06", "apec")


def _department_names() -> dict[str, str]:
    frame = refdata.departements()
    return dict(zip(frame["code"], frame["nom"], strict=True)) | {TOTAL: "Total région"}


def _places(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """(region, departement) pairs in the order of the codes, each region closed by its total."""
    pairs = frame[["region", "departement"]].drop_duplicates()
    return sorted(map(tuple, pairs.to_numpy()), key=lambda p: (p[0], p[1] == TOTAL, p[1]))


def _volumes(model: Model, path: Path) -> None:
    entered = tables.volumes(model.entrees, "2022")
    persons = tables.volumes(model.beneficiaires, "2022")
    keys = ["region", "departement", "operateur"]
    both = entered.merge(persons, on=keys, suffixes=("", "_personnes")).set_index(keys).sort_index()
    names, labels = _department_names(), operator_labels(model)
    rows = []
    for region, dep in _places(entered):
        for code in (o for o in labels if not _absent(region, o)):
            n, persons_n = both.loc[(region, dep, code)]
            rows.append([files.region_label(region), dep if dep != TOTAL else "", names[dep],
                         labels[code], int(n), int(persons_n)])
    files.csv(path, ["CEP 2022 - Volumes par département de résidence et par opérateur",
                     "Données reçues le 17 avril 2023 - version 1.0"],
              ["Région", "Code dép.", "Département", "Opérateur", "Entrées", "Bénéficiaires"],
              rows, [CHAMP, "(1) Bénéficiaires : une personne suivie par deux opérateurs compte "
                     "une seule fois dans l'ensemble."], thousands=NBSP)


def _series(model: Model, path: Path) -> None:
    names, labels = _department_names(), operator_labels(model)
    with files.Workbook(path, "Séries 2020-2021") as book:
        for year in ("2020", "2021"):
            frame = tables.volumes(model.entrees, year)
            if year == "2021":
                frame["effectif"] = (frame["effectif"] / 10).round().astype(int) * 10
            wide = frame.pivot(
                index=["region", "departement"], columns="operateur", values="effectif")
            rows = []
            for region, dep in _places(frame):
                cells = wide.loc[(region, dep), list(labels)].tolist()
                cells = ["nd" if _absent(region, o) else n
                         for o, n in zip(labels, cells, strict=True)]
                rows.append([files.region_label(region), names[dep], *cells])
            notes = [CHAMP, "Rupture de série en 2022 : à ne pas comparer avec l'exercice 2022."]
            rounding = ["Effectifs arrondis à la dizaine."] if year == "2021" else []
            book.sheet(f"Entrées {year}", f"Entrées en CEP {year} par département et opérateur",
                       ["Région", "Département"], f"Entrées en CEP {year}",
                       [*labels.values()], rows, rounding + notes)
        _employed_people(model, book)


def _employed_people(model: Model, book: files.Workbook) -> None:
    frame = model.beneficiaires[model.beneficiaires["operateur"] == "operateur_regional"]
    sums = frame.groupby(["annee", "region"])["effectif"].sum().reset_index()
    wide = tables.lines(tables.with_totals(sums, ["region"]), ["region"], "annee")
    rows = [[files.region_label(r), *line[["2020", "2021"]]] for r, line in wide.iterrows()]
    book.sheet("CEP actifs occupés", "Bénéficiaires du CEP des actifs occupés", ["Région"], None,
               ["2020", "2021"], rows,
               ["Champ : personnes ayant commencé ou terminé un CEP dans l'année.",
                "En Guyane et à La Réunion, ouverture en mars 2020 : année partielle."])


_PROFILES = {
    "sexe": "Sexe", "tranche_age": "Âge", "csp": "CSP", "diplome": "Diplôme",
    "statut": "Statut", "handicap": "Handicap",
}


def _profiles(model: Model, path: Path) -> None:
    with files.Workbook(path, "Profils 2022") as book:
        for dimension, name in _PROFILES.items():
            make = tables.profile if dimension in ("sexe", "tranche_age") else tables.by_dimension
            wide = tables.lines(make(model, dimension, "region", "operateur"),
                                ["region", "operateur"], dimension)
            _modality_sheet(model, book, dimension, name, wide)


def _modality_sheet(
    model: Model, book: files.Workbook, dimension: str, name: str, wide: pd.DataFrame,
    text: bool = False,
) -> None:
    """Rows region × operator, one column a modality, then the total."""
    labels, codes = operator_labels(model), model.labels(dimension)
    rows = []
    for (region, operateur), line in wide.iterrows():
        if _absent(region, operateur):
            continue
        cells = [_token(model, dimension, region, operateur, c, int(line[c])) for c in codes]
        rows.append([files.capitals(region), labels[operateur], *cells, int(line[TOTAL])])
    declared = model.parameters["dimensions"] | model.parameters["reponses_multiples"]
    book.sheet(name, f"Entrées en CEP 2022 : {declared[dimension]['titre']}",
               ["Région", "Opérateur"], name, [*codes.values(), "Total"], rows,
               [CHAMP, _GROUPS], text)


def _token(model: Model, dimension: str, region: str, operateur: str, code: str, n: int):
    """`nd` where the operator does not know; small cells withheld by two tiny regions."""
    known = (model.parameters["dimensions"] | model.parameters["reponses_multiples"])[dimension]
    if operateur not in (ENSEMBLE, *known["base"]) and code != "non_renseigne":
        return "nd"
    if dimension in ("csp", "diplome", "statut") and operateur != ENSEMBLE and 0 < n < 5:
        return {"03": "<5", "06": "s"}.get(region, n)
    return n


def _sex_age(model: Model, path: Path) -> None:
    sexes = model.labels("sexe") | {TOTAL: "Ensemble"}
    ages = model.labels("tranche_age") | {TOTAL: "Total"}
    wide = tables.lines(tables.sex_by_age(model), ["region", "sexe"], "tranche_age")
    rows = []
    for (region, sexe), line in wide.iterrows():
        rows.append([region if region != FRANCE else "", files.capitals(region), sexes[sexe],
                     *(int(line[a]) for a in ages)])
    files.csv(path, ["CEP 2022 - Entrées par sexe et tranche d'âge, tous opérateurs"],
              ["Code région", "Région", "Sexe", *ages.values()], rows, [CHAMP])


def _departments(model: Model, path: Path) -> None:
    sexes = tables.profile(model, "sexe", "region", "departement")
    ages = tables.profile(model, "tranche_age", "region", "departement")
    columns = {**model.labels("sexe"), **model.labels("tranche_age"), TOTAL: "Total"}
    key = ["region", "departement"]
    wide = sexes.pivot(index=key, columns="sexe", values="effectif").join(
        ages.pivot(index=key, columns="tranche_age", values="effectif").drop(columns=TOTAL))
    names, rows = _department_names(), []
    for region, dep in _places(sexes[sexes["region"] != FRANCE]):
        line = wide.loc[(region, dep)]
        share = files.percent(int(line["femme"]), int(line[TOTAL]))
        rows.append([region, files.region_label(region), "" if dep == TOTAL else dep, names[dep],
                     *(int(line[c]) for c in columns), share])
    files.csv(path, ["CEP 2022 - Entrées par département de résidence", "tous opérateurs"],
              ["Code rég.", "Région", "Code dép.", "Département", *columns.values(),
               "Part des femmes (%)"], rows, [CHAMP])


def _services(model: Model, path: Path) -> None:
    with files.Workbook(path, "Parcours 2022") as book:
        for dimension, name in (("niveau", "Niveaux"), ("modalite", "Modalités"),
                                ("format", "Formats"), ("prestation", "Prestations")):
            wide = tables.lines(tables.by_dimension(model, dimension, "region", "operateur"),
                                ["region", "operateur"], dimension)
            _modality_sheet(model, book, dimension, name, wide, text=dimension == "modalite")
        _schemes(model, book)
        _months(model, book)


def _schemes(model: Model, book: files.Workbook) -> None:
    """Rows region × scheme, one column an operator."""
    wide = tables.lines(tables.by_dimension(model, "dispositif", "region", "operateur"),
                        ["region", "dispositif"], "operateur")
    names, labels = model.labels("dispositif") | {TOTAL: "Total"}, operator_labels(model)
    rows = []
    for (region, code), line in wide.iterrows():
        cells = ["nd" if _absent(region, o) else int(line[o]) for o in labels]
        rows.append([files.capitals(region), names[code], *cells])
    book.sheet("Dispositifs", "Personnes entrées en CEP en 2022 mobilisant un dispositif",
               ["Région", "Dispositif"], "Opérateur du CEP", [*labels.values()], rows,
               [CHAMP, "Plusieurs dispositifs possibles : les lignes ne s'additionnent pas.",
                _GROUPS])


def _months(model: Model, book: files.Workbook) -> None:
    """One column a month; August was not sent for Corse."""
    wide = tables.lines(tables.by_dimension(model, "mois", "region", "operateur"),
                        ["region", "operateur"], "mois")
    labels, months = operator_labels(model), model.labels("mois")
    rows = []
    for (region, operateur), line in wide.iterrows():
        if _absent(region, operateur):
            continue
        cells = ["nd" if (region, m) == ("94", "08") else int(line[m]) for m in months]
        rows.append([files.capitals(region), labels[operateur], *cells, int(line[TOTAL])])
    book.sheet("Mois", "Entrées en CEP 2022 par mois", ["Région", "Opérateur"], None,
               [f"{m} 2022" for m in months.values()] + ["Total 2022"], rows,
               [CHAMP, "Août n'a pas été transmis pour la Corse.", _GROUPS])


def _motives(model: Model, path: Path) -> None:
    """Long file of multiple answers, with one row whose code is not in the nomenclature."""
    frame = tables.by_dimension(model, "motif", "region", "operateur")
    frame = frame.set_index(["region", "operateur", "motif"])["effectif"]
    labels, codes = operator_labels(model), model.labels("motif") | {TOTAL: "Total (base)"}
    rows = []
    for region in dict.fromkeys([*sorted(model.cells["region"].unique()), FRANCE]):
        for code in ("apec", "operateur_regional", ENSEMBLE):
            base = int(frame[region, code, TOTAL])
            if _absent(region, code):
                continue
            for motif, label in codes.items():
                n = int(frame[region, code, motif])
                rows.append([files.region_label(region), labels[code], label, n,
                             files.percent(n, base)])
            if (region, code) == ("32", "operateur_regional"):
                rows.append([files.region_label(region), labels[code], "Code 99", 12,
                             files.percent(12, base)])
    files.csv(path, ["CEP 2022 - Demandes exprimées (réponses multiples)",
                     "Apec et opérateurs régionaux seulement"],
              ["Région", "Opérateur", "Demande", "Personnes", "Part (%)"], rows,
              ["Champ : personnes dont la demande est connue. Réponses multiples : le total des "
               "parts dépasse 100 %."])


def _crossed_motives(model: Model, path: Path) -> None:
    with files.Workbook(path, "Demandes par sexe et par âge 2022") as book:
        for dimension, name in (("sexe", "Par sexe"), ("tranche_age", "Par âge")):
            frame = tables.by_dimension(model, "motif", "region", dimension)
            wide = tables.lines(tables.with_totals(frame, [dimension]), ["region", "motif"],
                                dimension)
            names = model.labels("motif") | {TOTAL: "Total (base)"}
            columns = model.labels(dimension) | {TOTAL: "Ensemble"}
            rows = [[files.capitals(region), names[motif], *(int(line[c]) for c in columns)]
                    for (region, motif), line in wide.iterrows()]
            book.sheet(name, f"Demandes exprimées en 2022, {name.lower()}", ["Région", "Demande"],
                       "Personnes", [*columns.values()], rows,
                       ["Champ : personnes entrées auprès de l'Apec et de l'opérateur régional, "
                        "demande connue. Réponses multiples."])


def _association_files(model: Model, path: Path) -> None:
    """Files of the associations: whether a CEP came before, and with which operator."""
    titles = {"ptp": ("PTP", "Dossiers de projet de transition professionnelle déposés"),
              "demission": ("Démission-reconversion", "Dossiers de démission-reconversion")}
    labels = operator_labels(model)
    with files.Workbook(path, "Dossiers des associations Transitions Pro 2022") as book:
        for name, (sheet, title) in titles.items():
            frame = model.dossiers[name].set_index("region")
            frame.loc[FRANCE] = frame.sum()
            with_cep = frame["total"] - frame["non"]
            rows = [[files.region_label(r), int(line["total"]), int(line["non"]),
                     int(with_cep[r]), *(int(line[o]) for o in OPERATEURS)]
                    for r, line in frame.iterrows()]
            book.sheet(sheet, f"{title}, 2022", ["Région"], "Dossiers",
                       ["Total", "Sans CEP préalable", "Avec CEP préalable",
                        *(f"dont {labels[o]}" for o in OPERATEURS)], rows,
                       ["Champ : dossiers déposés auprès des 18 associations Transitions Pro. "
                        "Opérateur : celui du dernier CEP suivi."])

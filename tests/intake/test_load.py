"""A whole delivery: checks, controls, coverage, context; then the real files as published."""

from __future__ import annotations

import pytest

from cepkit import intake
from cepkit.errors import exit_code
from tests.intake.small import edition, source

COLONNES = {"Région": "region", "Dép.": "departement", "Opérateur": "operateur", "Sexe": "sexe",
            "Année": "annee", "Mesure": "mesure", "Mois": "mois", "Diplôme": "diplome",
            "n": "effectif"}
HEADER = "Région;Opérateur;Sexe;n"


@pytest.fixture
def load(tmp_path):
    """Write CSV texts in data/essai and load them with the given declarations."""
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)

    def run(declared: dict | None = None, **texts: str):
        tables = []
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text, "cp1252")
            found = {h: COLONNES[h] for h in text.splitlines()[0].split(";")}
            constants = {"mesure": "entrees"} if "mesure" not in found.values() else {}
            tables.append(source(name, **{"colonnes": found, "constantes": constants}
                                 | (declared or {})))
        return intake.load(edition(*tables), tmp_path)
    return run


def blocking(delivery) -> list:
    return [p for p in delivery.problemes if p.bloquant]


def test_canonical_columns_and_types(load):
    frame = load(v="Région;Sexe;n\nBretagne;Femmes;1 200\nBretagne;Hommes;s\n").tables["v"]
    assert list(frame.columns) == ["annee", "region", "departement", "operateur", "mesure", "sexe",
                                   "effectif", "borne_min", "borne_max", "etat"]
    assert frame.iloc[0].tolist()[:7] == ["2022", "53", "total", "ensemble", "entrees", "F", 1200]
    assert str(frame["effectif"].dtype) == "Int64"
    assert frame["etat"].tolist() == ["publie", "non_diffuse"]


@pytest.mark.parametrize(("text", "message", "rows"), [
    ("Région;n\nCorse;-3\nBretagne;1\n", "effectif négatif", (2,)),
    ("Région;n\nBretagne;1\nCorse;2,5\n", "effectif décimal", (3,)),
    ("Région;Année;n\nCorse;2031;1\n", "année hors de la période attendue", (2,)),
    ("Région;Dép.;n\nBretagne;Finistère;1\nBretagne;Sarthe;1\n", "une autre région", (3,)),
    ("Région;n\nCorse;1\nBretagne;2\nCORSE;1\n", "clé déjà présente", (2, 4)),
    ("Opérateur;n\nApec;1\n", "aucune colonne ne donne region", ()),
    ("Région;Mesure;n\nCorse;Sorties;1\n", "« Sorties » n’est pas dans la nomenclature", (2,)),
])
def test_rows_that_block(load, text, message, rows):
    found = blocking(load(v=text))
    assert len(found) == 1
    assert message in str(found[0])
    assert found[0].lignes == rows
    assert exit_code(found) == 12


def test_all_problems_are_told_at_once(load):
    text = ("Région;Sexe;n\nBretagn;Femmes;1\nCorse;<b>F</b>;1\nCorse;Hommes;x\n"
            "Corse;Femmes;-1\n")
    rules = {p.regle for p in load(v=text).problemes}
    assert rules == {"codes de la nomenclature", "un libellé est un texte simple",
                     "un effectif est positif ou nul", "un nombre ou un jeton déclaré"}


def test_a_missing_file_is_a_source_error_with_code_11(load, tmp_path):
    found = intake.load(edition(source("absent")), tmp_path)
    assert exit_code(found.problemes) == 11
    assert found.tables == {}


def test_two_measures_in_one_column_are_kept_apart(load):
    frame = load(v="Région;Mesure;n\nCorse;Entrées;3\nCorse;Bénéficiaires;4\n").tables["v"]
    assert frame.set_index("mesure")["effectif"].to_dict() == {"entrees": 3, "beneficiaires": 4}


def test_region_comes_from_the_department(load):
    frame = load(v="Dép.;n\nFINISTERE;1\n2A;2\n976;3\n").tables["v"]
    assert frame[["region", "departement"]].values.tolist() == [
        ["53", "29"], ["94", "2A"], ["06", "976"]]


def test_unknown_modalities_are_added_to_non_renseigne(load):
    text = "Région;Diplôme;n\nCorse;Non renseigné;2\nCorse;Bac + 12;3\nCorse;Bac + 13;4\n"
    delivery = load(v=text)
    assert delivery.tables["v"]["effectif"].tolist() == [9]
    assert blocking(delivery) == []


def test_rows_left_out_are_counted(load):
    delivery = load(v="Région;Sexe;n\nCorse;Femmes;2\nCorse;Autre;3\n"
                      "France métropolitaine;Femmes;9\n")
    assert delivery.recus[["lignes_lues", "lignes_ecartees"]].values.tolist() == [[3, 2]]
    assert delivery.tables["v"]["region"].tolist() == ["94"]


@pytest.mark.parametrize(("text", "declared", "read", "left"), [
    ("Région;Sexe;n\nCorse;Femmes;2\nCorse;Femmes;3\nCorse;Hommes;x\nCorse;F\n", {}, 4, 3),
    ("Région;Sexe;n\nCorse;Femmes;2\nCorse;Hommes;3\n", {"filtres": {"sexe": ["F"]}}, 2, 1),
    ("Région;F;H;T\nCorse;1;2;3\nKorse;1;2;3\n", {
        "colonnes": {"Région": "region"}, "depivoter": {"colonnes": {
            "F": {"sexe": "F"}, "H": {"sexe": "H"}, "T": {"sexe": "total"}}}}, 2, 1)])
def test_whatever_leaves_a_row_out_it_is_counted_once(load, monkeypatch, text, declared, read,
                                                      left):
    monkeypatch.setitem(COLONNES, "F", "effectif")
    monkeypatch.setitem(COLONNES, "H", "effectif")
    monkeypatch.setitem(COLONNES, "T", "effectif")
    received = load(declared, v=text).recus
    assert received[["lignes_lues", "lignes_ecartees"]].values.tolist() == [[read, left]]


def control(delivery, rule: str):
    found = delivery.controles
    return found[found["regle"].str.contains(rule, regex=False)].iloc[0]


TOTALS = "Région;Sexe;n\nCorse;Femmes;40\nCorse;Hommes;50\nCorse;Total;{}\n"


@pytest.mark.parametrize(("total", "rounding", "verdict"), [
    (90, 1, "satisfait"), (91, 1, "à vérifier"), (100, 10, "satisfait"), (110, 10, "à vérifier")])
def test_totals_within_declared_rounding(load, total, rounding, verdict):
    # Three numbers, each within 5 of the truth when rounded to 10: 15 at most.
    delivery = load({"arrondi": rounding}, v=TOTALS.format(total))
    found = control(delivery, "(sexe)")
    assert found["verdict"] == verdict
    assert found["ecart"] == abs(total - 90)
    assert found["tolerance"] == (15 if rounding == 10 else 0)
    assert any(not p.bloquant for p in delivery.problemes) == (verdict != "satisfait")


def test_a_measure_that_does_not_add_up_is_not_held_against_its_parts(load):
    delivery = load({"constantes": {"mesure": "beneficiaires"}},
                    v="Région;Opérateur;n\nCorse;Apec;5\nCorse;Cap emploi;6\nCorse;Ensemble;9\n")
    assert not delivery.controles["regle"].str.contains("(operateur)", regex=False).any()


def test_missing_operator_and_month(load):
    delivery = load(v="Région;Opérateur;Mois;n\n" + "".join(
        f"{r};{o};{m};10\n" for r in ("Corse", "Bretagne") for o in ("Apec", "Cap emploi")
        for m in ("janvier", "février") if (r, o) != ("Corse", "Apec")
        and (r, o, m) != ("Bretagne", "Apec", "février")))
    assert "Corse 2022 (Apec)" in control(delivery, "opérateurs")["effet"]
    assert "Bretagne 2022, Apec (mois 02)" in control(delivery, "mois")["effet"]


def test_the_same_total_in_two_tables(load):
    delivery = load(a="Région;n\nCorse;90\n", b="Région;Sexe;n\nCorse;Total;93\n")
    assert control(delivery, "Mêmes totaux")[["ecart", "verdict"]].tolist() == [3, "à vérifier"]


def test_coverage(load):
    delivery = load(v="Région;Opérateur;Diplôme;n\nCorse;Apec;Non renseigné;25\n"
                      "Corse;Apec;Sans diplôme;75\nCorse;Cap emploi;Sans diplôme;10\n")
    rows = delivery.couverture.set_index(["dimension", "operateur"])
    assert rows.loc[("diplome", "apec"), ["etat", "taux"]].tolist() == ["partielle", 0.75]
    assert rows.loc[("diplome", "cap_emploi"), "etat"] == "complète"
    assert rows.loc[("sexe", "apec"), "etat"] == "absente"


def test_one_region_and_the_national_line(load):
    delivery = load(v=f"{HEADER}\nBretagne;Apec;Femmes;12\nFrance entière;Apec;Femmes;900\n")
    assert set(delivery.tables["v"]["region"]) == {"53", "FR"}
    assert delivery.problemes == []


# --- the real files, as published ---------------------------------------------------------

CHOMAGE = {"fichier": "insee_chomage_localise/sl_etc_2023T4.xls", "fin": "^(Données|Source)",
           "depivoter": {"motif": r"T(?P<trimestre>\d)_(?P<annee>\d{4})", "valeur": "valeur"}}
RP = {"decimale": ".", "filtres": {"annee": ["2017"]}}
TABLES = [
    source("chomage_r", feuille="Région", colonnes={"Code": "region", "Libellé": "libelle"},
           **CHOMAGE),
    source("chomage_d", feuille="Département",
           colonnes={"Code": "departement", "Libellé": "libelle"}, **CHOMAGE),
    source("defm", fichier="dares_defm/series_CVS_T22025.xlsx", feuille="DEFM cat ABC par région",
           entete=[6, 7], colonnes={"Période": "periode"},
           depivoter={"motif": r"DEFM ABC \| (?P<region>.+)", "valeur": "valeur"}),
    source("rp_r", fichier="insee_rp2017/rp_activite_regions.csv", colonnes={
        "code": "region", "annee": "annee", "indicateur": "indicateur",
        "effectif": "valeur"}, **RP),
    source("rp_d", fichier="insee_rp2017/rp_activite_departements.csv", colonnes={
        "code": "departement", "annee": "annee", "indicateur": "indicateur",
        "effectif": "valeur"}, **RP),
]


def denominator(nom: str, table, annee: int = 2022, **more) -> dict:
    return {"nom": nom, "libelle": nom, "concept": "c", "champ": "c", "edition": "e",
            "source": "s", "licence": "l", "table": table, "annee": annee,
            "absents": {"06": "non publié"}} | more


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    series = [
        denominator("chomage", ["chomage_r", "chomage_d"], unite="%"),
        denominator("chomage_metro", "chomage_r", unite="%", france="FRANCE METROPOLITAINE"),
        denominator("defm", "defm"),
        denominator("defm_metro", "defm", france="FRANCE METROPOLITAINE"),
        denominator("actifs", ["rp_r", "rp_d"], 2017, filtre={"indicateur": "actifs_15_64"}),
    ]
    declared = edition(contexte={"tables": [t.model_dump() for t in TABLES]}, denominateurs=series)
    found = intake.load(declared, tmp_path_factory.mktemp("racine"))
    assert found.problemes == []
    return found.contexte.set_index(["serie", "region", "departement"])["valeur"]


@pytest.mark.parametrize(("key", "value"), [
    # Insee, sl_etc_2023T4.xls: Bretagne 2022, (5,9 + 5,9 + 5,9 + 5,7) / 4 as read in the file.
    (("chomage", "53", "total"), 5.85),
    # The double code 00: hors Mayotte (7,4 7,4 7,3 7,1) and métropolitaine (7,2 7,2 7,1 6,9).
    (("chomage", "FR", "total"), 7.3),
    (("chomage_metro", "FR", "total"), 7.1),
    # Insee, recensement 2017, base communale summed by region (rp_activite_regions.csv).
    (("actifs", "53", "total"), 1_484_842),
    # Dares, yearly mean of the four quarters of 2022, read in the workbook.
    (("defm", "11", "total"), 965_392.5),
    (("defm", "FR", "total"), 5_449_675),
    (("defm_metro", "FR", "total"), 5_165_800),
])
def test_real_files(context, key, value):
    assert context[key] == pytest.approx(value)


def test_departments_and_mayotte_in_real_files(context):
    assert context[("chomage", "93", "06")] > 0  # Alpes-Maritimes
    assert context["chomage"].loc["06"].isna().all()  # Mayotte: declared missing, not zero
    assert len(context["chomage"].loc["53"]) == 5  # the region and its four departments

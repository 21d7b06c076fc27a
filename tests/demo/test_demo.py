"""Demonstration delivery: calibrated on published figures, coherent, awkward, deterministic."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cepkit import demo, intake, refdata
from cepkit.codes import OPERATEURS, REGIONS
from cepkit.demo import model, volumes
from cepkit.edition.load import read_edition
from cepkit.edition.region import RegionFile, read_yaml, validate

PARAMETERS = Path(__file__).parents[2] / "parameters" / "demo"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projet")
    demo.write(folder / "data" / "demo")
    return folder


@pytest.fixture(scope="module")
def edition():
    return read_edition(PARAMETERS / "edition.yml")


@pytest.fixture(scope="module")
def delivery(edition, root):
    return intake.load(edition, root)


@pytest.fixture(scope="module")
def drawn():
    return model.draw(1)


def published(name: str, **where) -> float:
    """The only published figure of a file of `refdata/figures` that meets the conditions."""
    frame = pd.read_csv(refdata.path(f"figures/{name}.csv"), dtype=str)
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return float(frame["valeur" if "valeur" in frame else "part_pct"].iloc[0])


def cell(delivery, table: str, **where) -> int:
    frame = delivery.tables[table]
    for column, value in {"departement": "total", **where}.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return int(frame["effectif"].iloc[0])


# --- calibration ------------------------------------------------------------------------------


def test_distinct_persons_of_all_operators(delivery):
    # figures/national_cep_all_operators.csv: 4 551 908 in 2022 (RUF 2023).
    expected = published("national_cep_all_operators", annee="2022", mesure="beneficiaires_cep")
    persons = delivery.tables["volumes_2022"].query(
        "mesure == 'beneficiaires' and region == 'FR'").set_index("operateur")["effectif"]
    assert persons["ensemble"] == expected == 4_551_908
    assert persons["ensemble"] < persons.drop("ensemble").sum()
    entries = cell(delivery, "volumes_2022", mesure="entrees", region="FR", operateur="ensemble")
    assert 0.97 < entries / expected < 1


def test_operator_shares(delivery):
    # figures/operator_shares_national.csv: 84 % of the entries of 2022.
    whole = cell(delivery, "volumes_2022", mesure="entrees", region="FR", operateur="ensemble")
    share = {o: cell(delivery, "volumes_2022", mesure="entrees", region="FR", operateur=o) / whole
             for o in OPERATEURS}
    expected = published("operator_shares_national", annee="2022")
    assert round(100 * share["france_travail"], 1) == expected == 84
    assert round(100 * share["missions_locales"]) == 8  # same file, 2023
    assert round(100 * share["cap_emploi"]) == 2  # same file, 2023


@pytest.mark.parametrize(("annee", "mesure", "table", "canonique", "tolerance"), [
    ("2020", "entrees", "series_2020", "entrees", 0),
    ("2021", "entrees_engages", "series_2021", "entrees", 5),  # table rounded to ten
    ("2022", "entrees", "volumes_2022", "entrees", 0),
    ("2020", "beneficiaires", "beneficiaires_actifs_occupes", "beneficiaires", 0),
    ("2021", "beneficiaires", "beneficiaires_actifs_occupes", "beneficiaires", 0),
])
def test_employed_people_series(delivery, annee, mesure, table, canonique, tolerance):
    # figures/national_cep_actifs_occupes.csv: 102 000, 140 113, 155 700; 100 937, 148 849.
    expected = published("national_cep_actifs_occupes", annee=annee, mesure=mesure)
    found = cell(delivery, table, annee=annee, mesure=canonique, region="FR",
                 operateur="operateur_regional")
    assert abs(found - expected) <= tolerance


@pytest.mark.parametrize(("annee", "code", "mesure", "table"), [
    ("2022", "75", "accompagnes", "volumes_2022"),  # 16 800
    ("2022", "44", "accompagnes", "volumes_2022"),  # 11 900
    ("2021", "76", "accompagnes", "series_2021"),  # 13 000
    ("2021", "44", "accueillis_et_accompagnes", "series_2021"),  # 11 000
])
def test_published_regions(delivery, annee, code, mesure, table):
    expected = published("region_cep_actifs_occupes", annee=annee, code_insee=code, mesure=mesure)
    assert cell(delivery, table, annee=annee, mesure="entrees", region=code,
                operateur="operateur_regional") == expected


def test_published_department(delivery):
    # figures/region_cep_actifs_occupes.csv: 1 565 beneficiaries in Meurthe-et-Moselle in 2022.
    expected = published("region_cep_actifs_occupes", annee="2022", code_insee="54")
    assert cell(delivery, "volumes_2022", mesure="beneficiaires", region="44", departement="54",
                operateur="operateur_regional") == expected == 1565


def test_profile_of_employed_people(delivery):
    # figures/region_cep_profile.csv: 62 % women (Nouvelle-Aquitaine, 2022).
    women, all_ = (cell(delivery, "profil_sexe", region="FR", operateur="operateur_regional",
                        sexe=s) for s in ("femme", "total"))
    assert 0.62 <= women / all_ <= 0.64
    # figures/region_cep_profile.csv: 15 % are 50 and over (Nouvelle-Aquitaine, 2022).
    old = sum(cell(delivery, "profil_tranche_age", region="75", operateur="operateur_regional",
                   tranche_age=t) for t in ("50_54", "55_plus"))
    assert abs(old / 16_800 - 0.15) < 0.02


def test_files_of_associations(delivery):
    # figures/transitions_pro_dossiers.csv, Nouvelle-Aquitaine 2022: 1 353 of 2 163, 1 800 of 2 119.
    for table, counts in (("dossiers_ptp", (2163, 1353)), ("dossiers_demission", (2119, 1800))):
        found = (cell(delivery, table, region="75", operateur="ensemble", cep_prealable="total"),
                 cell(delivery, table, region="75", operateur="operateur_regional",
                      cep_prealable="oui"))
        assert found == counts
    # A CEP is compulsory before a démission-reconversion file.
    assert cell(delivery, "dossiers_demission", region="FR", operateur="ensemble",
                cep_prealable="non") == 0


@given(st.integers(0, 10**6), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_allocation_is_exact_and_within_one(total, weights):
    weights = np.array(weights)
    parts = volumes.allocate(total, weights)
    assert parts.sum() == total and (parts >= 0).all()
    assert (abs(parts - total * weights / weights.sum()) < 1 + 1e-6).all()


# --- coherence --------------------------------------------------------------------------------


def test_margins_agree(delivery):
    rules = delivery.controles.set_index("regle")
    sums = rules[rules.index.str.startswith(("Le total", "Mêmes totaux"))]
    assert len(sums) > 50
    assert set(sums["verdict"]) == {"satisfait"}


def test_nothing_blocks_and_code_99_is_told_once(delivery):
    assert not [p for p in delivery.problemes if p.bloquant]
    unknown = [p for p in delivery.problemes if p.valeur == "Code 99"]
    assert len(unknown) == 1 and len(unknown[0].lignes) == 1


def test_awkward_on_purpose(delivery):
    volumes_2022 = delivery.tables["volumes_2022"]
    mayotte = volumes_2022[volumes_2022["region"] == "06"]
    assert "apec" not in set(mayotte["operateur"])
    months = delivery.tables["mois"]
    missing = months[months["etat"] == "non_disponible"]
    assert set(missing["region"]) == {"94"} and set(missing["mois"]) == {"08"}
    rounded = delivery.tables["series_2021"]["effectif"].dropna()
    assert (rounded % 10 == 0).all()
    withheld = delivery.tables["profil_statut"].query("etat == 'non_diffuse'")
    assert {"03", "06"} >= set(withheld["region"]) != set()
    assert set(delivery.tables["profil_csp"].query(
        "operateur == 'france_travail' and csp == 'cadres'")["etat"]) == {"non_disponible"}


def test_multiple_answers_stay_within_the_base(delivery):
    for table, dimension in (("motifs", "motif"), ("prestations", "prestation"),
                             ("dispositifs", "dispositif")):
        wide = delivery.tables[table].query("etat == 'publie'").pivot(
            index=["region", "operateur"], columns=dimension, values="effectif")
        answers = wide.drop(columns="total")
        assert answers.le(wide["total"], axis=0).fillna(True).all(axis=None)
        assert (answers.sum(axis=1) >= wide["total"]).all()


def test_context_is_read_from_the_real_files(delivery):
    context = delivery.contexte.query("departement == 'total'")
    if "sexe" in context:
        context = context[context["sexe"].eq("total") & context["tranche_age_rp"].eq("total")]
    value = context.set_index(["serie", "region"])["valeur"]
    # insee.fr/fr/statistiques/4515512?geo=REG-28
    assert value["actifs_15_64", "28"] == 1_500_455
    # insee.fr/fr/statistiques/6455302?geo=REG-93
    assert value["actifs_sexe_age", "93"] == 2_224_757
    # Sheet « Région » of sl_etc_2023T4.xls: 7.4, 7.4, 7.3, 7.1 outside Mayotte in 2022.
    assert value["taux_chomage", "FR"] == pytest.approx(np.mean(_quarters("00")))
    states = context.set_index(["serie", "region"])["etat"]
    for serie in ("actifs_15_64", "actifs_occupes_15_64", "demandeurs_emploi_abc", "taux_chomage"):
        assert states[serie, "06"] == "non_disponible"


def _quarters(code: str) -> list[float]:
    sheet = pd.read_excel(refdata.path("insee_chomage_localise/sl_etc_2023T4.xls"),
                          sheet_name="Région", header=3, dtype=str, engine="calamine")
    row = sheet[(sheet["Code"] == code) & sheet["Libellé"].str.contains("HORS MAYOTTE")].iloc[0]
    return [float(row[f"T{t}_2022"]) for t in range(1, 5)]


# --- files ------------------------------------------------------------------------------------


def test_same_seed_same_bytes(root, tmp_path):
    written = demo.write(tmp_path, seed=1)
    assert len(written) == 13
    for path in written:
        assert path.read_bytes() == (root / "data" / "demo" / path.name).read_bytes(), path.name


def test_other_seed_other_bytes_same_totals(root, tmp_path):
    demo.write(tmp_path, seed=2)
    name = "01_volumes_2022.csv"
    assert (tmp_path / name).read_bytes() != (root / "data" / "demo" / name).read_bytes()
    assert "France entière;;Total région;Ensemble;4\xa0463\xa0900;4\xa0551\xa0908" in (
        tmp_path / name).read_text("cp1252")


def test_csv_are_cp1252(root):
    for path in (root / "data" / "demo").glob("0*.csv"):
        content = path.read_bytes()
        with pytest.raises(UnicodeDecodeError):
            content.decode("utf-8")
        assert "Région" in content.decode("cp1252")


def test_records_come_from_the_same_model(tmp_path):
    first = tmp_path / "a"
    demo.write(first, records=20_000)
    demo.write(tmp_path / "b", records=20_000)
    name = "10_entrees_individuelles_2022.csv"
    assert (first / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with (first / name).open(encoding="cp1252", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert len(rows) == 20_000
    share = np.mean([r["operateur"] == "Pôle emploi" for r in rows])
    assert abs(share - 0.84) < 4 * np.sqrt(0.84 * 0.16 / 20_000)
    people = pd.DataFrame(rows).groupby("pseudonyme")[["departement", "sexe", "tranche_age"]]
    assert people.nunique().max(axis=None) == 1
    assert people.ngroups < 20_000


# --- parameters -------------------------------------------------------------------------------


def test_edition_and_model_share_their_codes(edition, drawn):
    declared = drawn.parameters["dimensions"] | drawn.parameters["reponses_multiples"]
    for dimension, content in declared.items():
        assert list(edition.nomenclatures[dimension].modalites) == list(content["modalites"])
    assert tuple(edition.nomenclatures["operateur"].modalites) == OPERATEURS


def test_calendar_is_that_of_the_methodology(edition):
    # Méthodologie 2022, « Les étapes » : ateliers, mi-avril 2023, 15 juillet 2023.
    dates = [(j.etape, str(j.date)) for j in edition.calendrier]
    workshops = [d for e, d in dates if e == "Atelier France compétences"]
    assert workshops == ["2022-04-07", "2022-06-16", "2022-10-27", "2023-01-19"]
    assert ("Remise à France compétences", "2023-07-15") in dates


@pytest.mark.parametrize("code", REGIONS)
def test_region_files(code):
    path = PARAMETERS / "regions" / code / "region.yml"
    region = validate(RegionFile, read_yaml(path), path.name)
    assert region.association.startswith("Transitions Pro ")
    assert set(region.operateurs) == set(OPERATEURS)
    assert "nom fictif" in region.operateurs["operateur_regional"][0].nom

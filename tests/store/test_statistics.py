"""Declared statistics: computed from unmasked cells, rounded, withheld when they tell too much."""

from __future__ import annotations

import json
from fractions import Fraction

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from cepkit import store
from cepkit.errors import CepkitError, ParametersError
from cepkit.protection import statistics
from cepkit.region import Region
from tests.store.conftest import declared

# Bretagne: 3 + 420 = 423, the regional total that the plan publishes.
SEXE = """Région;Sexe;n
Bretagne;Femmes;3
Bretagne;Hommes;420
"""
POPULATION = """Région;Sexe;n
Bretagne;Femmes;3000
Bretagne;Hommes;1000
Corse;Femmes;1000
Corse;Hommes;3000
France entière;Femmes;4000
France entière;Hommes;4000
"""
RATE = {"nom": "recours", "titre": "Recours", "methode": "recours_standardise",
        "parametres": {"source": "sexe", "strates": ["sexe"], "denominateur": "population",
                       "decimales": 0}}


@pytest.fixture
def settings(root):
    """Write edition.yml with these statistics; the data files are there."""
    (root / "data" / "essai" / "sexe.csv").write_text(SEXE, "cp1252")
    (root / "data" / "essai" / "population.csv").write_text(POPULATION, "cp1252")

    def write(*statistiques, **changes):
        content = declared().model_dump(mode="json") | changes
        table = {"colonnes": {"Région": "region", "Sexe": "sexe", "n": "effectif"}}
        content["donnees"]["tables"] += [
            {"nom": "sexe", "titre": "Sexe", "fichier": "sexe.csv",
             "constantes": {"mesure": "entrees"}, **table},
            {"nom": "population", "titre": "Population", "fichier": "population.csv",
             "constantes": {"mesure": "population"}, "origine": "public", **table}]
        content["mesures"]["population"] = {"libelle": "Population", "singulier": "personne",
                                            "definition": "d", "source": "s"}
        content["denominateurs"].append({
            "nom": "population", "libelle": "Population", "concept": "c", "champ": "c",
            "annee": 2022, "edition": "e", "source": "s", "licence": "l", "table": "population",
            "dimensions": ["sexe"]})
        content["diffusion"]["statistiques"] = list(statistiques)
        (root / "parameters/essai/edition.yml").write_text(
            yaml.safe_dump(content, allow_unicode=True), "utf-8")
        store.build("essai")
        return Region.open("essai", "53")
    return write


def changed(**parametres):
    return RATE | {"parametres": RATE["parametres"] | parametres}


def test_a_standardised_rate_of_a_table_that_is_not_released(settings):
    """Standard population 4 000 women, 4 000 men: 100 × (3/3000 + 420/1000) / 2 = 21.05."""
    region = settings(RATE)
    rows = region.statistique("recours")
    assert rows[["region", "valeur", "etat"]].values.tolist() == [["53", 21.0, "publie"]]
    assert list(rows.columns) == statistics.COLUMNS
    # Dobson at 95 %: variance (50/3000)² × 3 + (50/1000)² × 420 = 1.05083; Byar's limits of 423
    # events are 383.64 and 465.31: 21.05 + sqrt(1.05083/423) × (limit - 423) = 19.09 and 23.16.
    assert rows[["borne_inf", "borne_sup"]].values.tolist() == [[19.0, 23.0]]
    assert rows["numerateur"].isna().all()
    with pytest.raises(ParametersError, match="n’est pas dans le plan"):
        region.table("sexe")


def test_a_statistic_that_gives_a_small_count_away_is_withheld(settings):
    """At two decimals, 21.05 and the total 423 leave only 3 women (2 would give 21.08)."""
    rows = settings(changed(decimales=2)).statistique("recours")
    assert rows["etat"].tolist() == ["secret"]
    assert rows[["valeur", "borne_inf", "borne_sup"]].isna().all(axis=None)
    assert "petit effectif" in rows["note"].iloc[0]
    assert Region.open("essai", "53").meta["protection"]["etat"] == "complète"


def test_the_mask_never_changes_for_a_statistic(settings, root):
    settings()
    first = (root / "parameters/essai/masque.csv").read_text("utf-8")
    settings(changed(decimales=2))
    assert (root / "parameters/essai/masque.csv").read_text("utf-8") == first


def test_the_interval_is_told_to_the_attacker_too(settings, root):
    """What the row tells holds for the true cells: value, and variance from the limits."""
    settings(RATE)
    from cepkit import intake, plan
    from cepkit.edition import load_edition
    edition = load_edition("essai")
    delivery = intake.load(edition, root)
    said = statistics.declared(edition, delivery, plan.cut(edition, delivery))
    true = {"F": 3, "H": 420}
    sums = [sum(c * true[k["sexe"]] for k, c in fact.terms) for fact in said.constraints]
    assert len(sums) == 2
    assert all(f.low <= s <= f.high for f, s in zip(said.constraints, sums, strict=True))
    assert float(sums[0]) == pytest.approx(21.05) and float(sums[1]) == pytest.approx(1.05083, 1e-4)


def test_an_undeclared_statistic_prints_the_lines_to_add(settings):
    region = settings(RATE)
    with pytest.raises(ParametersError) as error:
        region.statistique("recour")
    assert "Vouliez-vous dire « recours » ?" in str(error.value)
    assert "statistiques:\n    - nom: recour\n" in str(error.value)


@pytest.mark.parametrize(("one", "said"), [
    (RATE | {"methode": "recours_standardisé"}, "Vouliez-vous dire « recours_standardise »"),
    (changed(denominateur="populations"), "Vouliez-vous dire « population »"),
    (changed(strates=["diplome"]), "ne détaille pas « diplome »"),
])
def test_a_wrong_declaration_is_refused_with_the_nearest_name(settings, one, said):
    with pytest.raises(ParametersError, match=said) as error:
        settings(one)
    assert error.value.code == 10


def test_terms_of_the_gap_by_public(settings):
    """Two publics, counts 350 of 4 000 and 73 of 4 000 here, 5 000 of 8 000 and 4 000 of 8 000
    in France: weight one half each, 50 × (350/4000 - 5000/8000) = -26.88, and -24.09."""
    publics = {"a": {"libelle": "A", "operateurs": ["apec"], "denominateur": "population"},
               "b": {"libelle": "B", "operateurs": ["cap_emploi"], "denominateur": "population"}}
    one = {"nom": "ecart", "titre": "Écart", "methode": "decomposition_publics",
           "parametres": {"table": "volumes"}}
    population = declared().model_dump(mode="json")["denominateurs"]
    rows = settings(one, publics=publics, denominateurs=population).statistique("ecart")
    assert rows[["modalite", "valeur"]].values.tolist() == [
        ["a", -26.88], ["b", -24.09], ["total", -50.96]]


def test_a_method_of_an_investigation(settings, monkeypatch):
    """Anyone can register a method: it gives weighted sums of cells."""
    monkeypatch.setattr(statistics, "RECIPES", dict(statistics.RECIPES))

    @statistics.recipe("effectif_arrondi")
    def method(one, sources):
        keys = {"annee": "2022", "region": "53", "departement": "total", "operateur": "apec",
                "mesure": "entrees"}
        return [statistics.Line({"region": "53"}, one.titre, [(keys, Fraction(1))], decimales=-2)]

    rows = settings({"nom": "a", "titre": "Apec", "methode": "effectif_arrondi"}).statistique("a")
    assert rows["valeur"].tolist() == [400.0]  # 350 to the nearest hundred, halves to even
    assert isinstance(rows, pd.DataFrame)


def test_a_statistic_published_earlier_is_known_once_the_edition_drops_it(settings, root):
    """100 × (a/3000 + b/1000) / 2 = 21 with a + b = 423 tells a = 3, give or take; with one more
    decimal, exactly. Sent out, then dropped from the edition: what it told is still attacked."""
    settings(RATE)
    folder = root / "parameters/essai/regions/53/diffusions/2023-05-02-operateurs"
    folder.mkdir(parents=True)
    record = store.record("essai", "53")
    (folder / store.RECORD).write_bytes(record)
    told = json.loads(pq.read_schema(folder / store.RECORD).metadata[b"statistiques"])
    assert [one[1:3] for one in told][0] == ["41/2", "43/2"]
    settings()  # no statistic any more
    kept = json.loads((root / "data/.cepkit/essai/journal/contraintes.json").read_text("utf-8"))
    assert kept == told
    # The same statistic as if it had been told with four decimals: women are then three.
    told[0][1:3] = ["210499/10000", "210501/10000"]
    table = pq.read_table(folder / store.RECORD)
    pq.write_table(table.replace_schema_metadata(
        {"fictif": "non", "statistiques": json.dumps(told[:1])}), folder / store.RECORD)
    (root / "data/.cepkit/essai/journal/contraintes.json").unlink()
    plan = declared().model_dump(mode="json")["diffusion"]["tables"]
    women = {"nom": "sexe", "titre": "Sexe", "source": "sexe", "mesure": "entrees",
             "dimensions": ["sexe"]}
    with pytest.raises(CepkitError) as error:
        settings(diffusion={"tables": [*plan, women], "statistiques": []})
    assert error.value.code == 13 and "table « sexe »" in str(error.value)


def test_a_statistic_published_earlier_chooses_the_mask(settings, root):
    """Told with four decimals, a + 3 b = 1 263: with a + b = 423, a = 3. Nothing else was told, so
    that the total is withheld beside women and men, and the release goes out."""
    plan = declared().model_dump(mode="json")["diffusion"]["tables"]
    other = [t for t in plan if t["nom"] == "beneficiaires"]
    settings(RATE, diffusion={"tables": other})
    folder = root / "parameters/essai/regions/53/diffusions/2023-05-02-operateurs"
    folder.mkdir(parents=True)
    (folder / store.RECORD).write_bytes(store.record("essai", "53"))
    table = pq.read_table(folder / store.RECORD)
    told = json.loads(table.schema.metadata[b"statistiques"])
    told[0][1:3] = ["210499/10000", "210501/10000"]
    pq.write_table(table.replace_schema_metadata(
        {"fictif": "non", "statistiques": json.dumps(told[:1])}), folder / store.RECORD)
    women = {"nom": "sexe", "titre": "Sexe", "source": "sexe", "mesure": "entrees",
             "dimensions": ["sexe"]}
    settings(diffusion={"tables": [*other, women], "statistiques": []})
    frame = pq.read_table(root / "outputs/essai/.store/tables/sexe.parquet").to_pandas()
    state = frame[frame["region"].eq("53")].set_index("sexe")["etat"]
    assert state.to_dict() == {"F": "secret", "H": "secret", "total": "secret"}

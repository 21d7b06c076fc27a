"""What is never added up nor mixed: persons over operators, two measures, two sides of a break."""

from dataclasses import replace

import pandas as pd
import pytest

from cepkit import indicators as ind
from cepkit.errors import UsageError
from cepkit.region import Region

from .release import _meta, make, rows, table


def test_entries_add_up_over_operators(bretagne):
    frame = ind.counts(bretagne, "volumes", by="operateur")
    sums = ind.regroup(bretagne, frame, "operateur", {"tous": ["france_travail", "apec"]})
    assert list(sums["valeur"]) == [1000] and list(sums["operateur"]) == ["tous"]
    assert list(sums.columns) == list(frame.columns)
    assert sums["unite"].iloc[0] == "Entrées en CEP"


@pytest.mark.parametrize(
    ("table", "by", "groups", "words"),
    [
        ("beneficiaires", "operateur", {"tous": ["france_travail", "apec"]},
         "d’un opérateur à l’autre"),
        ("nombre_operateurs", "nombre_operateurs", {"tous": ["un", "deux"]},
         "d’une modalité de « nombre_operateurs » à l’autre"),
        ("motifs", "motif", {"tous": ["se_former", "changer"]},
         "d’une modalité de « motif » à l’autre"),
    ],
)  # fmt: skip
def test_persons_are_not_added_up(bretagne, table, by, groups, words):
    frame = ind.counts(bretagne, table, by=by)
    with pytest.raises(UsageError, match=words) as caught:
        ind.regroup(bretagne, frame, by, groups)
    assert "additive, dans edition.yml" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "words"),
    [("mois", "d’un mois à l’autre"), ("niveau", "d’un niveau de conseil à l’autre")],
)
def test_persons_are_not_added_up_over_months_nor_levels(column, words):
    lines = [("2022", "53", "total", "ensemble", m, n) for m, n in (("01", 60), ("02", 70))]
    names = _meta()["nomenclatures"] | {column: {"titre": column, "modalites": {}}}
    meta = {"plan": [table("suite", "beneficiaires", [column])], "nomenclatures": names}
    r = make(meta=meta, suite=rows("beneficiaires", (column,), lines))
    with pytest.raises(UsageError, match=words):
        ind.regroup(r, ind.counts(r, "suite", by=column), column, {"hiver": ["01", "02"]})


def test_departments_make_territories_and_a_hidden_part_hides_the_sum(bretagne):
    frame = ind.counts(bretagne, "volumes", niveau="departement")
    whole = ind.regroup(bretagne, frame, "departement", {"tout": ["22", "29"]})
    assert dict(zip(whole["departement"], whole["valeur"], strict=True)) == {"tout": 1000}
    apec = ind.counts(bretagne, "volumes", niveau="departement", operateur="apec")
    row = ind.regroup(bretagne, apec, "departement", {"tout": ["22", "29"]}).iloc[0]
    assert row["etat"] == "secret" and pd.isna(row["valeur"])


def test_unknown_modality_is_named_with_the_nearest_one(bretagne):
    frame = ind.counts(bretagne, "volumes", by="operateur")
    with pytest.raises(UsageError, match="« apecs » n’est pas .* Vouliez-vous dire « apec »"):
        ind.regroup(bretagne, frame, "operateur", {"emploi": ["apecs"]})


def test_a_modality_is_in_one_group(bretagne):
    frame = ind.counts(bretagne, "volumes", niveau="departement")
    with pytest.raises(UsageError, match="« 29 » est dans deux groupes"):
        ind.regroup(bretagne, frame, "departement", {"ouest": ["29"], "tout": ["22", "29"]})


def test_two_measures_are_not_added_up(bretagne):
    both = pd.concat([ind.counts(bretagne, "volumes"), ind.counts(bretagne, "beneficiaires")])
    with pytest.raises(UsageError, match="deux mesures ne s’additionnent pas"):
        ind.regroup(bretagne, both, "operateur", {"tous": ["ensemble"]})


def test_shares_are_merged_only_over_what_adds_up(bretagne):
    merged = ind.shares(bretagne, "profil_sexe", "sexe", merge={"tous": ["femme", "homme"]})
    assert list(merged["valeur"]) == [1.0]
    with pytest.raises(UsageError, match="ne s’additionne pas"):
        ind.shares(bretagne, "motifs", "motif", merge={"tous": ["se_former", "changer"]})
    with pytest.raises(UsageError, match="Vouliez-vous dire « femme »"):
        ind.shares(bretagne, "profil_sexe", "sexe", merge={"elles": ["femmes"]})


def test_nothing_is_related_to_a_rate(bretagne):
    with pytest.raises(UsageError, match="est un taux"):
        ind.take_up(bretagne, denominateur="chomage")


# Figures published for the CEP of employed people (cepkit/refdata/figures,
# national_cep_actifs_occupes.csv): 102 000 entries in 2020 (cap-metiers.pro, on the report on the
# use of funds 2024), 155 700 in 2022, « +52 % 2020-2022 » (centre-inffo.fr); 100 937
# beneficiaries in 2020 (defi-metiers.fr): 155 700 over them would be +54 %.
def market() -> Region:
    measures = {"entrees_2020": "entrees", "entrees_2022": "entrees",
                "personnes_2020": "beneficiaires"}  # fmt: skip
    plan = [table(nom, mesure, ["operateur"]) for nom, mesure in measures.items()]
    given = {
        "entrees_2020": rows("entrees", (), [("2020", "FR", "total", "ensemble", 102_000)]),
        "entrees_2022": rows("entrees", (), [("2022", "FR", "total", "ensemble", 155_700)]),
        "personnes_2020": rows("beneficiaires", (), [("2020", "FR", "total", "ensemble", 100_937)]),
    }
    return make("FR", {"plan": plan, "ruptures": [], "annees_partielles": []}, **given)


def test_published_evolution_of_entries():
    frame = ind.evolution(market(), ["entrees_2020", "entrees_2022"])
    last = frame[frame["annee"] == "2022"].iloc[0]
    assert int(100 * (last["ratio"] - 1)) == 52
    assert last["ecart"] == 53_700 and last["lecture"] == "au-dessus"


def test_mixing_measures_is_refused_and_does_not_make_54_percent():
    assert round(100 * (155_700 / 100_937 - 1)) == 54
    with pytest.raises(UsageError, match="deux mesures ne se mêlent pas"):
        ind.evolution(market(), ["personnes_2020", "entrees_2022"])


# France compétences, 2022: 4 551 908 beneficiaries, « 15 % » of the active population
# (centre-inffo.fr); Insee, 30 575 000 actifs in the sense of the BIT, France hors Mayotte
# (insee_population_active_france.csv): 14.9 %.
def test_published_national_take_up():
    base = make("FR")
    persons = rows("beneficiaires", (), [("2022", "FR", "total", "ensemble", 4_551_908)])
    context = base._part.contexte.copy()
    whole = (context["serie"] == "actifs") & (context["region"] == "FR")
    context.loc[whole, "valeur"] = 30_575_000.0
    populations = [d | {"absents": {}} if d["nom"] == "actifs" else d
                   for d in base.meta["denominateurs"]]  # fmt: skip
    part = replace(base._part, contexte=context,
                   meta=base.meta | {"denominateurs": populations},
                   tables=base._part.tables | {"beneficiaires": persons})  # fmt: skip
    row = ind.take_up(Region(part), mesure="beneficiaires").iloc[0]
    assert row["region"] == "FR" and row["unite"] == "part"
    assert round(100 * row["valeur"], 1) == 14.9 and round(100 * row["valeur"]) == 15
    # Wilson by hand for millions: ± 1.96 √(p q / n) = ± 0.0126 point.
    assert 100 * (row["borne_sup"] - row["borne_inf"]) / 2 == pytest.approx(0.0126, abs=5e-5)


def test_break_of_one_operator_breaks_the_total_too():
    ruptures = [{"annee": 2021, "portee": "apec", "motif": "Autre paiement."}]
    r = make(meta={"ruptures": ruptures, "annees_partielles": []})
    frame = ind.evolution(r, "volumes").query("region == '53'").set_index("annee")
    assert frame.loc["2021", "lecture"] == "comparaison refusée"
    assert "autre paiement" in frame.loc["2021", "note"]
    assert frame.loc["2022", "ratio"] == pytest.approx(1000 / 900)


def test_france_carries_the_partial_year_of_a_region(bretagne):
    frame = ind.evolution(make(meta={"ruptures": []}), "volumes").query("region == 'FR'")
    first = frame.set_index("annee")
    assert "année partielle : ouverture en mars" in first.loc["2020", "note"]
    assert first.loc["2021", "ratio"] == pytest.approx(1.1)


def test_partial_year_of_the_exercice_is_flagged_on_the_rate():
    partial = [{"annee": 2022, "region": "53", "operateur": None, "motif": "ouverture en mars"}]
    frame = ind.take_up(make(meta={"annees_partielles": partial}))
    assert "année partielle" in frame[frame["region"] == "53"]["note"].iloc[0]

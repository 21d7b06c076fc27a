"""The national synthesis: official order, no region qualified, same values as the regions."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from cepkit import codes, lectures, store
from cepkit import indicators as ind
from cepkit.errors import UsageError
from cepkit.lectures import commun
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold

from .pages import kinds, run


@pytest.fixture(scope="module")
def national(demo_root):
    """Region « FR » and the wording of the synthesis, computed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(demo_root))
        r = Region.open("demo", "FR")
        gaps = ind.comparable_gaps(r)
        services = ["niveau", "modalite", "format"]
        return lectures.Nationale(
            r, ind.take_up(r, by="region"), ind.operator_mix(r), gaps, ind.mix_share(r, gaps),
            ind.over_regions(r, ind.profile), ind.over_regions(r, ind.profile, services),
            ind.over_regions(r, ind.answers, "motif"),
            ind.over_regions(r, ind.answers, "prestation"),
            ind.over_regions(r, ind.schemes))  # fmt: skip


@pytest.fixture(scope="module")
def page(demo_root):
    """Blocks of the synthesis."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(demo_root))
        return run(patch, "synthese_nationale", "FR")


def handed_over(*regions: str) -> Region:
    """The national view once these regions have handed their report over."""
    part = store.load_slice("demo", codes.FRANCE)
    done = {"n": "J099", "etape": "Remise à France compétences", "version": "Remise",
            "date_realisee": "2023-07-13"}  # fmt: skip
    suivi = {c: s | {"jalons": [*s.get("jalons", []), done]} if c in regions else s
             for c, s in part.suivi.items()}  # fmt: skip
    return Region(dataclasses.replace(part, suivi=suivi))


def test_five_lines_keep_their_rules(national):
    lines = national.cinq_lignes()
    assert len(lines) == 5 and all(commun.words(x) <= 30 for x in lines)
    named = [x for x in codes.REGIONS if codes.region_name(x) in " ".join(lines[:4])]
    assert named in ([], ["06"])  # « France hors Mayotte » is the field of the rate
    assert "Mayotte" in lines[4] and "rupture de série" in lines[4]


def test_no_region_is_qualified(page):
    text = " ".join(b.text for b in page if b.kind not in ("glossaire", "methode"))
    assert not re.search(r"au-dessus|en dessous", text)
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", fold(text))] == []


def test_comparability_comes_first_and_regions_keep_their_order(page):
    tables = kinds(page, "tableau")
    assert tables[0].repere == "FR-N.1-T1"
    for block in tables:
        frame = block.frame
        if "region" in frame and "theme" not in frame:
            listed = [x for x in frame["region"] if x in codes.REGIONS]
            assert listed == [x for x in codes.REGIONS if x in listed]


def test_a_region_of_the_view_is_the_region_itself(demo, national):
    mine = national.profils[national.profils["region"] == "53"].reset_index(drop=True)
    alone = ind.profile(Region.open("demo", "53"))
    pd.testing.assert_frame_equal(mine, alone, check_dtype=False)


def test_an_unknown_region_of_the_view_is_refused(national):
    with pytest.raises(UsageError, match="99"):
        national.r.regionale("99")


def test_parts_of_the_gap_add_up(national):
    known = national.ecarts.dropna(subset=["comparable"])
    np.testing.assert_allclose(
        known["comparable"].astype(float) + known["structure"].astype(float),
        known["ecart_publics"].astype(float), atol=1e-9)  # fmt: skip


def test_shares_of_the_variance_add_up_to_one(national):
    # Shorrocks (1982), Econometrica 50: natural shares of the components sum to one.
    swapped = national.ecarts.assign(structure=national.ecarts["comparable"])
    shares = [ind.mix_share(national.r, f)["valeur"].iloc[0] for f in (national.ecarts, swapped)]
    assert sum(shares) == pytest.approx(1)


def test_share_of_the_variance_by_hand(national):
    # gaps -1, 0, 2 (weights 2, 1, 1), structure -1, 0, 1: mean 0, variance (2+0+4)/4 = 1.5,
    # covariance (2·1 + 0 + 2·1)/4 = 1, share 2/3.
    gaps = pd.DataFrame({"ecart_publics": [-1.0, 0.0, 2.0], "structure": [-1.0, 0.0, 1.0],
                         "population_publics": [2.0, 1.0, 1.0]})  # fmt: skip
    assert ind.mix_share(national.r, gaps)["valeur"].iloc[0] == pytest.approx(2 / 3)


def test_comparability_says_what_is_missing(national):
    line = commun.row(national.comparabilite, region="06")
    assert line["Recours"] == "non disponible" and line["Profil"] == "avec réserve"
    assert commun.row(national.comparabilite, region="11")["Recours"] == "comparable"


def test_matrices_show_the_index_of_marked_gaps_only(national):
    """Each cell against the profile that the region's own annexe reads; regions in their order."""
    for frame, words in national.matrices():
        assert frame["region"].tolist() == list(codes.REGIONS)
        dimension = national.specificites.columns[int(words["id"].rpartition("T")[2]) - 1]
        for region in ("06", "11", "94"):
            own = ind.profile(national.r.regionale(region), [dimension]).set_index("modalite")
            line = frame.set_index("region").loc[region]
            for kind in line.index:
                row = own.loc[kind]
                shown = {"secret": "s.", "non_diffuse": "s.", "non_disponible": "n.d."}.get(
                    row["etat"])
                marked = row["lecture"] in ("au-dessus", "en dessous")
                share = row["valeur"] / row["reference"] if marked else None
                expected = f"{share:.2f}".replace(".", ",") if marked else "—"
                assert line[kind] == (shown or expected), (region, dimension, kind)


def test_figures_of_services_hold_every_region(national):
    found = national.figures_usages()
    table = national.usages().set_index("region")
    assert [words["id"] for _, words in found] == [f"N.5-F{n}" for n in range(1, len(found) + 1)]
    for (frame, _), column in zip(found, ("niveau", "modalite", "prestation", "prealable"),
                                      strict=True):
        assert frame["region"].tolist() == list(codes.REGIONS)
        for row in frame.to_dict("records"):  # same share as the table, gaps stand beside it
            said = table.loc[row["region"], column].split()[0].replace(",", ".")
            assert float(said) == pytest.approx(100 * row["valeur"], abs=0.5)
        assert "Guadeloupe" not in frame.attrs["cepkit"]["champ"]


def test_national_shares_are_those_of_france(national):
    usages = national.usages().set_index("region")
    table = national.r.table("niveaux")
    france = table[table["region"].eq("FR") & table["operateur"].eq("ensemble")]
    n = france.set_index("niveau")["effectif"].astype(float)
    expected = round(100 * n["niveau_2"] / n["total"], 1)
    assert float(usages.loc["FR", "niveau"].replace(",", ".")) == pytest.approx(expected)


def test_overseas_regions_are_all_there(national):
    rows = national.outre_mer()
    assert list(rows["region"]) == list(codes.OUTRE_MER)
    said = rows.set_index("region")["manque"]
    assert "taux de chômage, entrées de l’Apec" in said["06"] and "avec réserve" not in said["06"]
    assert "taux" not in said["01"]


def test_a_missing_month_is_a_reserve(national):
    # Demonstration: August of Corse (94) is not delivered.
    states = national.comparabilite.set_index("region")["Mois"]
    assert states["94"] == "avec réserve" and states.drop("94").eq("comparable").all()
    assert "Corse : aucun effectif n’est livré pour août" in national.prudence_comparabilite()


def test_france_is_given_in_both_fields(national):
    rows = national.taux_lus().set_index("territoire")
    n = rows["numerateur"].astype(float)
    assert list(rows.index[-2:]) == ["France", "France hors Mayotte"]
    assert n["France"] == n["France hors Mayotte"] + n["Mayotte"]
    assert rows["valeur"].isna()[["France", "Mayotte"]].all()


def test_operators_that_alone_fill_a_dimension_are_named(national):
    said = national.prudence_usages()
    assert "Seuls l’Apec et l’opérateur régional renseignent la demande" in said
    assert "Mayotte : aucune entrée de l’Apec n’est livrée." in said


def test_every_demand_is_shown(national):
    shown = national.tableau_demandes()["colonnes"]
    assert list(shown) == ["region", *national.r.modalites("motif")]


def test_follow_up_sections_wait_for_the_reports(national):
    assert national.remises == [] and national.cooperations().empty and national.leviers().empty
    assert "Aucun rapport régional n’est remis" in national.sans_remise("aucune coopération")


def test_only_regions_that_handed_over_are_counted(demo, national):
    lire = dataclasses.replace(national, r=handed_over("84", "53"))
    assert lire.remises == ["53", "84"]
    counted = sum(int(n) for n in lire.cooperations()["size"])
    sheets = store.load_slice("demo", codes.FRANCE).suivi
    assert counted == len(sheets["53"]["cooperations"]) + len(sheets["84"]["cooperations"])
    assert max(int(n) for n in lire.cooperations()["nunique"]) <= 2
    said = " ".join(map(str, [*lire.leviers().to_numpy().ravel(), lire.reponse_leviers()]))
    assert not re.search("Apec|Pôle emploi|Bretagne|Auvergne", said)


def test_declared_investigations_are_listed(national):
    rows = national.investigations()
    # Two of the workbooks (one of them also in region.yml), « effets » of region.yml alone.
    assert len(rows) == 3 and {"Enquête", "Entretiens"} <= set(rows["methode"])

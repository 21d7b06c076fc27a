"""What leaves is proven on the final tables: planted errors, kept mask, earlier versions."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from cepkit import leaks, store
from cepkit.edition import project
from cepkit.errors import CepkitError
from cepkit.protection import earlier, mask, proof
from cepkit.protection.cells import names
from tests.store.conftest import VOLUMES, declared

# Persons by department: only departments and regions add up, one line a region.
DEPARTMENTS = """Région;Dép.;Opérateur;Entrées;Bénéficiaires
Bretagne;Côtes-d'Armor;Cap emploi;400;{}
Bretagne;Finistère;Cap emploi;300;3
Bretagne;Ille-et-Vilaine;Cap emploi;200;60
"""


def deliver(root, text):
    (root / "data" / "essai" / "volumes.csv").write_text(text, "cp1252")


def settings(root, **changes):
    content = declared().model_dump(mode="json")
    for key, value in changes.items():
        content[key] = content[key] | value if isinstance(content[key], dict) else value
    path = root / "parameters" / "essai" / "edition.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def masque(root):
    return root / "parameters" / "essai" / "masque.csv"


def table(root, name="volumes"):
    return pq.read_table(root / "outputs/essai/.store/tables" / f"{name}.parquet").to_pandas()


def hidden(root, name="volumes"):
    frame = table(root, name)
    return set(names(frame)[frame["etat"].eq("secret")])


def content(root):
    folder = root / "outputs" / "essai" / ".store"
    return {p.relative_to(folder).as_posix(): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(root):
    """The store refuses to build (exit 13) and leaves what was there; its error."""
    before = content(root)
    with pytest.raises(CepkitError) as error:
        store.build("essai")
    assert error.value.code == 13
    assert content(root) == before
    return error.value


def refusal(root):
    return pd.read_csv(project.paths("essai").cache / "journal" / "refus.csv", sep=";", dtype=str)


# --- planted errors -------------------------------------------------------------------------


def republish(tables, name, **keys):
    """The table with one cell as its source gives it."""
    frame = tables[name].copy()
    row = frame[list(keys)].eq(pd.Series(keys)).all(axis=1)
    assert row.sum() == 1
    return row


def test_one_secondary_republished(root, monkeypatch):
    store.build("essai")

    public = proof.public
    masque(root).unlink()
    monkeypatch.setattr(proof, "public", lambda source, hidden: public(
        source, hidden - {"2022|53|29|apec|entrees"}))
    error = refused(root)
    assert "table « volumes » (Volumes)" in str(error) and "Bretagne" in str(error)
    assert "3" not in str(error).split("Règle")[0].replace("1 petit effectif", "")
    details = refusal(root)
    told = details[details["departement"].eq("29") & details["operateur"].eq("cap_emploi")]
    assert told[["effectif", "minimum", "maximum", "raison"]].values.tolist() == [
        ["3", "3", "3", "retrouvée"]]
    assert "volumes" in told["revelee_par"].iloc[0]


def test_one_margin_added(root, monkeypatch):
    """Corse-du-Sud: Apec 40, Cap emploi unknown; with a total of 43, it is three."""
    store.build("essai")
    public = proof.public

    def generous(source, hidden):
        out = public(source, hidden)
        row = out[["region", "departement", "operateur", "mesure"]].eq(
            ["94", "2A", "ensemble", "entrees"]).all(axis=1)
        out.loc[row, ["effectif", "etat"]] = [43, "publie"]
        return out

    monkeypatch.setattr(proof, "public", generous)
    assert "Corse" in str(refused(root))


def sent(root, frame, name="2023-05-02-operateurs", told=None):
    """What an earlier version sent out, as a record beside it."""
    folder = root / "parameters" / "essai" / "regions" / "53" / "diffusions" / name
    folder.mkdir(parents=True)
    (folder / store.RECORD).write_bytes(earlier.record({"volumes": frame}, False, told=told))


def test_one_earlier_version(root):
    """An earlier version published Finistère, Apec, which the mask now withholds: 123 - 120 = 3."""
    store.build("essai")
    frame = table(root)
    row = republish({"v": frame}, "v", region="53", departement="29", operateur="apec")
    frame.loc[row, ["effectif", "etat"]] = [120, "publie"]
    sent(root, frame)
    assert "une version antérieure" in str(refused(root))
    masque(root).unlink()  # without the mask too: what was published is known
    assert "peut être retrouvé" in str(refused(root))


def test_an_earlier_version_that_tells_everything_is_refused(root):
    store.build("essai")
    frame = table(root)
    source = pq.read_table(project.paths("essai").cache / "tables/volumes.parquet").to_pandas()
    small = names(source).isin(["2022|53|29|cap_emploi|entrees"])
    told = source[~small & source["etat"].eq("publie")]
    sent(root, told.drop(columns=["borne_min", "borne_max"]))
    masque(root).unlink()
    assert "peut être retrouvé" in str(refused(root))
    assert len(frame)


def test_one_mask_changed(root):
    store.build("essai")
    lines = masque(root).read_text("utf-8").splitlines(keepends=True)
    masque(root).write_text("".join(lines[:-1]), "utf-8")
    error = str(refused(root))
    assert "modifié à la main" in error and "version sauvegardée" in error
    other = pd.DataFrame([line.strip().split(";")[:5] for line in lines[3:-1]],
                         columns=lines[2].strip().split(";")[:5])
    masque(root).write_text(mask.text(other, fictif=False), "utf-8")  # a well-formed, older one
    assert "du masque" in str(refused(root))


@pytest.mark.parametrize(("old", "new", "said"), [
    (";dimensions\n", ";dimensions;effectif\n", "colonnes en trop : effectif"),
    (";mesure;", ";", "colonnes absentes du masque : mesure"),
    ("2022;53;29;apec", "2022;5;29;apec", "région inconnue"),
    ("2022;53;29;apec;entrees;\n", "2022;53;29;apec;entrees;\n" * 2, "deux fois"),
    ("2022;53;29;apec;entrees;\n", "2022;53;29\n", "incomplète"),
])
def test_a_mask_edited_by_hand_is_a_clear_error(root, old, new, said):
    store.build("essai")
    text = masque(root).read_text("utf-8")
    assert old in text
    masque(root).write_text(text.replace(old, new), "utf-8")
    assert said in str(refused(root))


# --- the kept mask --------------------------------------------------------------------------


def test_the_mask_holds_keys_only_and_the_same_bytes(root):
    store.build("essai")
    first = masque(root).read_bytes()
    assert first.decode().splitlines()[2] == "annee;region;departement;operateur;mesure;dimensions"
    assert all(line.count(";") == 5 for line in first.decode().splitlines()[2:])
    store.build("essai")
    assert masque(root).read_bytes() == first
    masque(root).unlink()
    store.build("essai")
    assert masque(root).read_bytes() == first


def test_withheld_stays_withheld_published_stays_published(root):
    """Cap emploi in Finistère is 3, then 30: nothing is small any more, the mask holds."""
    store.build("essai")
    before = hidden(root)
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;30;3"))
    store.build("essai")
    assert hidden(root) == before


def test_a_withheld_cell_that_becomes_zero_is_published_and_told(root):
    store.build("essai")
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;0;3"))
    report = store.build("essai")
    assert "2022|53|29|cap_emploi|entrees" not in hidden(root)
    assert any("valent maintenant zéro" in p.message for p in report.problemes)
    assert "53;29;cap_emploi;entrees" not in masque(root).read_text("utf-8")


def test_other_exercices_of_the_same_year_bind(root):
    """A second exercice holds the same year: what the first withheld, it withholds too."""
    store.build("essai")
    first = hidden(root)
    other = root / "parameters" / "suivant"
    other.mkdir()
    text = (root / "parameters/essai/edition.yml").read_text("utf-8")
    (other / "edition.yml").write_text(text.replace("exercice: essai", "exercice: suivant"),
                                       "utf-8")
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;30;3"))
    store.build("suivant")
    frame = pq.read_table(root / "outputs/suivant/.store/tables/volumes.parquet").to_pandas()
    assert set(names(frame)[frame["etat"].eq("secret")]) == first


def test_fictitious_exercices_never_bind_real_ones(root):
    store.build("essai")
    other = root / "parameters" / "fictif"
    other.mkdir()
    text = (root / "parameters/essai/edition.yml").read_text("utf-8")
    (other / "edition.yml").write_text(
        text.replace("exercice: essai", "exercice: fictif").replace("fictif: false",
                                                                    "fictif: true"), "utf-8")
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;30;3"))
    store.build("fictif")
    frame = pq.read_table(root / "outputs/fictif/.store/tables/volumes.parquet").to_pandas()
    assert not frame["etat"].eq("secret").any()


# --- corrected deliveries -------------------------------------------------------------------


def test_a_published_cell_that_becomes_small_is_hidden_among_what_changed(root):
    """Its earlier value was another one: hidden now, with cells that changed with it."""
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;8;8"))
    store.build("essai")
    assert hidden(root) == set()
    (_folder(root) / store.RECORD).write_bytes(store.record("essai", "53"))
    deliver(root, VOLUMES)
    store.build("essai")
    frame = table(root)
    kept = frame[frame["departement"].eq("29") & frame["operateur"].isin(["apec"])]
    assert kept["etat"].tolist() == ["publie"]  # published, unchanged
    assert "2022|53|29|cap_emploi|entrees" in hidden(root)


def _folder(root):
    folder = root / "parameters/essai/regions/53/diffusions/2023-05-02-operateurs"
    folder.mkdir(parents=True)
    return folder


def test_the_difference_of_two_versions_is_attacked(root):
    """Version 1 publishes 70 and hides 3 + 60; in version 2 the 70 becomes 2: total less total."""
    deliver(root, DEPARTMENTS.format(70))
    store.build("essai")
    assert hidden(root, "beneficiaires") == {"2022|53|29|cap_emploi|beneficiaires",
                                             "2022|53|35|cap_emploi|beneficiaires"}
    (_folder(root) / store.RECORD).write_bytes(store.record("essai", "53"))
    first = table(root, "beneficiaires").set_index(["region", "departement", "operateur"])
    deliver(root, DEPARTMENTS.format(2))
    store.build("essai")
    second = table(root, "beneficiaires").set_index(["region", "departement", "operateur"])
    # What is hidden in both versions did not change: with a total of each version, 65 - 133 + 70.
    assert first.loc[("53", "total", "cap_emploi"), "effectif"] == 133
    assert second.loc[("53", "total", "cap_emploi"), "etat"] == "secret"
    assert second.loc[("53", "22", "cap_emploi"), "etat"] == "secret"
    # Only what the correction changed is withheld besides: France and the entries are not.
    assert hidden(root) == set()


def test_a_difference_that_no_mask_can_hide_is_refused(root):
    """The total of the second version stays published: it is declared so."""
    deliver(root, DEPARTMENTS.format(70))
    store.build("essai")
    (_folder(root) / store.RECORD).write_bytes(store.record("essai", "53"))
    settings(root, secret={"jamais_masquees": [{"region": "53", "departement": "total"}]})
    deliver(root, DEPARTMENTS.format(2))
    error = refused(root)
    assert "beneficiaires" in str(error)
    details = refusal(root)
    assert details.loc[details["departement"].eq("22"), ["effectif", "minimum", "maximum"]
                       ].values.tolist() == [["2", "2", "2"]]


def test_a_higher_threshold_after_a_version_was_sent_is_refused_with_the_choice(root):
    store.build("essai")
    (_folder(root) / store.RECORD).write_bytes(store.record("essai", "53"))
    settings(root, secret={"seuil": 45})
    error = str(refused(root))
    assert "publié" in error and "supprimer masque.csv" in error


# --- no oracle ------------------------------------------------------------------------------


def test_a_delivery_that_differs_only_in_withheld_cells_gives_the_same_bytes(root):
    """Moving 2 along the hidden rectangle keeps every published total."""
    store.build("essai")
    first = content(root)
    moved = VOLUMES
    for old, new in (("Finistère;Apec;120", "Finistère;Apec;119"),
                     ("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;4;3"),
                     ("Ille-et-Vilaine;Apec;230", "Ille-et-Vilaine;Apec;231"),
                     ("Ille-et-Vilaine;Cap emploi;70", "Ille-et-Vilaine;Cap emploi;69")):
        assert old in moved
        moved = moved.replace(old, new)
    deliver(root, moved)
    store.build("essai")
    assert content(root) == first


def test_gaps_of_the_delivery_are_those_of_published_cells(root):
    """A total delivered with the region contradicts the hidden cells: only the journal says so."""
    lines = VOLUMES.splitlines()
    lines.insert(5, "Bretagne;Finistère;Ensemble;125;nd")
    deliver(root, "\n".join(lines) + "\n")
    store.build("essai")
    public = json.loads(content(root)["donnees.json"])["controles"]
    private = pd.read_csv(project.paths("essai").cache / "journal" / "verifications.csv", sep=";")
    rule = "Le total est la somme de ses parts (operateur)"
    assert private.loc[private["regle"].eq(rule), "ecart"].tolist() == [2.0]
    assert [c["ecart"] for c in public if c["regle"] == rule] in ([0.0], [])


def test_a_population_cut_from_a_private_table_is_refused(root):
    series = declared().model_dump(mode="json")["denominateurs"]
    settings(root, denominateurs=[*series, series[0] | {"nom": "mien", "table": "volumes",
                                                        "filtre": {}}])
    with pytest.raises(CepkitError, match="origine: public"):
        store.build("essai")


# --- the account, the policy ----------------------------------------------------------------


def meta(root):
    return json.loads(content(root)["meta.json"])


def test_public_account_by_table_and_region_in_bands_only(root):
    store.build("essai")
    account = meta(root)["protection"]
    assert account["tables"]["volumes"]["regions"].keys() == {"53"}
    assert account["tables"]["motifs"]["regions"] == {}
    assert all(isinstance(b, str) for b in account["tables"]["volumes"]["regions"].values())
    assert "versions antérieures" in account["limites"][0]
    assert "primaire" not in json.dumps(meta(root))


def test_private_journal_tells_primary_secondary_ranges_and_costs(root):
    store.build("essai")
    folder = project.paths("essai").cache / "journal"
    cells = pq.read_table(folder / "cellules.parquet").to_pandas()
    assert {"primaire", "secondaire", "minimum", "maximum", "cout"} <= set(cells)
    one = cells[cells["departement"].eq("29") & cells["operateur"].eq("cap_emploi")
                & cells["mesure"].eq("entrees")].iloc[0]
    assert one["primaire"] and one["minimum"] < one["maximum"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_higher_threshold_of_a_dimension(root):
    """Motif « metier » is 180 and « point » 200: both under a threshold of 190 or more."""
    settings(root, secret={"seuils": {"motif": 190}})
    store.build("essai")
    assert "2022|53|total|ensemble|personnes_motif|motif=metier" in hidden(root, "motifs")
    assert "de 1 à 189 pour la dimension « Motif »" in meta(root)["protection"]["regle"]
    assert hidden(root)  # the general threshold holds elsewhere


def test_costs_choose_what_is_withheld(root):
    """The second cell of the hidden line is the cheapest, unless the edition says otherwise."""
    deliver(root, DEPARTMENTS.format(50))
    store.build("essai")
    assert "2022|53|22|cap_emploi|beneficiaires" in hidden(root, "beneficiaires")
    masque(root).unlink()
    settings(root, secret={"jamais_masquees": [{"departement": "22"}]})
    store.build("essai")
    assert "2022|53|35|cap_emploi|beneficiaires" in hidden(root, "beneficiaires")


def test_a_small_count_declared_never_hidden_is_refused(root):
    store.build("essai")
    settings(root, secret={"jamais_masquees": [{"departement": "29", "operateur": "cap_emploi"}]})
    masque(root).unlink()
    assert "jamais_masquees" in str(refused(root))


def test_zeros_can_be_secret(root):
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;0;3"))
    settings(root, secret={"zeros": "secrets"})
    store.build("essai")
    assert "2022|53|29|cap_emploi|entrees" in hidden(root)
    assert "de 0 à 4" in meta(root)["protection"]["regle"]


def test_a_table_mostly_withheld_is_released_coarser(root):
    """Departments of Bretagne are mostly withheld: the fallback keeps the region only."""
    settings(root, secret={"repli_au_dela": 0.4},
             regroupements=[{"dimension": "departement", "vers": "region"}])
    store.build("essai")
    frame = table(root)
    assert frame.loc[frame["region"].eq("53"), "departement"].unique().tolist() == ["total"]
    assert hidden(root) == set()
    account = meta(root)["protection"]
    assert account["replis"][0] == {"table": "volumes", "dimension": "departement",
                                    "regions": ["53"], "vers": ["total"]}
    assert "sans le département (Bretagne)" in account["replis_dits"][0]


# --- one region alone -----------------------------------------------------------------------

CORSE = """Région;Dép.;Opérateur;Entrées;Bénéficiaires
Corse;Corse-du-Sud;Apec;300;nd
Corse;Corse-du-Sud;Cap emploi;2;nd
Corse;Haute-Corse;Apec;200;nd
Corse;Haute-Corse;Cap emploi;1;nd
France entière;;Apec;5000;4800
France entière;;Cap emploi;4000;3900
France entière;;Ensemble;9000;8500
"""
ALONE = "2022|94|total|cap_emploi|entrees"


def alone(root, text):
    (root / "data" / "essai" / "motifs.csv").unlink(missing_ok=True)
    deliver(root, text)


def test_a_region_alone_is_told_what_the_others_give_away(root):
    """France less the other regions tells that Cap emploi is 3 in Corse: nothing here can help."""
    alone(root, CORSE)
    report = store.build("essai")
    told = [p for p in report.problemes if p.classe == "secret"]
    assert len(told) == 1 and not told[0].bloquant
    assert "1 petit effectif se retrouve en retranchant de la France" in told[0].message
    assert "regrouper" in told[0].reparation and "masque commun" in told[0].reparation
    assert {ALONE, "2022|94|2A|cap_emploi|entrees", "2022|94|2B|cap_emploi|entrees"} <= hidden(root)
    assert "Cette édition ne décrit que Corse" in meta(root)["protection"]["limites"][-1]
    assert leaks.attacked("essai") == []  # readers of this release alone learn nothing


def test_what_is_below_a_region_alone_is_proven_with_the_region_known(root):
    """With 500 Apec known for the region, hiding one department would tell it: both or none."""
    alone(root, CORSE.replace("Apec;300", "Apec;3").replace("Cap emploi;2", "Cap emploi;20")
            .replace("Cap emploi;1", "Cap emploi;10"))
    report = store.build("essai")
    assert not [p for p in report.problemes if p.classe == "secret"]
    assert {"2022|94|2A|apec|entrees", "2022|94|2B|apec|entrees"} <= hidden(root)


def test_a_shared_mask_protects_a_region_alone(root):
    """Another region withholds the same cell: France less the others tells nothing any more."""
    alone(root, CORSE)
    rows = [["2022", "53", "total", o, "entrees"] for o in ("apec", "cap_emploi")]
    columns = ["annee", "region", "departement", "operateur", "mesure"]
    masque(root).write_text(mask.text(pd.DataFrame(rows[1:], columns=columns), False), "utf-8")
    told = [p for p in store.build("essai").problemes if p.classe == "secret"]
    assert len(told) == 1  # 503 in all less 500 for Apec, both known from the others
    masque(root).write_text(mask.text(pd.DataFrame(rows, columns=columns), False), "utf-8")
    shutil.rmtree(root / "outputs")
    report = store.build("essai")
    assert not [p for p in report.problemes if p.classe == "secret"]
    assert "53;total;cap_emploi;entrees" in masque(root).read_text("utf-8")  # kept for good
    assert ALONE in hidden(root)


def test_some_regions_alone_are_attacked_with_their_known_sum(root):
    """Two regions, Cap emploi 3 and 40: 43 is known from the others, and it tells neither."""
    alone(root, CORSE + "Bretagne;Finistère;Cap emploi;40;nd\nBretagne;Finistère;Apec;50;nd\n")
    store.build("essai")
    assert {ALONE, "2022|53|total|cap_emploi|entrees"} <= hidden(root)


MAYOTTE = "Mayotte;Mayotte;Apec;0;nd\nMayotte;Mayotte;Cap emploi;{};nd\n"


def test_a_region_whose_zeros_leave_another_alone_is_told_with_the_choice(root):
    """France less the others tells 4 for Corse and Mayotte; the 0 of Mayotte tells 4 for Corse."""
    alone(root, CORSE.replace("Cap emploi;2", "Cap emploi;3") + MAYOTTE.format(0))
    report = store.build("essai")
    told = [p for p in report.problemes if p.classe == "secret"]
    assert len(told) == 1 and not told[0].bloquant
    assert "1 petit effectif se retrouve" in told[0].message and "(Corse ; " in told[0].message
    assert "masque commun" in told[0].reparation and "revelees_ailleurs.csv" in told[0].reparation
    rows = pd.read_csv(project.paths("essai").cache / "journal" / "revelees_ailleurs.csv",
                       sep=";", dtype=str)
    assert rows[["region", "operateur", "effectif"]].values.tolist() == [["94", "cap_emploi", "4"]]
    assert {ALONE, "2022|94|2A|cap_emploi|entrees", "2022|94|2B|cap_emploi|entrees"} <= hidden(root)
    assert "Cette édition ne décrit que Mayotte et Corse" in meta(root)["protection"]["limites"][-1]
    assert leaks.attacked("essai") == []


@pytest.mark.parametrize(("mayotte", "other"), [(0, 0), (1, 40), (4, 0), (0, 1), (30, 0), (2, 2)])
def test_a_delivery_of_some_regions_is_released_or_told_never_refused(root, mayotte, other):
    """Three regions whose sum alone is known: what is not told by zeros is protected."""
    alone(root, CORSE.replace("Cap emploi;2", "Cap emploi;3") + MAYOTTE.format(mayotte)
          + f"Bretagne;Finistère;Cap emploi;{other};nd\nBretagne;Finistère;Apec;50;nd\n")
    report = store.build("essai")
    told = [p for p in report.problemes if p.classe == "secret"]
    # By hand: Cap emploi of the three regions, 4 in Corse; told when at most one is not 0.
    assert len(told) == ((mayotte, other).count(0) == 2)
    assert ALONE in hidden(root) and leaks.attacked("essai") == []


# --- cells that the source withholds --------------------------------------------------------


def test_a_cell_that_the_source_withholds_and_that_totals_tell_is_handled(root):
    """The source prints « <5 » but its own total gives 3: another cell is withheld."""
    lines = VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;<5;<5").splitlines()
    lines.insert(3, "Bretagne;Finistère;Ensemble;123;nd")
    lines.insert(4, "Bretagne;Ille-et-Vilaine;Ensemble;300;nd")
    deliver(root, "\n".join(lines) + "\n")
    store.build("essai")
    frame = table(root)
    finistere = frame[frame["departement"].eq("29")].set_index("operateur")["etat"]
    assert finistere["cap_emploi"] == "non_diffuse"
    assert "secret" in (finistere["apec"], finistere["ensemble"])


def test_bounds_of_the_source_are_given_to_the_attacker(root):
    """« 1 à 2 »: the attacker knows them, the ranges of the journal stay inside."""
    deliver(root, VOLUMES.replace("Finistère;Cap emploi;3;3", "Finistère;Cap emploi;1 à 2;3"))
    store.build("essai")
    cells = pq.read_table(project.paths("essai").cache / "journal/cellules.parquet").to_pandas()
    one = cells[cells["departement"].eq("29") & cells["operateur"].eq("cap_emploi")
                & cells["mesure"].eq("entrees")].iloc[0]
    assert (one["minimum"], one["maximum"]) == (1, 2)


# --- follow-up data -------------------------------------------------------------------------


def test_a_saved_workbook_does_not_rebuild_the_protection(root, monkeypatch):
    from cepkit import protection
    from cepkit.edition import load_edition
    from cepkit.intake import workbook
    store.build("essai")
    before = content(root)
    path = root / "parameters/essai/regions/53/suivi.xlsx"
    path.parent.mkdir(parents=True)
    workbook.create(path, edition=load_edition("essai"))
    monkeypatch.setattr(protection, "release", None)  # would fail if it were called
    place = root / "outputs/essai/.store"
    inode = (place / "tables/volumes.parquet").stat().st_ino
    store.ensure("essai")
    after = content(root)
    assert {k for k in after if after[k] != before[k]} <= {"suivi/53.json", "meta.json"}
    assert (place / "tables/volumes.parquet").stat().st_ino == inode
    store.ensure("essai")  # nothing is left to do
    assert content(root) == after

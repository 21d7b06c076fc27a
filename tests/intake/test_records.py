"""Record-level files: crossings counted in one pass, rows found again, any kind of file."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from cepkit import intake, plan
from cepkit.errors import exit_code
from cepkit.intake import records
from cepkit.intake.read import COUNT, read
from tests.intake.small import edition, source

COLUMNS = {"Région": "region", "Dép.": "departement", "Sexe": "sexe", "Diplôme": "diplome"}
PLAN = [{"nom": "sexe", "titre": "S", "source": "dossiers", "mesure": "entrees",
         "dimensions": ["sexe"], "niveaux": ["region", "departement"]},
        {"nom": "diplome", "titre": "D", "source": "dossiers", "mesure": "entrees",
         "dimensions": ["diplome"], "niveaux": ["region"]}]


def table(**declared):
    return source("dossiers", **{"nature": "individuel", "colonnes": COLUMNS,
                                 "ignorees": ["id"], "constantes": {"mesure": "entrees"}}
                  | declared)


def people(n: int = 1000) -> pd.DataFrame:
    """Records of Bretagne and Corse, drawn once for all."""
    rng = np.random.default_rng(3)
    places = np.array([("Bretagne", "29"), ("Bretagne", "35"), ("Corse", "2A")])
    picked = places[rng.integers(0, 3, n)]
    return pd.DataFrame({
        "id": range(n), "Région": picked[:, 0], "Dép.": picked[:, 1],
        "Sexe": np.array(["F", "H"])[rng.integers(0, 2, n)],
        "Diplôme": np.array(["Sans diplôme", "CAP, BEP"])[rng.integers(0, 2, n)]})


def write(frame: pd.DataFrame, path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, sep=";", index=False, encoding="cp1252", quoting=1)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, row_group_size=100)
    else:
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, frame.columns)
            for i, row in enumerate(frame.itertuples(index=False), 1):
                page.write_row(i, 0, row)


@pytest.fixture
def load(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)

    def run(frame: pd.DataFrame, kind: str = "csv", **declared):
        write(frame, folder / f"dossiers.{kind}")
        return intake.load(edition(table(fichier=f"dossiers.{kind}", **declared),
                                   diffusion={"tables": PLAN}), tmp_path)
    return run


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_each_crossing_is_a_count_of_the_records(load, kind):
    frame = people()
    delivery = load(frame, kind)
    assert [p for p in delivery.problemes if p.bloquant] == []
    assert delivery.recus["lignes_lues"].tolist() == [1000]
    counts = delivery.tables["dossiers"].set_index(
        ["region", "departement", "sexe", "diplome"])["effectif"]
    assert counts.index.is_unique
    codes = frame.replace({"Bretagne": "53", "Corse": "94", "Sans diplôme": "01",
                           "CAP, BEP": "02"})
    # Expected: pandas' own counts of the records, any column at its total.
    for place, (sex, diploma) in itertools.product([[], ["Dép."]], [(1, 0), (0, 1), (0, 0)]):
        if place and diploma:
            continue  # not released by department
        by = ["Région", *place, *["Sexe"] * sex, *["Diplôme"] * diploma]
        for key, n in codes.groupby(by).size().items():
            key = dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True))
            where = tuple(key.get(c, "total") for c in ("Région", "Dép.", "Sexe", "Diplôme"))
            assert counts[where] == n
    assert counts[("53", "total", "total", "total")] == (frame["Région"] == "Bretagne").sum()


def test_the_plan_is_cut_from_counts_and_not_from_sums(load):
    frame = people()
    frame.loc[:99, "Diplôme"] = "Diplôme inconnu au bataillon"
    delivery = load(frame)
    cut = plan.cut(edition(table(), diffusion={"tables": PLAN}), delivery)
    total = cut["diplome"].query("diplome == 'total' and region == '53'")["effectif"]
    assert total.tolist() == [(frame["Région"] == "Bretagne").sum()]
    by_sex = cut["sexe"].query("departement == '29'").set_index("sexe")["effectif"]
    assert by_sex["total"] == (frame["Dép."] == "29").sum() == by_sex["F"] + by_sex["H"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_rows_of_each_problem_are_found_again(load, kind):
    frame = people()
    frame.loc[[3, 7, 500, 501, 502, 503, 900], "Diplôme"] = "Bac + 99"
    frame.loc[[10, 20], "Région"] = "Bretange"
    frame.loc[998, ["Région", "Dép."]] = ["Corse", "35"]
    found = {p.cle: p for p in load(frame, kind).problemes}
    first = 1 if kind == "parquet" else 2  # a Parquet file has no header row
    assert found["modalite_inconnue"].lignes == (3 + first, 7 + first, 500 + first, 501 + first,
                                                 502 + first)
    assert found["modalite_inconnue"].nombre == 7
    assert "et 2 autres" in str(found["modalite_inconnue"])
    assert found["code_inconnu"].lignes == (10 + first, 20 + first)
    assert found["departement_hors_region"].lignes == (998 + first,)
    assert exit_code(list(found.values())) == 12


def test_two_labels_of_one_code_are_counted_together(load):
    frame = people(300)
    whole = frame["Région"].eq("Corse").sum()
    frame.loc[frame.index % 2 == 0, "Sexe"] = frame["Sexe"].map({"F": "Femmes", "H": "HOMMES"})
    counts = load(frame).tables["dossiers"].query(
        "region == '94' and departement == 'total' and diplome == 'total' and sexe != 'total'")
    assert counts["effectif"].sum() == whole
    assert len(counts) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_days_of_a_month_are_one_value(load, kind):
    days = pd.date_range("2022-01-01", periods=365).repeat(2)
    frame = people(730).assign(Date=days if kind == "parquet" else days.strftime("%d/%m/%Y"))
    frame.loc[729, "Région"] = "Bretange"
    delivery = load(frame, kind, colonnes=COLUMNS | {"Date": "mois"},
                    croisements=[["mois", "departement"]])
    table_ = delivery.tables["dossiers"]
    months = table_.query("departement == 'total' and mois != 'total'").groupby("mois")["effectif"]
    assert months.sum().tolist() == [62, 56, 62, 60, 62, 60, 62, 62, 60, 62, 60, 61]
    assert len(table_) < 200
    assert delivery.problemes[0].lignes == (730 + (kind == "csv"),)


def test_a_record_without_a_department_stays_in_its_region(load):
    frame = people(300)
    frame.loc[:9, "Dép."] = ""
    delivery = load(frame)
    counts = delivery.tables["dossiers"].query("sexe == 'total' and diplome == 'total'")
    regions = counts.query("departement == 'total'")["effectif"].sum()
    assert (regions, counts.query("departement != 'total'")["effectif"].sum()) == (300, 290)
    told = [p for p in delivery.problemes if "case vide" in p.message]
    assert (told[0].nombre, told[0].lignes) == (10, (2, 3, 4, 5, 6))


def test_rows_are_numbered_as_in_the_file_when_some_are_damaged(tmp_path):
    path = tmp_path / "dossiers.csv"
    lines = ["id;Région;Dép.;Sexe;Diplôme", *(f"{i};Corse;2A;F;CAP" for i in range(10))]
    lines[3], lines[6] = "2;Corse", "5;Corse;2A;F;CAP;de trop"
    lines[8] = "7;Corsse;2A;F;CAP"
    path.write_text("\n".join(lines) + "\n", "cp1252")
    raw = read(path, table())
    assert raw.lignes_lues == 8
    assert raw.problemes[0].lignes == (4, 7)
    wrong = raw.frame.index[raw.frame["Région"] == "Corsse"]
    assert raw.situer([wrong]) == [(9,)]


@pytest.mark.parametrize(("encoding", "declared"), [
    ("cp1252", None), ("cp1252", "cp1252"), ("utf-8", None), ("utf-8-sig", None),
    ("utf-16", None), ("latin-1", "latin-1")])
def test_the_encoding_is_found_on_the_way(tmp_path, encoding, declared):
    """Nothing but ASCII in the first two megabytes; accents come only then."""
    path = tmp_path / "dossiers.csv"
    rows = ["1;Corse;2A;F;CAP"] * 150_000 + ["1;Île-de-France;75;F;CAP"] * 3
    path.write_bytes(("id;Region;Dep;Sexe;Diplome\n" + "\n".join(rows) + "\n").encode(encoding))
    raw = read(path, table(encodage=declared, colonnes={"Region": "region", "Sexe": "sexe"}))
    assert raw.problemes == []
    assert raw.frame.set_index("Region")[COUNT].to_dict() == {"Corse": 150_000, "Île-de-France": 3}


def test_a_crossing_that_is_too_wide_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "LIMIT", 50)
    path = tmp_path / "dossiers.csv"
    write(people().assign(Commune=range(1000)), path)
    declared = table(colonnes=COLUMNS | {"Commune": "commune"})
    problem = read(path, declared).problemes[0]
    assert problem.classe == "parametres"
    assert "Commune" in problem.message
    assert "croisements" in problem.reparation


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=200),
       st.integers(1, 50), st.sampled_from([1, 1 << 22]))
def test_tallies_agree_with_pandas_whatever_the_chunks(rows, size, dense):
    """Law: any cut into chunks, dense or hashed, gives the counts of pandas."""
    frame = pd.DataFrame(rows, columns=list("abc"))
    crossing = records._Crossing(list("abc"))
    old, records.DENSE = records.DENSE, dense
    try:
        for start in range(0, len(frame), size):
            part = frame.iloc[start:start + size]
            crossing.add({c: part[c].to_numpy() for c in part})
        crossing.merge()
    finally:
        records.DENSE = old
    (columns, counts), = crossing.parts
    found = dict(zip(zip(*(c.tolist() for c in columns), strict=True), counts, strict=True))
    assert found == frame.value_counts().to_dict()


def test_a_key_wider_than_an_integer():
    columns = [np.array([0, 1, 0, 2 ** 31]) for _ in range(3)]
    found, counts = records._tally(columns)
    tuples = list(zip(*(c.tolist() for c in found), strict=True))
    assert dict(zip(tuples, counts.tolist(), strict=True)) == {
        (0, 0, 0): 2, (1, 1, 1): 1, (2 ** 31,) * 3: 1}

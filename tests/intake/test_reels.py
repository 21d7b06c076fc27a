"""Real files that nobody here wrote, each with an edition of its own (`reels/*.yml`).

Values were read in the files by hand: openpyxl for `.xlsx`, LibreOffice for `.xls`, the text of
the `.csv`. Their place stands on the line above.
"""

from __future__ import annotations

import functools
from pathlib import Path

import openpyxl
import pytest
import yaml
from python_calamine import CalamineWorkbook

from cepkit import intake, refdata
from cepkit.edition.schema import Edition
from cepkit.errors import exit_code

HERE = Path(__file__).parent / "reels"
BESIDE = Path(__file__).parents[3] / "shared" / "refdata"
KEPT_OUT = ("chomage_localise_csv", "dares_csv", "pole_emploi_epci_xlsx", "pole_emploi_epci_csv",
            "denominateurs_csv")  # their files are looked for beside the repository


def edition(name: str) -> Edition:
    texts = [(HERE / f"{n}.yml").read_text("utf-8") for n in ("commun", name)]
    return Edition.model_validate(yaml.safe_load("\n".join(texts)))


@functools.cache
def read(name: str) -> intake.Delivery:
    found = intake.load(edition(name), BESIDE)
    assert exit_code(found.problemes) == 0, [str(p) for p in found.problemes]
    return found


def value(name: str, serie: str, region: str, departement: str = "total", **dims):
    """One context value, the other dimensions at their total."""
    rows = read(name).contexte
    rows = rows[rows["serie"].eq(serie) & rows["region"].eq(region)
                & rows["departement"].eq(departement)]
    for d in [c for c in rows if c not in ("serie", "region", "departement", "valeur", "etat")]:
        rows = rows[rows[d].eq(dims.get(d, "total"))]
    assert len(rows) == 1
    return rows["valeur"].iloc[0]


def test_every_file_of_reference_has_its_edition():
    declared = {t.fichier for n in HERE.glob("*.yml") if n.stem != "commun"
                for t in (*edition(n.stem).donnees.tables, *edition(n.stem).contexte.tables)}
    shipped = {n.rpartition("/")[2] for n in refdata.names()
               if n.split("/")[0] in ("cog", "dares_defm", "insee_chomage_localise",
                                      "insee_rp2017")}
    assert shipped <= declared
    if BESIDE.is_dir():
        beside = {p.name for p in BESIDE.rglob("*") if p.suffix in (".csv", ".xls", ".xlsx")}
        assert beside == declared


@pytest.mark.parametrize(("name", "serie", "place", "dims", "expected"), [
    # Sheet « Région », row of 53, T1_2022 to T4_2022: 5.9 5.9 5.9 5.7.
    ("chomage_localise_xls", "taux_2022", ("53",), {}, (5.9 + 5.9 + 5.9 + 5.7) / 4),
    # Same sheet, row 5 « FRANCE (HORS MAYOTTE) »: 7.4 7.4 7.3 7.1.
    ("chomage_localise_xls", "taux_2022", ("FR",), {}, 7.3),
    # Same sheet, row 6 « FRANCE METROPOLITAINE »: 7.2 7.2 7.1 6.9, then 6.7 6.8 7 7 in 1982.
    ("chomage_localise_xls", "taux_metropole", ("FR",), {}, 7.1),
    ("chomage_localise_xls", "taux_1982", ("FR",), {}, 6.875),
    # Sheet « Département », rows of 06 (7.6 7.4 7.3 7.2), 2A (6.1 5.7 5.7 5.7), 971.
    ("chomage_localise_xls", "taux_2022", ("93", "06"), {}, 7.375),
    ("chomage_localise_xls", "taux_2022", ("94", "2A"), {}, 5.8),
    ("chomage_localise_xls", "taux_2022", ("01", "971"), {}, (18.1 + 18.5 + 18.3 + 19.3) / 4),
    # Sheet « DEFM cat ABC par région », rows 112-115, columns F, T and « FRANCE ENTIERE ».
    ("dares_xlsx", "defm_abc", ("11",), {}, (976460 + 966760 + 964100 + 954250) / 4),
    ("dares_xlsx", "defm_abc", ("FR",), {}, (5533200 + 5450200 + 5432700 + 5382600) / 4),
    # Sheet « DEFM cat A par région », rows 112-115, « BRETAGNE »; no row for France.
    ("dares_xlsx", "defm_a", ("53",), {}, (120450 + 118540 + 119490 + 116300) / 4),
    # Sheet « DEFM cat ABC_age_sexe », rows 112-115, column H: women of 50 and more.
    ("dares_xlsx", "defm_sexe_age", ("FR",), {"sexe": "femme", "tranche_age": "50_plus"},
     (812900 + 805200 + 800000 + 790800) / 4),
    ("dares_xlsx", "defm_sexe_age", ("FR",), {}, 5_449_675),
    # Row « 28,Normandie,2017,actifs_15_64 ».
    ("recensement_csv", "actifs_2017", ("28",), {}, 1_500_455),
    # Rows « 29,Finistère,2017 », « 2A,Corse-du-Sud,2007 », « 53,Bretagne,2007 ».
    ("recensement_csv", "actifs_2017", ("53", "29"), {}, 402_849),
    ("recensement_csv", "actifs_2007", ("94", "2A"), {}, 60_607),
    ("recensement_csv", "actifs_2007", ("53",), {}, 1_404_979),
    # Row « REG-28,RP2017,Femmes,25-54 », column actifs_occupes.
    ("recensement_csv", "occupes_sexe_age", ("28",), {"sexe": "femme", "tranche_age": "25_54"},
     474_323),
    # Row « REG-93,RP2019,Ensemble,Ensemble ».
    ("recensement_csv", "occupes_sexe_age", ("93",), {}, 1_909_982),
    # Rows « 53,Bretagne », « 2A,Corse-du-Sud » (168306) and « 2B,Haute-Corse » (187180).
    ("cog_csv", "population", ("53",), {}, 3_449_370),
    ("cog_csv", "population_departements", ("94", "2A"), {}, 168_306),
    ("cog_csv", "population_departements", ("94",), {}, 168_306 + 187_180),
    pytest.param("chomage_localise_csv", "taux_2022", ("FR",), {}, 7.3,
                 marks=pytest.mark.hors_depot),
    pytest.param("chomage_localise_csv", "taux_2022", ("94", "2A"), {}, 5.8,
                 marks=pytest.mark.hors_depot),
    # Rows « 11,ILE-DE-FRANCE,2022,1-4,ABC » and « FR,FRANCE ENTIERE ».
    pytest.param("dares_csv", "defm_abc", ("11",), {}, 965_392.5, marks=pytest.mark.hors_depot),
    pytest.param("dares_csv", "defm_abc", ("FR",), {}, 5_449_675, marks=pytest.mark.hors_depot),
    pytest.param("dares_csv", "defm_a", ("53",), {}, 118_695, marks=pytest.mark.hors_depot),
    pytest.param("dares_csv", "defm_sexe_age", ("FR",),
                 {"sexe": "femme", "tranche_age": "50_plus"}, 802_225,
                 marks=pytest.mark.hors_depot),
    # Row « 53,Bretagne », last column and defm_ABC_2022; row « 06,Alpes-Maritimes ».
    pytest.param("denominateurs_csv", "taux_2023", ("53",), {}, 5.92,
                 marks=pytest.mark.hors_depot),
    pytest.param("denominateurs_csv", "taux_2023", ("93", "06"), {}, 7.08,
                 marks=pytest.mark.hors_depot),
    pytest.param("denominateurs_csv", "defm_abc_2022", ("53",), {}, 243_390,
                 marks=pytest.mark.hors_depot),
])
def test_context_files(name, serie, place, dims, expected):
    if name in KEPT_OUT and not BESIDE.is_dir():
        pytest.skip("the file is not beside the repository")
    assert value(name, serie, *place, **dims) == pytest.approx(expected)


BREST, VEZERE = "Brest Métropole", "CC Vézère-Monédières-Millesources"
BREST_2019 = "242900314.0"  # the file writes its codes as decimals


@pytest.mark.hors_depot
@pytest.mark.parametrize(("name", "table", "keys", "expected"), [
    # Sheet « par catégorie », row 5, columns A to H; row 1266 « Total ».
    ("pole_emploi_epci_xlsx", "categories", {"epci": BREST, "categorie": "C"}, 4_830),
    ("pole_emploi_epci_xlsx", "categories", {"epci": "total", "categorie": "ABC"}, 5_989_614),
    # Sheet « par ancienneté », row 6, columns B and H.
    ("pole_emploi_epci_xlsx", "anciennete", {"epci": BREST, "anciennete": "moins_3"}, 4_065),
    ("pole_emploi_epci_xlsx", "anciennete", {"epci": BREST, "anciennete": "total"}, 18_727),
    # Sheet « Apar_age_sexe_diplome », row 6, columns G (women 25-49) and N (NIVEAU V).
    ("pole_emploi_epci_xlsx", "a_sexe_age", {"epci": BREST, "sexe": "femme",
                                             "tranche_age": "25_49"}, 3_242),
    ("pole_emploi_epci_xlsx", "a_diplome", {"epci": BREST, "diplome": "v"}, 4_353),
    ("pole_emploi_epci_xlsx", "a_diplome", {"epci": "Hors EPCI", "diplome": "total"}, 10_980),
    # Same sheet, row 648: « s.s » in column B, 58 in column N.
    ("pole_emploi_epci_xlsx", "a_sexe_age", {"epci": VEZERE, "sexe": "homme",
                                             "tranche_age": "moins_25"}, "non_diffuse"),
    ("pole_emploi_epci_xlsx", "a_diplome", {"epci": VEZERE, "diplome": "v"}, 58),
    # Sheet « ABCpar_age_sexe_diplome », row 648, column B.
    ("pole_emploi_epci_xlsx", "abc_sexe_age", {"epci": VEZERE, "sexe": "homme",
                                               "tranche_age": "moins_25"}, 11),
    # Line 843 of the csv: 242900314.0,Brest Métropole,1360,5661.0,…,18025.0.
    ("pole_emploi_epci_csv", "sexe_age", {"epci": BREST_2019, "sexe": "homme",
                                          "tranche_age": "moins_25"}, 1_360),
    ("pole_emploi_epci_csv", "sexe_age", {"epci": BREST_2019, "sexe": "total",
                                          "tranche_age": "total"}, 18_025),
])
def test_real_counts_with_withheld_cells(name, table, keys, expected):
    if not BESIDE.is_dir():
        pytest.skip("the file is not beside the repository")
    frame = read(name).tables[table]
    row = frame[frame[list(keys)].eq(keys).all(axis=1)]
    assert len(row) == 1
    got = row["effectif"].iloc[0] if isinstance(expected, int) else row["etat"].iloc[0]
    assert got == expected


@pytest.mark.hors_depot
def test_every_withheld_cell_and_every_zero_is_counted():
    if not BESIDE.is_dir():
        pytest.skip("the file is not beside the repository")
    found = read("pole_emploi_epci_xlsx").tables
    # Counted with openpyxl: 1 795 cells « s.s » and 99 cells « , » in the sheet of category A.
    both = [found[n]["etat"].eq("non_diffuse").sum() for n in ("a_sexe_age", "a_diplome")]
    assert sum(both) == 1_795
    zeros = [found[n]["effectif"].eq(0).sum() for n in ("a_sexe_age", "a_diplome")]
    assert sum(zeros) == 99


# --- others like them -----------------------------------------------------------------------------


def grid(path: Path, sheet: str) -> list[list]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(False)


def workbook(path: Path, sheets: dict[str, list[list]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        made = book.create_sheet(name)
        for row in rows:
            made.append([None if c == "" else c for c in row])
    book.save(path)


def variant(name: str, folder: Path, fichier: str, annee: int, **keys) -> intake.Delivery:
    """The same edition on other files, for another year."""
    known = edition(name)
    tables = [t.model_copy(update={"fichier": fichier} | keys) for t in known.contexte.tables]
    context = known.contexte.model_copy(update={"dossier": ".", "tables": tables})
    series = [d.model_copy(update={"annee": annee}) for d in known.denominateurs]
    return intake.load(known.model_copy(update={
        "annee": annee, "contexte": context, "denominateurs": series}), folder)


def test_next_year_of_the_unemployment_rates_columns_shuffled_and_more_title_rows(tmp_path):
    path = refdata.path("insee_chomage_localise/sl_etc_2023T4.xls")
    sheets = {}
    for sheet in ("Région", "Département"):
        rows = grid(path, sheet)
        head, body = rows[3], rows[4:]
        order = [*range(len(head) - 1, 1, -1), 1, 0]  # quarters backwards, then label and code
        new = [f"T{q}_2024" for q in (4, 3, 2, 1)]
        notes = next(i for i, r in enumerate(body) if not any(r))
        turned = [[8.0, 7.0, 6.0, 5.0] + [r[i] for i in order] for r in body[:notes]]
        sheets[sheet] = [["Une ligne de plus"], [""], *rows[:3], new + [head[i] for i in order],
                         *turned, [""], *([r[0]] for r in body[notes:] if r[0])]
    workbook(tmp_path / "sl_etc_2024T4.xlsx", sheets)
    found = variant("chomage_localise_xls", tmp_path, "sl_etc_2024T4.xlsx", 2024)
    assert exit_code(found.problemes) == 0, [str(p) for p in found.problemes]
    values = found.contexte[found.contexte["serie"].eq("taux_2022")].set_index(
        ["region", "departement"])["valeur"]
    assert values["53", "total"] == values["94", "2A"] == 6.5


def test_a_new_region_order_and_year_in_the_job_seekers(tmp_path):
    rows = grid(refdata.path("dares_defm/series_CVS_T22025.xlsx"), "DEFM cat ABC par région")
    order = [0, *range(len(rows[6]) - 1, 0, -1)]
    body = [[r[i] for i in order] for r in rows[7:]]
    body += [[f"2026T{q}", *(100 * q for _ in order[1:])] for q in (1, 2, 3, 4)]
    head = [["", *["DEFM ABC"] * (len(order) - 1)], [rows[6][i] for i in order]]
    workbook(tmp_path / "series.xlsx", {"DEFM cat ABC par région": [*rows[:5], *head, *body]})
    known = edition("dares_xlsx")
    table = known.contexte.tables[0].model_copy(update={"fichier": "series.xlsx"})
    series = known.denominateurs[0].model_copy(update={"annee": 2026})
    found = intake.load(known.model_copy(update={
        "contexte": known.contexte.model_copy(update={"dossier": ".", "tables": [table]}),
        "denominateurs": [series]}), tmp_path)
    assert found.problemes == []
    values = found.contexte.set_index("region")["valeur"]
    assert values["53"] == values["FR"] == 250


@pytest.mark.parametrize(("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-8-sig")])
def test_a_census_of_another_year_written_otherwise(tmp_path, separator, encoding):
    rows = [line.split(",") for line in refdata.path(
        "insee_rp2017/rp_activite_regions.csv").read_text("utf-8").splitlines()]
    rows = [[r[4], r[2].replace("2017", "2023"), r[3], r[1].upper(), r[0].lstrip("0")]
            for r in rows]
    text = "\r\n".join(separator.join(r) for r in rows) + "\r\n"
    (tmp_path / "rp_2023.csv").write_bytes(text.encode(encoding))
    known = edition("recensement_csv")
    table = known.contexte.tables[0].model_copy(update={"fichier": "rp_2023.csv"})
    series = known.denominateurs[0].model_copy(update={"annee": 2023, "table": "regions"})
    found = intake.load(known.model_copy(update={
        "contexte": known.contexte.model_copy(update={"dossier": ".", "tables": [table]}),
        "denominateurs": [series]}), tmp_path)
    assert found.problemes == []
    values = found.contexte.set_index("region")["valeur"]
    # Rows « 28,Normandie,2017 » and « 01,Guadeloupe,2017 » of the file.
    assert values["28"] == 1_500_455 and values["01"] == 174_021

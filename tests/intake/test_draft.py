"""`cepkit check --draft`: the draft is valid, loads, and reads what a hand-made edition reads."""

from __future__ import annotations

import functools
import subprocess
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from cepkit import demo as demonstration
from cepkit import intake, plan, refdata
from cepkit.__main__ import main
from cepkit.edition.load import read_edition
from cepkit.errors import exit_code
from cepkit.intake.draft import draft, labels
from cepkit.intake.shape import BASE

BESIDE = Path(__file__).parents[3] / "shared" / "refdata"


def described(files, folder: Path, exercice: str = "2022"):
    """(edition made from the draft of these files, its text, the profile)."""
    found = draft([Path(f) for f in files], exercice, folder)
    path = folder / "edition.yml"
    path.write_text(found.edition, "utf-8")
    return read_edition(path), found.edition, plain(found.profil)


def plain(text: str) -> str:
    """Ordinary spaces in place of French ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- the demonstration, as a stranger would receive it ------------------------------------------


@pytest.fixture(scope="module")
def both(demo_root):
    """(hand-made edition, drafted edition, their two deliveries)."""
    hand = read_edition(demo_root / "parameters/demo/edition.yml")
    folder = demo_root / "data/demo"
    found = draft(sorted(folder.glob("0*")), "2022", demo_root)  # none of an investigation
    path = demo_root.parent / "brouillon.yml"
    # The corrections that only an analyst can make: a code that is not in the nomenclature, and
    # the agreement of the associations.
    lines = [line for line in found.edition.splitlines() if "code_99:" not in line]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    drafted = read_edition(path).model_copy(update={"accords": hand.accords})
    return hand, drafted, intake.load(hand, demo_root), intake.load(drafted, demo_root)


def test_the_draft_of_the_demonstration_loads(both):
    _, drafted, _, read = both
    assert exit_code(read.problemes) == 0, [str(p) for p in read.problemes if p.bloquant]
    assert set(read.tables) == {t.nom for t in drafted.donnees.tables}
    assert set(plan.cut(drafted, read)) == {t.nom for t in drafted.diffusion.tables}


def test_every_table_counts_the_same_as_the_one_made_by_hand(both):
    hand, drafted, wanted, read = both
    alike = []
    for table in drafted.donnees.tables:
        frame = read.tables[table.nom]
        twins = [h.nom for h in hand.donnees.tables if (h.fichier, h.feuille) == (
            table.fichier, table.feuille) and set(wanted.tables[h.nom]) == set(frame)]
        assert len(twins) == 1, table.nom
        keys = [k for k in (*BASE[:4], "sexe", "tranche_age", "niveau", "mois", "etat")
                if k in frame]  # dimensions whose codes everybody writes alike
        counted = [f.groupby(keys)["effectif"].agg(["sum", "size"]).sort_index()
                   for f in (frame, wanted.tables[twins[0]])]
        pd.testing.assert_frame_equal(*counted)
        alike.append(twins[0])
    assert sorted(alike) == sorted(wanted.tables)


def test_guesses_are_marked(both, demo_root):
    text = draft([demo_root / "data/demo/01_volumes_2022.csv"], "2022", demo_root).edition
    assert "constantes: {annee: '2022'}  # à confirmer" in text
    assert "definition: à confirmer" in text
    assert text.startswith("# yaml-language-server: $schema=../edition.schema.json\n")


# --- files as administrations write them --------------------------------------------------------


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


VOLUMES = """Entrées en CEP par région{s}{s}
Source : France compétences{s}{s}
{s}{s}
Code région{s}Opérateurs{s}Nombre d’entrées
{rows}
"""


@pytest.mark.parametrize(("separator", "encoding", "number"), [
    (";", "cp1252", "1 234"), ("\t", "utf-8-sig", "1\u202f234"), (",", "utf-8", "1234"),
    ("|", "utf-8", "1234,0"), (";", "utf-8", "1.234.567")])
def test_separators_encodings_and_marks(tmp_path, separator, encoding, number):
    rows = "\n".join(separator.join((code, o, number)) for code in ("01", "53", "94")
                     for o in ("France Travail", "APEC", "Tous opérateurs"))
    text = VOLUMES.format(s=separator, rows=rows)
    path = write(tmp_path / "livraison_2022.csv", text, encoding)
    edition, _, profil = described([path], tmp_path)
    table = edition.donnees.tables[0]
    assert table.separateur == separator and table.entete == [4]
    assert "Code région » → region" in profil
    frame = intake.load(edition, tmp_path).tables[table.nom]
    expected = int(number.replace(" ", "").replace("\u202f", "").replace(".", "").split(",")[0])
    assert set(frame["effectif"]) == {expected}
    assert set(frame["region"]) == {"01", "53", "94"}
    assert set(frame["operateur"]) == {"france_travail", "apec", "ensemble"}


def test_two_header_rows_without_merged_cells(tmp_path):
    path = write(tmp_path / "cep_2021.csv", "Région;Sexe;;\n;Femmes;Hommes;Ensemble\n"
                 "Bretagne;10;20;30\nCorse;<5;s.;7\nFrance;nd;-;99\n")
    edition, text, profil = described([path], tmp_path)
    table = edition.donnees.tables[0]
    assert table.entete == [1, 2] and table.depivoter.motif == r"Sexe \| (?P<sexe>.+)"
    frame = intake.load(edition, tmp_path).tables[table.nom].set_index(["region", "sexe"])
    assert frame.loc[("53", "femme"), "effectif"] == 10
    assert frame.loc[("53", "total"), "effectif"] == 30
    assert frame.loc[("94", "femme"), ["borne_min", "borne_max"]].tolist() == [1, 4]
    assert frame.loc[("94", "homme"), "etat"] == "non_diffuse"
    assert frame.loc[("FR", "femme"), "etat"] == "non_disponible"
    assert frame.loc[("FR", "homme"), "effectif"] == 0
    assert "« <5 » (1)" in profil and edition.jetons.bornes == {"<5": (1, 4)}


def test_two_dimensions_side_by_side_make_two_tables(tmp_path):
    path = write(tmp_path / "profil_cep.csv", "Dép.;Femmes;Hommes;Moins de 30 ans;30 ans et plus;"
                 "Total;Part des femmes\n" + "".join(
                     f"{d};1;2;2;1;3;33,3 %\n" for d in ("22", "29", "35", "56", "2A")))
    edition, text, _ = described([path], tmp_path)
    assert [t.nom for t in edition.donnees.tables] == ["profil_cep_sexe", "profil_cep_tranche_age"]
    read = intake.load(edition, tmp_path)
    assert read.tables["profil_cep_sexe"].groupby("sexe")["effectif"].sum().to_dict() == {
        "femme": 5, "homme": 10, "total": 15}
    assert set(read.tables["profil_cep_tranche_age"]["tranche_age"]) == {
        "moins_30", "30_plus", "total"}
    assert set(read.tables["profil_cep_sexe"]["region"]) == {"53", "94"}


def test_a_long_profile_with_a_criterion(tmp_path):
    rows = "".join(f"{r};{c};{m};{n}\n" for r in ("Bretagne", "Corse") for c, m, n in (
        ("Sexe", "Femmes", 6), ("Sexe", "Hommes", 4), ("Diplôme", "CAP ou BEP", 3),
        ("Diplôme", "Bac", 7), ("Ensemble", "Ensemble", 10)))
    path = write(tmp_path / "cep_profil.csv", f"Région;Critère;Modalité;Entrées\n{rows}")
    edition, _, _ = described([path], tmp_path)
    frame = intake.load(edition, tmp_path).tables["cep_profil"]
    corse = frame[frame["region"].eq("94")].set_index(["sexe", "diplome"])["effectif"]
    assert corse.to_dict() == {("femme", "total"): 6, ("homme", "total"): 4,
                               ("total", "cap_ou_bep"): 3, ("total", "bac"): 7,
                               ("total", "total"): 10}


def test_records_are_recognised_and_their_identifiers_left(tmp_path):
    demonstration.write(tmp_path / "data", records=3000)
    path = next((tmp_path / "data").glob("*individuelles*"))
    edition, text, profil = described([path], tmp_path)
    table = edition.donnees.tables[0]
    assert table.nature == "individuel" and "pseudonyme" in table.ignorees
    assert "une ligne par personne" in profil and "identifie des personnes" in profil
    read = intake.load(edition, tmp_path)
    assert exit_code(read.problemes) == 0
    cut = plan.cut(edition, read)
    by_sex = cut["entrees_individuelles_2022_sexe"]
    national = by_sex[by_sex["region"].eq("FR") & by_sex["operateur"].eq("ensemble")]
    assert national.set_index("sexe").loc["total", "effectif"] == 3000
    assert {"entrees_individuelles_2022_" + d for d in ("tranche_age", "niveau", "mois", "csp")} \
        <= set(cut)


def test_parquet(tmp_path):
    pd.DataFrame({"region": ["53", "53", "94"], "sexe": ["F", "H", "F"],
                  "entrees": [10, 20, 5]}).to_parquet(tmp_path / "cep.parquet")
    edition, _, _ = described([tmp_path / "cep.parquet"], tmp_path)
    frame = intake.load(edition, tmp_path).tables["cep"]
    assert frame.set_index(["region", "sexe"])["effectif"].to_dict() == {
        ("53", "femme"): 10, ("53", "homme"): 20, ("94", "femme"): 5}


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
{tables}</office:spreadsheet></office:body></office:document-content>"""


def ods(path: Path, sheets: dict[str, list[list]]) -> Path:
    """A small OpenDocument spreadsheet, as LibreOffice writes its cells."""
    def cell(v) -> str:
        if isinstance(v, (int, float)):
            return (f'<table:table-cell office:value-type="float" office:value="{v}">'
                    f"<text:p>{v}</text:p></table:table-cell>")
        return (f'<table:table-cell office:value-type="string"><text:p>{v}</text:p>'
                "</table:table-cell>") if v else "<table:table-cell/>"
    tables = "".join(
        f'<table:table table:name="{name}">' + "".join(
            f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>" for name, rows in sheets.items())
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", ODS.format(tables=tables))
        book.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names'
                      ':tc:opendocument:xmlns:manifest:1.0"/>')
    return path


def test_opendocument_with_a_sheet_of_words_and_months_in_columns(tmp_path):
    path = ods(tmp_path / "cep_2023.ods", {
        "Lisez-moi": [["Ce fichier présente les entrées en CEP."]],
        "Par mois": [["Entrées en CEP"], [], ["Région", "janvier", "fév.", "Total"],
                     ["Corse", 3, 4, 7], ["Bretagne", 5, 6, 11]]})
    edition, _, profil = described([path], tmp_path, "2023")
    assert "Sans tableau reconnu : cep_2023.ods, feuille « Lisez-moi »" in profil
    table = edition.donnees.tables[0]
    assert table.feuille == "Par mois" and table.entete == [3]
    frame = intake.load(edition, tmp_path).tables[table.nom].set_index(["region", "mois"])
    assert frame["effectif"].to_dict() == {
        ("94", "01"): 3, ("94", "02"): 4, ("94", "total"): 7,
        ("53", "01"): 5, ("53", "02"): 6, ("53", "total"): 11}


def test_other_column_order_another_year_and_three_levels_of_header(tmp_path):
    path = tmp_path / "livraison_2024.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Feuil1")
    sheet.write(0, 0, "Entrées en CEP 2024 selon le sexe et l’âge")
    sheet.merge_range(2, 0, 2, 5, "Entrées en CEP 2024")
    for first, name in ((0, "Femmes"), (2, "Hommes")):
        sheet.merge_range(3, first, 3, first + 1, name)
    for j, name in enumerate(("- 26 ans", "26 ans et +", "moins de 26 ans", "26 ans et plus",
                              "Ensemble", "Territoire (région)")):
        sheet.write(4, j, name)
    for i, row in enumerate(((1, 2, 3, 4, 10, "Corse"), (5, 6, 7, 8, 26, "Grand-Est"))):
        for j, value in enumerate(row):
            sheet.write(5 + i, j, value)
    book.close()
    edition, _, _ = described([path], tmp_path, "2024")
    frame = intake.load(edition, tmp_path).tables["livraison_2024"]
    assert set(frame["annee"]) == {"2024"} and set(frame["mesure"]) == {"entrees"}
    got = frame[frame["region"].eq("44")].set_index(["sexe", "tranche_age"])["effectif"]
    assert got.to_dict() == {("femme", "moins_26"): 5, ("femme", "26_plus"): 6,
                             ("homme", "moins_26"): 7, ("homme", "26_plus"): 8,
                             ("total", "total"): 26}


def sheet_of(path: Path, rows: list[list], merges: tuple = ()) -> Path:
    """A workbook of one sheet."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                sheet.write(i, j, value)
    for merge in merges:
        sheet.merge_range(*merge)
    book.close()
    return path


def test_two_tables_one_above_the_other(tmp_path):
    path = sheet_of(tmp_path / "cep.xlsx", [
        ["Entrées par sexe"], ["Région", "Femmes", "Hommes"], ["Corse", 1, 2], ["Bretagne", 3, 4],
        [], ["Entrées par niveau"], ["Région", "Niveau 1", "Niveau 2"], ["Corse", 5, 6],
        ["Bretagne", 7, 8], [], ["Source : essai"]])
    edition, _, _ = described([path], tmp_path)
    read = intake.load(edition, tmp_path)
    assert exit_code(read.problemes) == 0
    assert read.tables["cep"].groupby("sexe")["effectif"].sum().to_dict() == {
        "femme": 4, "homme": 6}
    assert read.tables["cep_2"].groupby("niveau")["effectif"].sum().to_dict() == {
        "niveau_1": 12, "niveau_2": 14}


def test_shares_beside_counts_and_a_blank_first_column(tmp_path):
    path = sheet_of(tmp_path / "cep.xlsx", [
        [None, "Bénéficiaires du CEP en 2023"], [None, None, "Femmes", None, "Hommes", None],
        [None, "Région", "Effectif", "%", "Effectif", "%"], [None, "Corse", 10, 40.0, 15, 60.0],
        [None, "Bretagne", 30, 60.0, 20, 40.0]],
        ((1, 2, 1, 3, "Femmes"), (1, 4, 1, 5, "Hommes")))
    edition, _, _ = described([path], tmp_path, "2023")
    frame = intake.load(edition, tmp_path).tables["cep"]
    assert set(frame["mesure"]) == {"beneficiaires"}
    assert frame.set_index(["region", "sexe"])["effectif"].to_dict() == {
        ("94", "femme"): 10, ("94", "homme"): 15, ("53", "femme"): 30, ("53", "homme"): 20}


def test_a_column_that_says_what_is_counted(tmp_path):
    path = write(tmp_path / "cep.csv", "code_region;operateur;indicateur;valeur\n" + "".join(
        f"{r};{o};{i};{n}\n" for r in ("01", "53") for o in ("AO", "PE")
        for i, n in (("Nombre d’entrées", 10), ("Bénéficiaires", 12))))
    edition, _, _ = described([path], tmp_path)
    frame = intake.load(edition, tmp_path).tables["cep"]
    assert frame.groupby("mesure")["effectif"].sum().to_dict() == {
        "entrees": 40, "beneficiaires": 48}
    assert {t.mesure for t in edition.diffusion.tables} == {"entrees", "beneficiaires"}


def test_an_unreadable_file_is_told_and_the_others_are_read(tmp_path):
    good = write(tmp_path / "cep.csv", "Région;Entrées\nCorse;1\nBretagne;2\n")
    bad = write(tmp_path / "coupe.xlsx", "PK\x03\x04")
    found = draft([good, bad], "2022", tmp_path)
    assert found.tables == 1
    assert "Sans tableau reconnu : coupe.xlsx : illisible" in plain(found.profil)


@pytest.mark.parametrize(("text", "code"), [
    ("Moins de 25 ans", "moins_25"), ("<25", "moins_25"), ("25 à 34 ans", "25_34"),
    ("25-34", "25_34"), ("Entre 25 et 49 ans", "25_49"), ("55 ans ou plus", "55_plus"),
    ("50+", "50_plus"), ("Plus de 50 ans", "50_plus"), ("Bac + 2", None), ("1 à 4", None)])
def test_age_bands(text, code):
    assert labels.code("tranche_age", text) == code


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """`command(*words)`: what `cepkit check` ends with and says, in this process."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.CompletedProcess(words, main(["check", *words]), *capsys.readouterr())

    return run


def test_the_command_creates_the_edition_once_and_never_overwrites(tmp_path, command):
    (tmp_path / "parameters").mkdir()
    folder = tmp_path / "data" / "2022"
    folder.mkdir(parents=True)
    write(folder / "cep.csv", "Région;Entrées\nCorse;1 200\nBretagne;2 400\n", "cp1252")
    made = command("--exercice", "2022", "--draft", str(folder))
    place = tmp_path / "parameters" / "2022" / "edition.yml"
    assert made.returncode == 0
    assert "1 table décrite dans parameters/2022/edition.yml" in plain(made.stdout)
    assert (tmp_path / "parameters" / "edition.schema.json").exists()
    place.write_text(place.read_text("utf-8") + "# relu\n", "utf-8")
    again = command("--exercice", "2022", "--draft", str(folder / "cep.csv"))
    assert place.read_text("utf-8").endswith("# relu\n")
    assert again.stdout.startswith("# yaml-language-server") and "existe déjà" in again.stderr
    unnamed = command("--draft", str(folder / "cep.csv"))
    assert unnamed.stdout.startswith("# yaml-language-server")
    checked = command("--exercice", "2022")
    assert checked.returncode == 0, checked.stderr


def test_unknown_files_and_files_without_table(tmp_path, command):
    (tmp_path / "parameters").mkdir()
    write(tmp_path / "livraison.csv", "Région;n\nCorse;1\n")
    wrong = command("--draft", str(tmp_path / "livraisom.csv"))
    assert wrong.returncode == 2 and "Vouliez-vous dire « livraison.csv » ?" in wrong.stderr
    empty = command("--draft", str(write(tmp_path / "mot.txt", "bonjour\n")))
    assert empty.returncode == 11 and "Aucun tableau reconnu" in empty.stderr


# --- real files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """`context(path)`: series of the draft of one real file, drafted once, by (series, region,
    department)."""

    @functools.cache
    def series(path: Path) -> pd.Series:
        folder = tmp_path_factory.mktemp("serie")
        edition, _, _ = described([path], folder)
        read = intake.load(edition, folder)
        assert exit_code(read.problemes) == 0, [str(p) for p in read.problemes]
        assert not edition.donnees.tables
        return read.contexte.set_index(["serie", "region", "departement"])["valeur"].astype(float)

    return series


@pytest.mark.parametrize(("name", "serie", "place", "value"), [
    # Sheet « Région », row of code 53: T1_2022 to T4_2022 are 5,9 5,9 5,9 5,7.
    ("insee_chomage_localise/sl_etc_2023T4.xls", "region", ("53", "total"), 5.85),
    # Sheet « Région », first row: 7,4 7,4 7,3 7,1 (France hors Mayotte).
    ("insee_chomage_localise/sl_etc_2023T4.xls", "region", ("FR", "total"), 7.3),
    # Sheet « DEFM cat ABC par région », rows 112-115, column « ILE-DE-FRANCE ».
    ("dares_defm/series_CVS_T22025.xlsx", "defm_cat_abc_par_region", ("11", "total"), 965_392.5),
    # Sheet « DEFM cat A_age », rows 112-115, last column: France, total.
    ("dares_defm/series_CVS_T22025.xlsx", "defm_cat_a_age", ("FR", "total"), 3_143_200),
    # Row « 28,Normandie,2017,actifs_15_64 »; insee.fr/fr/statistiques/4515512?geo=REG-28.
    ("insee_rp2017/rp_activite_regions.csv", "rp_activite_regions", ("28", "total"), 1_500_455),
    # Row « 29,Finistère,2017,actifs_15_64 ».
    ("insee_rp2017/rp_activite_departements.csv", "rp_activite_departements", ("53", "29"),
     402_849),
    # Row « REG-93, Ensemble, Ensemble »: population_15_64.
    ("insee_rp2017/insee_emp_t2_pages_sample.csv", "insee_emp_t2_pages_sample", ("93", "total"),
     3_069_560),
])
def test_shipped_files_are_described_without_a_hand(context, name, serie, place, value):
    assert context(refdata.path(name))[(serie, *place)] == pytest.approx(value)


@pytest.mark.hors_depot
@pytest.mark.parametrize(("name", "serie", "place", "value"), [
    # Rows « 00,FRANCE (HORS MAYOTTE),2022 »: 7.4 7.4 7.3 7.1.
    ("insee_chomage_localise/taux_chomage_localise_regions.csv",
     "taux_chomage_localise_regions", ("FR", "total"), 7.3),
    # Row « FR,FRANCE ENTIERE », category A is not given for France: Bretagne, 2022, category A.
    ("dares_defm/defm_regions_2017_2025.csv", "defm_regions_2017_2025", ("53", "total"), 118_695),
    ("dares_defm/defm_france_sexe_age_2017_2025.csv", "defm_france_sexe_age_2017_2025",
     ("FR", "total"), 5_449_675),
    # Sheet « par catégorie », row 1266 « Total », column « Catégorie A ».
    ("pole_emploi_epci/defm_par_epci_en_dec_2017.xlsx", "par_categorie", ("FR", "total"),
     3_778_238),
    # Sheet « ABCpar_age_sexe_diplome », row 1267 « Total », column « Total ».
    ("pole_emploi_epci/defm_par_epci_en_dec_2017.xlsx", "abcpar_age_sexe_diplome_diplome",
     ("FR", "total"), 5_989_614),
    # Row « 53,Bretagne »: population_municipale.
    ("cog/regions.csv", "regions", ("53", "total"), 3_449_370),
    ("denominateurs_regions.csv", "denominateurs_regions", ("53", "total"), 3_449_370),
])
def test_files_kept_out_of_the_repository(context, name, serie, place, value):
    if not (BESIDE / name).exists():
        pytest.skip(f"{name} is not beside the repository")
    assert context(BESIDE / name)[(serie, *place)] == pytest.approx(value)

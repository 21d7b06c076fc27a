"""Persons by number of operators: counted by hand, and the pseudonym found nowhere."""

from __future__ import annotations

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cepkit import intake, plan
from cepkit.codes import REGIONS, region_name
from cepkit.intake import persons
from cepkit.intake.check import additive
from tests.intake.small import MESURES, NOMENCLATURES, edition, source
from tests.intake.test_records import write

HEADER = "Identifiant pseudonymisé"
COLUMNS = {"Année": "annee", "Région": "region", "Opérateur": "operateur"}
NUMBER = {"titre": "Nombre d’opérateurs", "modalites": {
    "un": {"libelle": "Un"}, "deux": {"libelle": "Deux"}, "trois": {"libelle": "Trois ou plus"}}}
RELEASED = {"nom": "nombre", "titre": "N", "source": "personnes", "mesure": "personnes",
            "dimensions": ["nombre_operateurs"], "niveaux": ["FR", "region"]}
RECORDS = [
    ("zq-ann", "Bretagne", "Apec"), ("zq-ann", "Bretagne", "Apec"),  # twice the same: one
    ("zq-bob", "Bretagne", "Pôle emploi"), ("zq-bob", "Bretagne", "France Travail"),
    ("zq-bob", "Bretagne", "FRANCE TRAVAIL"),  # three writings of one operator: one
    ("zq-cléo", "Bretagne", "Apec"), ("zq-cléo", "Bretagne", "Cap emploi"),  # two
    ("zq-clèo", "Bretagne", "Cap emploi"),  # another person: one
    ("zq-dan", "Bretagne", "Apec"), ("zq-dan", "Corse", "Cap emploi"),  # one here, one there
    ("zq-eve", "Corse", "Apec"), ("zq-eve", "Corse", "Cap emploi"),
    ("zq-eve", "Corse", "Pôle emploi"), ("zq-eve", "Corse", "Missions locales"),  # four
    ("", "Corse", "Apec"),  # nobody
]  # fmt: skip


def people(extra: list = ()) -> pd.DataFrame:
    rows = pd.DataFrame([*RECORDS, *extra], columns=[HEADER, "Région", "Opérateur"])
    return rows.assign(Année="2022")


def declared(kind: str = "csv", **keys):
    table = source("personnes", **{
        "fichier": f"dossiers.{kind}", "nature": "individuel", "colonnes": COLUMNS,
        "pseudonyme": HEADER, "constantes": {"mesure": "personnes"}} | keys)
    measure = MESURES["beneficiaires"] | {"additive": ["region"]}
    return edition(table, diffusion={"tables": [RELEASED]},
                   mesures=MESURES | {"personnes": measure},
                   nomenclatures=NOMENCLATURES | {"nombre_operateurs": NUMBER})


@pytest.fixture
def load(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)

    def run(frame: pd.DataFrame, kind: str = "csv", **keys):
        write(frame, folder / f"dossiers.{kind}")
        return intake.load(declared(kind, **keys), tmp_path, cache=tmp_path / "cache")
    return run


def numbers(frame: pd.DataFrame, region: str) -> dict[str, int]:
    return frame[frame["region"] == region].set_index("nombre_operateurs")["effectif"].to_dict()


@pytest.mark.parametrize("waiting", [persons.WAITING, 1])
@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_persons_by_number_of_operators(load, kind, waiting, monkeypatch):
    monkeypatch.setattr(persons, "WAITING", waiting)
    delivery = load(people(), kind)
    assert [p for p in delivery.problemes if p.bloquant] == []
    counts = delivery.tables["personnes"]
    # Counted by hand on RECORDS. Bretagne: ann, bob, clèo, dan / cléo. Corse: dan / - / eve.
    assert numbers(counts, "53") == {"total": 5, "un": 4, "deux": 1, "trois": 0}
    assert numbers(counts, "94") == {"total": 2, "un": 1, "deux": 0, "trois": 1}
    assert set(counts["region"]) == {"53", "94"}  # France is not counted from two regions
    assert delivery.recus["lignes_lues"].tolist() == [15]
    assert any("1 enregistrement sans pseudonyme" in p.message for p in delivery.problemes)


def test_france_counts_each_person_once_and_is_no_sum(load):
    others = [r for r in REGIONS if r not in ("53", "94")]
    delivery = load(people([(f"zq-{r}", region_name(r), "Apec") for r in others]))
    # By hand: the 16 other regions have one person each, with one operator; dan, counted once
    # in Bretagne and once in Corse, has two for France: 16 + ann, bob, clèo / cléo, dan / eve.
    expected = {"total": 22, "un": 19, "deux": 2, "trois": 1}
    assert numbers(delivery.tables["personnes"], "FR") == expected
    declaration = declared()
    cut = plan.cut(declaration, delivery)["nombre"]
    assert numbers(cut, "FR") == expected
    assert numbers(cut, "53")["deux"] == 1
    # Whatever the measure declares, regions do not add up in this table.
    assert plan.sums(declaration, declaration.diffusion.tables[0], cut) == ["nombre_operateurs"]
    table = delivery.sources["personnes"]
    assert not additive(declaration, table, "personnes", "region")
    assert not [p for p in delivery.problemes if p.cle == "totaux"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_the_pseudonym_is_nowhere(load, tmp_path, encoding, capsys):
    frame = people([("zq-fay", "Bretange", "Apec"), ("zq-gus", "Corse", "Apecc")])
    delivery = load(frame)
    path = tmp_path / "data" / "essai" / "dossiers.csv"
    path.write_text(frame.to_csv(sep=";", index=False) + "zq-hal;Corse\n", encoding)
    damaged = intake.load(declared(), tmp_path, cache=tmp_path / "cache")
    tables = [t.to_csv() for d in (delivery, damaged) for t in (*d.tables.values(), d.recus,
                                                                d.controles, d.couverture)]
    said = [f"{p!r} {p}" for d in (delivery, damaged) for p in d.problemes]
    assert {p.cle for p in damaged.problemes} >= {"code_inconnu", "lignes_incompletes"}
    assert numbers(damaged.tables["personnes"], "53")["total"] == 5
    kept = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    cached = [str(pq.read_schema(p).metadata) + pq.read_table(p).to_pandas().to_csv()
              for p in kept]
    assert cached
    assert "zq-" not in "".join([*tables, *said, *cached, *capsys.readouterr()])
    assert not any(HEADER in pq.read_schema(p).names for p in kept)


@pytest.mark.parametrize(("header", "value"), [
    ("Identifiant", "zq.{}@exemple.fr"), ("Identifiant", "06 12 34 56 {}"),
    ("Nom du bénéficiaire", "zq {}")])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_names_a_person_is_no_pseudonym(load, kind, header, value):
    frame = people().assign(**{HEADER: [value.format(10 + i) for i in range(15)]})
    delivery = load(frame.rename(columns={HEADER: header}), kind, pseudonyme=header)
    assert delivery.tables == {}
    blocking = [p for p in delivery.problemes if p.bloquant]
    assert [header in p.message and p.reparation is not None for p in blocking] == [True]
    assert value.format(10) not in str(blocking[0])


def test_a_pseudonym_that_is_absent_or_badly_declared_is_told(load):
    delivery = load(people().drop(columns=HEADER))
    assert delivery.tables == {}
    assert any(p.bloquant and HEADER in p.message for p in delivery.problemes)
    for keys in ({"nature": "tableau"}, {"ignorees": [HEADER]}, {"colonnes": {"R": "region"}}):
        with pytest.raises(ValueError, match="pseudonyme"):
            declared(**keys)
    with pytest.raises(ValueError, match="nombre_operateurs"):
        edition(source("p", nature="individuel", colonnes=COLUMNS, pseudonyme=HEADER))


def test_accents_met_late_still_tell_persons_apart(load):
    """The encoding of a long file is settled only at its end: pseudonyms count as bytes."""
    long = pd.DataFrame({HEADER: "zq-long", "Région": "Corse", "Opérateur": "Apec",
                         "Année": "2022"}, index=range(150_000))
    late = long.head(2).assign(**{HEADER: ["zq-é", "zq-è"], "Opérateur": ["Apec", "Cap emploi"]})
    counts = load(pd.concat([long, late]).rename(columns={
        "Année": "Annee", "Région": "Region", "Opérateur": "Operateur", HEADER: "Id"}),
        colonnes={"Annee": "annee", "Region": "region", "Operateur": "operateur"},
        pseudonyme="Id").tables["personnes"]
    # By hand: three persons, one operator each.
    assert numbers(counts, "94") == {"total": 3, "un": 3, "deux": 0, "trois": 0}

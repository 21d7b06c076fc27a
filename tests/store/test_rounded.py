"""Tables released rounded (« arrondi_controle »): store, proof, earlier versions, what is said."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from scipy.optimize import Bounds, LinearConstraint, milp

from cepkit import Region, leaks, store
from cepkit import indicators as ind
from cepkit.edition import load_edition, project
from cepkit.errors import CepkitError
from cepkit.protection import account, earlier
from cepkit.protection.cells import names
from cepkit.show import state, tables
from cepkit.show.figures import bars
from tests.intake.small import source
from tests.store.conftest import LEVELS, declared

OPERATORS = ("Apec", "Cap emploi", "Missions locales")
# Department, operator: entries. In Finistère, one small count; one department in Corse-du-Sud.
COUNTS = {("Bretagne", "Finistère"): (3, 118, 52), ("Bretagne", "Ille-et-Vilaine"): (230, 71, 8),
          ("Corse", "Corse-du-Sud"): (13, 2, 24)}
DETAIL = {"nom": "detail", "titre": "Par département", "source": "volumes", "mesure": "entrees",
          "dimensions": ["operateur"], "niveaux": ["departement"], "arrondi_controle": 10}
WHOLE = {"nom": "regions", "titre": "Par région", "source": "volumes", "mesure": "entrees",
         "dimensions": ["operateur"], "niveaux": ["region"]}


def make(root, plan, counts=COUNTS, **changes):
    """Entries by department and operator; the store that this plan makes of them."""
    lines = [f"{region};{place};{operator};{n}" for (region, place), row in counts.items()
             for operator, n in zip(OPERATORS, row, strict=True)]
    data = root / "data" / "essai"
    for old in data.glob("*.csv"):
        old.unlink()
    (data / "volumes.csv").write_text("\n".join(["Région;Dép.;Opérateur;n", *lines]) + "\n",
                                      "cp1252")
    content = declared().model_dump(mode="json")
    table = source("volumes", constantes={"mesure": "entrees"}, colonnes={
        "Région": "region", "Dép.": "departement", "Opérateur": "operateur", "n": "effectif"},
        **changes)
    content["donnees"]["tables"] = [table.model_dump(mode="json")]
    content["diffusion"]["tables"] = plan
    (root / "parameters" / "essai" / "edition.yml").write_text(
        yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return store.build("essai")


def read(root, name, folder="outputs/essai/.store"):
    return pq.read_table(root / folder / "tables" / f"{name}.parquet").to_pandas()


def meta(root):
    return json.loads((root / "outputs/essai/.store/meta.json").read_text("utf-8"))


def refused(root, plan, **changes):
    with pytest.raises(CepkitError) as error:
        make(root, plan, **changes)
    return error.value


def test_the_rounded_table_is_whole_additive_and_in_multiples(root):
    make(root, [DETAIL])
    shown, exact = read(root, "detail"), read(root, "detail", "data/.cepkit/essai")
    assert set(shown["etat"]) == {"publie"}
    assert (shown["effectif"] % 10 == 0).all()
    assert (shown["effectif"] - exact["effectif"]).abs().lt(10).all()
    by = shown.pivot(index="departement", columns="operateur", values="effectif")
    assert by.pop("ensemble").eq(by.sum(axis=1)).all()
    assert meta(root)["protection"]["arrondis"] == {"detail": 9}


def test_an_independent_attacker_finds_no_small_count(root):
    """The reader's problem written again, for scipy: counts within 9 of what is printed, sums of
    departments and operators, exact regional counts where they are not withheld."""
    make(root, [DETAIL, WHOLE])
    shown, exact = read(root, "detail"), read(root, "detail", "data/.cepkit/essai")
    regional = read(root, "regions")
    cells = {k: i for i, k in enumerate(zip(shown["departement"], shown["operateur"],
                                            strict=True))}
    n = len(cells)
    low = np.maximum(shown["effectif"].to_numpy(float) - 9, 0)
    high = shown["effectif"].to_numpy(float) + 9
    rows, least, most = [], [], []

    for place in {d for d, _ in cells}:
        row = np.zeros(n)
        for (d, o), i in cells.items():
            row[i] = 0 if d != place else -1 if o == "ensemble" else 1
        rows.append(row), least.append(0), most.append(0)
    of = dict(zip(shown["departement"], shown["region"], strict=True))
    for _, cell in regional[regional["etat"].eq("publie") & regional["region"].ne("FR")].iterrows():
        rows.append(np.array([float(of[d] == cell["region"] and o == cell["operateur"])
                              for d, o in cells]))
        least.append(cell["effectif"]), most.append(cell["effectif"])
    law = LinearConstraint(np.array(rows), least, most)
    small = [i for i, v in enumerate(exact["effectif"]) if 1 <= v <= 4]
    assert len(small) == 2
    for i in small:
        ends = [milp(sign * np.eye(n)[i], constraints=law, bounds=Bounds(low, high),
                     integrality=np.ones(n)).fun * sign for sign in (1, -1)]
        assert ends[1] > ends[0], shown.iloc[i].to_dict()
    # Corse has one department: its regional counts are what would tell, and are withheld.
    corse = regional[regional["region"].eq("94")].set_index("operateur")["etat"]
    assert corse["cap_emploi"] == "secret"


def test_a_count_rounded_here_and_exact_there_is_refused_with_the_lines_to_change(root):
    error = refused(root, [DETAIL | {"niveaux": LEVELS}, WHOLE])
    said = str(error)
    assert error.code == 10
    assert "table detail : 8 effectifs arrondis se lisent autrement dans regions" in said
    assert "« arrondi_controle: 10 » aussi pour regions" in said
    make(root, [DETAIL | {"niveaux": LEVELS}, WHOLE | {"arrondi_controle": 10}])
    both = read(root, "detail").merge(read(root, "regions"), on=[
        "annee", "region", "departement", "operateur", "mesure"])
    both = both[both["etat_x"].eq("publie")]
    assert len(both) == 8 and both["effectif_x"].eq(both["effectif_y"]).all()


@pytest.mark.parametrize(("plan", "changes", "said"), [
    ({"arrondi_controle": 4}, {}, "« arrondi_controle » vaut 4, il faut au moins 5"),
    ({}, {"arrondi": 10}, "sa source est déjà arrondie"),
])
def test_a_base_that_hides_nothing_is_refused(root, plan, changes, said):
    error = refused(root, [DETAIL | plan], **changes)
    assert error.code == 10 and said in str(error)


def test_an_exact_earlier_version_undoes_the_rounding(root):
    """All but the small count sent out exact before: 173 - 118 - 52 = 3, rounded or not."""
    make(root, [DETAIL])
    exact = read(root, "detail", "data/.cepkit/essai")
    exact = exact[~exact["effectif"].between(1, 4)].drop(columns=["borne_min", "borne_max"])
    folder = root / "parameters/essai/regions/53/diffusions/2023-05-02-operateurs"
    folder.mkdir(parents=True)
    (folder / store.RECORD).write_bytes(earlier.record({"detail": exact}, fictif=False))
    error = refused(root, [DETAIL])
    assert error.code == 13 and "2 petits effectifs peuvent être retrouvés" in str(error)


def test_an_earlier_rounding_is_kept_and_known(root):
    """A corrected delivery keeps the multiples that still stand beside their counts."""
    make(root, [DETAIL])
    before = read(root, "detail")
    folder = root / "parameters/essai/regions/53/diffusions/2023-05-02-operateurs"
    folder.mkdir(parents=True)
    (folder / store.RECORD).write_bytes(store.record("essai", "53"))
    recorded = pq.read_table(folder / store.RECORD).to_pandas()
    assert set(recorded["etat"]) == {"arrondi"} and recorded["effectif"].isna().all()
    make(root, [DETAIL], COUNTS | {("Bretagne", "Finistère"): (4, 118, 53)})
    after = read(root, "detail")
    same = names(before).eq(names(after))
    assert same.all() and before["effectif"].eq(after["effectif"]).all()
    # Exact now: the bounds of the rounding are known too, and what is small is withheld.
    make(root, [DETAIL | {"arrondi_controle": None}])
    cells = pq.read_table(project.paths("essai").cache / "journal/cellules.parquet").to_pandas()
    told = cells[cells["departement"].eq("29") & cells["operateur"].eq("apec")].iloc[0]
    assert told["etat"] == "secret" and told["maximum"] <= 9


def test_what_readers_see(root, monkeypatch):
    monkeypatch.setattr(state, "_page", state.Page())
    make(root, [DETAIL | {"niveaux": LEVELS}])
    r = Region.open("essai", "53")
    state.set_page(r, "2")
    shares = ind.shares(r, "detail", "operateur")
    for block in (tables.table(shares, titre="T"),
                  bars.bars(shares, titre="T", mesure="M", lecture="l")):
        assert "Effectifs arrondis à un multiple de 10 pour protéger les personnes." in block.html
    rule = account.rule(load_edition("essai"))
    assert "Table arrondie à un multiple de 10 : « Par département »." in rule
    assert meta(root)["protection"]["regle"] == rule


def test_the_audit_of_files_attacks_bounds_and_knows_exact_counts(root):
    make(root, [DETAIL])
    assert leaks.attacked("essai") == []
    make(root, [DETAIL, WHOLE])
    assert leaks.attacked("essai") == []
    path = root / "outputs/essai/.store/tables/regions.parquet"
    frame = read(root, "regions")
    exact = read(root, "regions", "data/.cepkit/essai")
    frame = frame.assign(effectif=exact["effectif"], etat="publie")
    frame.to_parquet(path, index=False)
    text = json.loads((root / "outputs/essai/.store/meta.json").read_text("utf-8"))
    (root / "outputs/essai/.store/meta.json").write_text(json.dumps(
        text | {"empreinte": "autre"}), "utf-8")
    assert "(Corse) se retrouve" in " ".join(map(str, leaks.attacked("essai")))

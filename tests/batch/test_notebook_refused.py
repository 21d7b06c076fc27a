"""A notebook that could reach unprotected data is refused before anything runs."""

from __future__ import annotations

import json
import os

import pytest

import cepkit
from cepkit import batch
from cepkit.batch import parameters, refused
from cepkit.errors import CepkitError, DisclosureError, Problem, UsageError
from tests.batch import project
from tests.batch.notebooks import notebook
from tests.batch.test_run import contents

REACHES = [
    "cepkit.donnees_non_protegees('mini', motif='pour voir un peu')",
    "from cepkit import donnees_non_protegees as d",
    "from cepkit import *",
    "import cepkit.intake",
    "from cepkit.intake import read as lire",
    "from cepkit import intake as i",
    "import cepkit as c\nc.store.load_slice('mini', '53')",
    "import pandas as pd\npd.read_csv('x')",
    "from pandas import read_excel as lire",
    "import pandas as pd\nlire = pd.read_parquet",
    "import pandas as pd\ngetattr(pd, 'read_csv')('x')",
    "import pandas as pd\nnom = 'read_' + 'csv'\ngetattr(pd, nom)('x')",
    "import pandas as pd\npd.ExcelFile('x')",
    "import numpy as np\nnp.loadtxt('x')",
    "import pyarrow.parquet as pq",
    "from pathlib import Path",
    "open('x').read()",
    "open('x', mode='r+')",
    "import importlib\nimportlib.import_module('cepkit.intake')",
    "__import__('cepkit.intake')",
    "exec('import cepkit.intake')",
    "import os\nos.popen('cat data/mini/volumes.csv')",
    "chemin = '../data/mini/volumes.csv'",
    "chemin = 'data\\\\mini\\\\volumes.csv'",
    "chemin = '.cepkit/mini'",
    "!cat data/mini/volumes.csv",
    "lignes = !ls",
    "%run autre.py",
    "%%bash\nls",
    "show.table.__globals__",
    "len?\nimport pandas as pd\npd.read_csv('x')",
    ";print a\nimport pandas as pd\npd.read_csv('x')",
    "x = " + "-" * 100_000 + "1",  # no reader of code comes to its end
]
PLAIN = [
    "from cepkit import Region, indicators as ind, lectures, show",
    "import pandas as pd\nx = pd.concat([a, b]).query('n > 3')",
    "import os\nos.getpid()",
    "%matplotlib inline\nimport seaborn as sns",
    "x = getattr(lire, 'reponse_ou')()",
    "titre = 'Données reçues : data, base et table'",
    "r.table('volumes')['effectif'].sum()",
]


def reaching(content: bytes, name: str) -> list[Problem]:
    return list(refused.reaching(parameters.cells(content, name), name))


@pytest.mark.parametrize("source", REACHES)
def test_a_way_to_raw_data_is_refused(source):
    found = reaching(notebook("# Titre", source), "2_recours.ipynb")
    assert found and {p.classe for p in found} == {"secret"}
    assert "2_recours.ipynb : la cellule 3, ligne " in str(found[0])


@pytest.mark.parametrize("source", PLAIN)
def test_a_plain_notebook_is_not(source):
    assert reaching(notebook("# Titre", source), "x.ipynb") == []


def test_those_of_the_suite_are_not(request):
    for path in sorted((request.config.rootpath / "notebooks").rglob("*.ipynb")):
        assert reaching(path.read_bytes(), path.name) == []


def test_run_refuses_it_and_touches_nothing(root):
    before = contents(root)
    content = json.loads(project.annexe("3", "import pandas as pd\npd.read_csv('x')"))
    project.write(root / "notebooks/3_parcours.ipynb", json.dumps(content))
    with pytest.raises(CepkitError, match="emploi de read_csv") as caught:
        batch.run("mini", force=True)
    assert caught.value.code == 13
    assert contents(root) == before


def test_the_explicit_call_opens_warns_and_leaves_a_trace(root):
    with pytest.warns(UserWarning, match="NON PROTÉGÉES"):
        tables = cepkit.donnees_non_protegees("mini", motif="comprendre un écart")
    assert list(tables) == ["volumes"] and tables["volumes"]["effectif"].notna().all()
    journal = (root / "data/.cepkit/mini/ouvertures.csv").read_text()
    assert journal.strip().endswith(";comprendre un écart")


def test_the_explicit_call_needs_a_reason(root):
    with pytest.raises(UsageError, match="motif"):
        cepkit.donnees_non_protegees("mini", motif="voir")


def test_the_explicit_call_refuses_to_work_inside_a_job(root, monkeypatch):
    monkeypatch.setattr(refused, "reaching", lambda *_: [])  # as if the reading had missed it
    reach = "import cepkit\nf = getattr(cepkit, 'donnees_non' + '_protegees')\n" \
            "f('mini', motif='comprendre un écart')"
    project.write(root / "notebooks/2_recours.ipynb", project.annexe("2", reach))
    report = batch.run("mini", ["53"])
    assert "DisclosureError" in str(report.failed[0].problems[0])
    assert "CEPKIT_LOT" not in os.environ and DisclosureError.classe == "secret"

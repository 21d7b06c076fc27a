"""The real workbook « DEFM par EPCI, décembre 2017 »: its margins give withheld cells away."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from cepkit.disclosure import audit

WORKBOOK = (Path(__file__).parents[3] / "shared" / "refdata" / "pole_emploi_epci"
            / "defm_par_epci_en_dec_2017.xlsx")
DIPLOMAS = ["I-II", "III", "IV", "V", "V bis", "VI", "indéterminé", "total"]


@pytest.mark.lent
@pytest.mark.hors_depot
@pytest.mark.skipif(not WORKBOOK.exists(), reason="classeur Pôle emploi absent")
def test_a_withheld_cell_of_the_real_workbook_is_recomputed():
    sheet = CalamineWorkbook.from_path(str(WORKBOOK)).get_sheet_by_name("Apar_age_sexe_diplome")
    rows = [("total" if line[0] == "Total" else line[0], label,
             {"s.s": None, ",": 0}.get(number, number))
            for line in sheet.to_python()[4:] if line[0] and not line[0].startswith("s.s")
            for label, number in zip(DIPLOMAS, line[10:18], strict=True)]
    found = audit({"A": pd.DataFrame(rows, columns=["epci", "diplome", "effectif"])})
    known = found.query("valeurs_possibles == 1")
    # By hand from the sheet: line total less published cells, then column total « NIVEAU III ».
    assert ("CC Vézère-Monédières-Millesources", "III", 9) in list(
        zip(known["epci"], known["diplome"], known["minimum"], strict=True))
    assert len(found) == 1739 and not known["sur"].any()

"""What an analyst meets in a real kernel: completion, help, tables, errors."""

from __future__ import annotations

import os

import pytest
from jupyter_client.manager import start_new_kernel

from tests.conftest import REPOSITORY


class Kernel:
    """A kernel started in a folder, as JupyterLab starts it: no `CEPKIT_ROOT`."""

    def __init__(self, folder):
        env = {k: v for k, v in os.environ.items() if not k.startswith("CEPKIT_")}
        self.manager, self.client = start_new_kernel(
            cwd=str(folder), env=env | {"PYTHONPATH": str(REPOSITORY)})

    def run(self, code: str) -> list[dict]:
        """Contents of the messages that a cell sends out: data, text or error."""
        messages: list[dict] = []
        self.client.execute_interactive(code, output_hook=messages.append, timeout=120)
        kinds = ("execute_result", "display_data", "stream", "error")
        return [m["content"] for m in messages if m["msg_type"] in kinds]

    def complete(self, code: str) -> list[tuple[str, str]]:
        """(what Tab offers, what it says) at the end of `code`."""
        answer = self.client.complete(code, reply=True, timeout=60)["content"]
        return [(c["text"], c["type"].replace("\xa0", " ").replace("\u2011", "-")) 
                for c in answer["metadata"]["_jupyter_types_experimental"]]

    def help(self, name: str) -> str:
        return self.client.inspect(name, reply=True, timeout=60)["content"]["data"]["text/plain"]

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(project):
    """Started in the folder of the investigations: the root of the project is found from there."""
    folder = project / "notebooks" / "investigations"
    folder.mkdir(exist_ok=True)
    made = Kernel(folder)
    opened = made.run("from cepkit import Region, indicators as ind, lab, show\n"
                      "r = Region.open('demo', '94')")
    assert opened == []
    yield made
    made.stop()


@pytest.mark.parametrize("code, first", [
    ('Region.open("demo", region="', [("01", "Guadeloupe"), ("02", "Martinique")]),
    ('Region.open("demo", "8', [("84", "Auvergne-Rhône-Alpes")]),
    ('r.table("', [("volumes", "Entrées en CEP par opérateur")]),
    ('ind.take_up(r, by="op', [("operateur", "Opérateur du CEP")]),
    ("x = 1  # l'été\nind.shares(r, \"volumes\", 'mo", [("mois", "Mois")]),
    ('ind.profile(r, ["sexe", "sta', [("statut", "Statut d’emploi")]),
    ('ind.counts(r, "volumes", operateur="fr', [("france_travail", "Pôle emploi")]),
    ('show.page(r, "ra', [("rapport", "Rapport du suivi")]),
    ('r.contexte("taux', [("taux_chomage", "Taux de chômage localisé au sens du BIT,…")]),
])
def test_codes_are_completed_inside_quotes(kernel, code, first):
    found = kernel.complete(code)
    assert found[:len(first)] == first


def test_other_strings_and_names_are_completed_as_usual(kernel):
    assert {"table", "tables"} <= {text for text, _ in kernel.complete("r.tab")}
    assert kernel.complete('print("oper') == []


@pytest.mark.parametrize("name, words", [
    ("ind.take_up", "over a declared population"), ("Region.open", "official code between quotes"),
    ("r.table", "A released table"), ("show.table", "caption, units, states, sources"),
    ("lab.choisir", "selector")])
def test_contextual_help_shows_the_docstring(kernel, name, words):
    assert words in kernel.help(name)


def test_a_frame_of_ours_is_shown_as_a_table_of_the_annexe(kernel):
    (shown,) = kernel.run('r.table("volumes")')
    html = shown["data"]["text/html"]
    # Corse in the demonstration, by hand: two departments, labels of the edition, French spaces.
    assert "2A Corse-du-Sud" in html and "Pôle emploi" in html and "<style>" in html
    assert "\u202f" in html and "<th scope=\"row\">" in html and "NaN" not in html
    (shown,) = kernel.run('show.page(r, "2"); ind.answers(r, "motif")')[1:]
    assert "<style>" not in shown["data"]["text/html"] and "(%)" in shown["data"]["text/html"]
    (plain,) = kernel.run('ind.profile(r)[["modalite", "valeur"]]')
    assert 'class="dataframe"' in plain["data"]["text/html"]


def test_a_withheld_value_is_s(kernel):
    code = ('names = [n for n in r.tables() if r.table(n)["etat"].eq("secret").any()]\n'
            't = r.table(names[0])\nt[t["etat"].eq("secret")].head(3)')
    (shown,) = kernel.run(code)
    assert ">s.</abbr>" in shown["data"]["text/html"]


@pytest.mark.parametrize("code, line, words", [
    ('r.table("volume")', 'Ligne 1 : r.table("volume")', "Vouliez-vous dire « volumes » ?"),
    ("1 + 1\nRegion.open('demo', 1)", "Ligne 2 : Region.open('demo', 1)", "entre guillemets"),
    ("Region.open('demo', 'Bretange')", "Ligne 1", "Vouliez-vous dire « 53 » (Bretagne) ?"),
    ("lab.pour('2_recour', '84')", "Ligne 1", "Vouliez-vous dire « 2_recours » ?"),
    ("show.page(r, '7')", "Ligne 1", "annexe inconnue"),
])
def test_an_error_is_a_line_and_a_sentence(kernel, code, line, words):
    (error,) = kernel.run(code)
    shown, *said = error["traceback"]
    plain = " ".join(said).replace("\u00a0", " ").replace("\u202f", " ")
    assert shown.startswith(line) and words in plain
    assert "Traceback" not in str(error) and max(map(len, said)) <= 92


def test_a_missing_store_and_delivery_say_what_to_do(project, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "parameters").symlink_to(project / "parameters")
    kernel = Kernel(tmp_path / "notebooks")
    try:
        (error,) = kernel.run("from cepkit import Region\n\nRegion.open('demo', '53')")
    finally:
        kernel.stop()
    assert error["traceback"][0] == "Ligne 3 : Region.open('demo', '53')"
    assert "À faire" in " ".join(error["traceback"]) and "Traceback" not in str(error)

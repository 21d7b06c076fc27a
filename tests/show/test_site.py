"""Index, dictionary and secrecy pages."""

from __future__ import annotations

import re

import html5lib
import pytest

from cepkit import codes
from cepkit.show import dictionary, secret, site

REGIONS = [
    {"code": "53", "etat": "a_jour", "liens": [("4 Coopérations", "53/a4.html")], "masquees": 12,
     "indisponibles": 1, "version": "Brouillon", "date": "2023-05-02"},
    {"code": "06", "etat": "echec", "echec": "annexe_2, cellule 5 <b>"},
    {"code": "11", "etat": "ancienne", "liens": [("1 Données", "11/a1.html")]},
]


@pytest.fixture
def meta(bretagne) -> dict:
    return bretagne.meta


def parsed(html: str):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def text(html: str) -> str:
    return " ".join("".join(parsed(html).find("body").itertext()).split())


def test_index_lists_the_18_regions_in_official_order(meta):
    tree = parsed(site.index(meta, REGIONS))
    listed = [li.get("id") for li in tree.iter("li") if (li.get("id") or "").startswith("r")]
    assert listed == [f"r{c}" for c in codes.REGIONS]


def test_index_says_the_state_of_each_region(meta):
    shown = text(site.index(meta, REGIONS, nationale={"liens": [("Synthèse", "n.html")]}))
    assert "1 région à jour sur 18" in shown and "12 valeurs non diffusées" in shown
    assert "Documents d’une version précédente" in shown and "annexe_2, cellule 5 <b>" in shown
    assert "La région ne figure pas dans le jeu de données." in shown
    assert shown.index("Synthèse nationale") < shown.index("Guadeloupe")
    assert "Données fictives" in shown


def test_secrecy_page_gives_rule_verdict_and_bands_by_table_and_region(meta):
    shown = text(secret.page(meta))
    assert "Les valeurs de 1 à 4 ne sont pas diffusées." in shown and "vérifié" in shown
    assert "12 valeurs ne sont pas diffusées ; part du volume : de 1 à 5 %" in shown
    assert "de 5 à 10 %" in shown and "Bretagne" in shown and "Une limite dite." in shown
    assert "Aucune table n’a dû être regroupée." in shown


def test_secrecy_page_tells_the_fallbacks(meta):
    meta["protection"]["replis_dits"] = ["La table « T » est diffusée sans le département."]
    assert "La table « T » est diffusée sans le département." in text(secret.page(meta))


def test_what_the_source_withholds_is_told_apart(meta):
    shown = text(site.index(meta, [REGIONS[0] | {"non_diffusees": 4}]))
    assert "12 valeurs non diffusées (secret statistique)." in shown
    assert "4 valeurs non diffusées par la source." in shown


def test_dictionary_describes_tables_codes_and_populations(meta):
    shown = text(dictionary.page(meta, {}))
    assert all(t["nom"] in shown for t in meta["plan"])
    assert "Femmes" in shown and meta["denominateurs"][0]["libelle"] in shown


@pytest.mark.parametrize("page", ["index", "dictionnaire", "secret"])
def test_pages_are_offline_and_have_one_title(meta, page):
    html = {"index": lambda: site.index(meta, REGIONS), "dictionnaire": lambda:
            dictionary.page(meta, {}), "secret": lambda: secret.page(meta)}[page]()
    assert len(re.findall("<h1", html)) == 1 and "default-src 'none'" in html
    assert not re.search(r'(src|href)="(https?:)?//', html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))

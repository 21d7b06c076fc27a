"""`cepkit remarks`: an operator's copy becomes remarks; the analyst's own copy, texts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cepkit import codes, formats
from cepkit.commands import options
from cepkit.edition import load_edition, project
from cepkit.intake import imported, workbook
from cepkit.report import remarks as copies
from cepkit.report.docx_file import WordFile
from cepkit.report.version import SLUGS
from cepkit.text import slug

CUT = 90


def remarks(*, fichier: str, exercice: str | None, regions: list[str] | None,
            operateur: str | None, appliquer: bool, date: dt.date | None) -> int:
    """Read a docx; the options come before what the document says of itself."""
    file = copies.read_copy(Path(fichier))
    name = options.exercice(exercice or file.properties.get("cepkit_exercice"))
    code = _region(file, regions)
    edition, folder = load_edition(name), project.paths(name).region(code)
    actors = workbook.actors(edition.annee)
    asked = operateur or file.properties.get("cepkit_operateur")
    if not asked:
        from cepkit.commands import texts_back

        return texts_back.bring(Path(fichier), file, name, code, appliquer=appliquer)
    author = options.actor(asked, actors)
    release = copies.release_of(file, folder)
    found = copies.rows(file, author=author, release=release, region=code,
                        date=date or dt.date.today())
    version = copies.version_of(file, release)
    if release and "cepkit_document" not in file.properties:
        print(f"Copie sans identité : reconnue, par ses mots, comme la version "
              f"{release.folder.name}.")
    added = imported.add(folder, f"{SLUGS[version]}-{slug(author)}", found)
    _account(author, code, version, found, added, release is not None)
    return 0


def _region(file: WordFile, asked: list[str] | None) -> str:
    code = file.properties.get("cepkit_region")
    if asked or not code:
        return options.one_region(asked)
    return project.check_region(code)


def _account(author: str, code: str, version: str, found: list[dict], added: list[dict],
             known: bool) -> None:
    print(f"{author}, {codes.region_name(code)}, version « {version} » : "
          f"{formats.count(len(found), 'remarque')} dans le document, "
          f"{formats.count(len(added), 'nouvelle', 'nouvelles')}.")
    for row in added:
        done = f" [{row['etat_word']}]" if row["etat_word"] else ""
        answer = f" (réponse à {row['reponse_a']})" if row["reponse_a"] else ""
        text = " ".join(row["remarque"].split())
        print(f"  {row['n']} · {row['repere']} · {row['forme']}{done}{answer} : "
              f"{text[:CUT]}{'…' if len(text) > CUT else ''}")
    if not known:
        print("Cette copie ne vient d’aucune version gardée : la valeur visée est celle que porte "
              "le document.")
    if added:
        print("Vos réponses : feuille « remarques » de suivi.xlsx, une ligne par remarque, avec "
              "son numéro (W…) dans la colonne N°.")

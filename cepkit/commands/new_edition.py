"""`cepkit new edition`: the folder of an exercice, carried over from another one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from cepkit.commands import new
from cepkit.edition import advance, load_edition, project
from cepkit.edition.project import Paths
from cepkit.edition.region import regions_with_files
from cepkit.edition.schema import Edition
from cepkit.errors import UsageError, raise_blocking
from cepkit.formats import count


def edition(*, name: str, source: str) -> int:
    """Write `parameters/<name>/`: edition.yml a year on, workbooks and texts that continue.

    The folder appears whole or not at all; the exercice that it comes from is not touched.
    """
    old = load_edition(project.check_exercice(source))
    before, after = project.paths(source), Paths(project.root(), name)
    if not re.fullmatch(r"\w[\w-]*", name):
        raise UsageError(f"« {name} » n’est pas un nom d’exercice : lettres, chiffres, « - » et "
                         "« _ » seulement.")
    if after.parameters.exists():
        raise UsageError(f"parameters/{name} existe déjà : rien n’a été écrit.")
    year = int(name) if advance.YEAR.fullmatch(name) else old.annee + 1
    if year == old.annee:
        raise UsageError(f"L’exercice {source} observe déjà {year} : donnez au nouvel exercice le "
                         "nom d’une autre année.")
    text = advance.advance(before.edition.read_text("utf-8-sig"), name, year - old.annee)
    partial = after.parameters.with_name(f".{name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        told = _written(partial, text, old, before)
        partial.rename(after.parameters)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(f"créé : parameters/{name} (année observée : {year}, d’après l’exercice {source})")
    for line in (*told, "Le masque du secret n’est pas recopié : celui de l’exercice "
                 f"{source} reste lu pour les années communes."):
        print(line)
    marks = count(len(advance.to_check(text)), "ligne porte", "lignes portent")
    print(f"edition.yml : {marks} « à vérifier ». Ensuite : cepkit check --exercice {name}")
    return 0


def _written(folder: Path, text: str, old: Edition, before: Paths) -> list[str]:
    """Everything in a folder that is not in place yet; what to tell of each region."""
    from cepkit.edition import yamlfile
    from cepkit.edition.load import validate

    new_one = validate(Edition, yamlfile.parse(text), "edition.yml")
    folder.mkdir(parents=True)
    (folder / "edition.yml").write_text(text, "utf-8")
    return [_region(folder / "regions" / code, code, old, new_one, before)
            for code in regions_with_files(before.exercice)]


def _region(folder: Path, code: str, old: Edition, after: Edition, before: Paths) -> str:
    from cepkit.intake import carry, texts, workbook

    origin = before.region(code)
    folder.mkdir(parents=True)
    if (origin / "region.yml").exists():
        content = (origin / "region.yml").read_text("utf-8-sig")
        head = f"# {advance.MARK} : repris de l’exercice "
        content = re.sub(rf"\A{head}.*\n", "", content)
        (folder / "region.yml").write_text(f"{head}{before.exercice}.\n{content}", "utf-8")
    suivi = workbook.of_region(before, code, old)
    raise_blocking([p for p in suivi.problemes if suivi.illisible])
    kept = carry.rows(suivi.lignes, old.annee, after.annee)
    workbook.create(folder / "suivi.xlsx", edition=after, rows=kept,
                    titre=new.workbook_title(code, after.exercice))
    written = {n: t for n, t in texts.read(origin / "redaction")[0].items() if t.redigee}
    going = {r["nom"] for r in kept["investigations"]}
    extra = {n.removeprefix("40_complement_"): t.titre for n, t in written.items()
             if n.removeprefix("40_complement_") in going}
    texts.create(folder / "redaction", corps={n: t.corps for n, t in written.items()},
                 investigations=extra, repris_de=before.exercice)
    lines = sum(map(len, kept.values()))
    return (f"  {code} : {count(lines, 'ligne reprise', 'lignes reprises')} au classeur, "
            f"{count(len(written), 'texte', 'textes')} à relire")

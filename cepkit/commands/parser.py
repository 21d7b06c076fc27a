"""All arguments of all commands, in one place. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Mapping

from cepkit import __version__
from cepkit.commands import french
from cepkit.text import suggestion

# name -> (function "module:function", one line of help, example)
COMMANDS = {
    "demo": ("demo:demo", "écrit la livraison de démonstration dans data/demo/",
             "cepkit demo --seed 2022"),
    "check": ("check:check", "vérifie livraison, paramètres, classeurs et textes",
              "cepkit check --exercice 2023 --draft data/2023/*"),
    "run": ("run:run", "produit annexes, rapports et synthèse",
            "cepkit run --exercice demo --region 84,93"),
    "status": ("status:status", "calendrier et état de chaque région",
               "cepkit status --exercice demo"),
    "remarks": ("remarks:remarks", "lit les remarques d’un opérateur, ou vos textes, dans un docx",
                "cepkit remarks rapport_apec.docx --region 53 --operateur apec"),
    "package": ("package:package", "prépare un envoi par destinataire et garde la version envoyée",
                "cepkit package --region 53"),
    "audit": ("audit:audit", "contrôle la protection du secret statistique",
              "cepkit audit --exercice demo"),
    "verify": ("verify:verify", "rouvre chaque fichier produit, le refait ailleurs et compare",
               "cepkit verify --exercice demo --region 53"),
    "purge": ("purge:purge", "vide le cache privé (tables non masquées)",
              "cepkit purge --exercice demo"),
    "new": ("new:new", "crée le dossier d’une région, un exercice repris d’un autre ou une "
            "investigation",
            "cepkit new investigation ateliers --regions 84,93"),
}
OPTIONS = ("--exercice", "--draft", "--region", "--jobs", "--dask", "--formats", "--engine",
           "--dry-run", "--force", "--date", "--records", "--seed", "--operateur", "--motif",
           "--appliquer", "--courriels", "--ics", "--from",
           "--regions", "--help")
ENGINES = ("inprocess", "kernel")
FORMATS = ("docx", "html", "pdf")


class Parser(argparse.ArgumentParser):
    """argparse whose refusals of a value or of an option give the nearest one."""

    def parse_args(self, args=None, namespace=None):
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error(f"argument inconnu : {' '.join(unknown)}."
                       f"{suggestion(unknown[0], OPTIONS)}")
        return parsed

    def _check_value(self, action: argparse.Action, value: str) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(
                action, f"« {value} » n’est pas admis.{suggestion(value, action.choices)} "
                f"Valeurs possibles : {', '.join(map(str, action.choices))}.")


def build() -> argparse.ArgumentParser:
    """The whole parser, in French."""
    french.install()
    parser = Parser(
        prog="cepkit", description="Suivi du conseil en évolution professionnelle : annexes, "
        "rapports et synthèse nationale.", epilog="Exemple : cepkit run --exercice demo")
    parser.add_argument("--version", action="version", version=f"cepkit {__version__}",
                        help="affiche la version")
    commands = parser.add_subparsers(dest="command", metavar="COMMANDE", required=True,
                                     title="commandes")
    added = {name: commands.add_parser(name, help=text, description=_sentence(text),
                                       epilog=f"Exemple : {example}")
             for name, (_, text, example) in COMMANDS.items()}
    for name in sorted(set(COMMANDS) - {"demo"}):
        added[name].add_argument("--exercice", metavar="E", help="exercice (dossier de "
                                 "parameters/) ; par défaut le seul qui existe")
    for name in ("run", "verify", "status", "remarks", "package"):
        added[name].add_argument("--region", metavar="C", action="append", dest="regions",
                                 help="code officiel ; répétable, ou codes séparés par des "
                                 "virgules ; « toutes » pour toutes")
    added["check"].add_argument(
        "--draft", metavar="FICHIER", nargs="+",
        help="lit des fichiers que rien ne décrit encore, dit ce qui est reconnu et rédige un "
        "edition.yml à corriger (créé dans parameters/E/ s’il n’existe pas, affiché sinon)")
    _demo(added["demo"])
    _run(added["run"])
    for name in ("status", "remarks", "package"):
        added[name].add_argument("--date", metavar="AAAA-MM-JJ", type=_date,
                                 help="date à laquelle se placer ; par défaut aujourd’hui")
    _dialogue(added)
    added["new"].add_argument("kind", metavar="QUOI", choices=(
        "region", "edition", "investigation"), help="region (region.yml, suivi.xlsx, textes), "
        "edition (un exercice repris d’un autre) ou investigation (notebook, fiche, déclaration)")
    added["new"].add_argument("name", metavar="NOM", help="code officiel de la région, nom du "
                              "nouvel exercice (son année) ou nom court de l’investigation")
    added["new"].add_argument("--from", dest="source", metavar="E",
                              help="exercice dont l’édition est reprise")
    added["new"].add_argument("--regions", metavar="C,C", action="append", help="régions qui "
                              "mènent l’investigation")
    return parser


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", metavar="N", type=_positive,
                        help="nombre de dossiers individuels à écrire en plus")
    parser.add_argument("--seed", metavar="S", type=int, default=1,
                        help="graine : même graine, mêmes fichiers (par défaut 1)")


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", metavar="N", type=_positive,
                        help="calculs menés de front ; par défaut un par cœur")
    parser.add_argument("--dask", metavar="ADRESSE", help="cluster dask qui fera les calculs, par "
                        "exemple tcp://127.0.0.1:8786 ; par défaut ce poste")
    parser.add_argument("--formats", metavar="F", type=_formats, default=("docx", "html"),
                        help="formats du rapport, séparés par des virgules : docx, html, pdf")
    parser.add_argument("--engine", choices=ENGINES, default="inprocess", metavar="M",
                        help="inprocess (par défaut) ou kernel (un vrai noyau Jupyter)")
    parser.add_argument("--dry-run", action="store_true",
                        help="montre ce qui serait fait, et pourquoi, sans rien faire")
    parser.add_argument("--force", action="store_true", help="refait tout, même ce qui est à jour")


def _dialogue(added: Mapping[str, argparse.ArgumentParser]) -> None:
    """What goes to the operators and comes back from them."""
    added["status"].add_argument("--courriels", metavar="DOSSIER",
                                 help="écrit dans ce dossier les courriels prêts à envoyer "
                                 "(avec --region)")
    added["status"].add_argument("--ics", metavar="FICHIER", help="écrit le calendrier pour un "
                                 "agenda ; avec --region, les dates de cette région aussi")
    added["remarks"].add_argument("fichier", metavar="FICHIER.docx", help="copie annotée d’un "
                                  "opérateur, ou votre rapport modifié dans Word")
    for name in ("remarks", "package"):
        added[name].add_argument("--operateur", metavar="O", help="france_travail, cap_emploi, "
                                 "apec, missions_locales, operateur_regional, ou un acteur du "
                                 "classeur")
    added["remarks"].add_argument("--appliquer", action="store_true", help="écrit vos paragraphes "
                                  "dans redaction/ ; sans cette option, montre les différences")
    added["package"].add_argument("--motif", metavar="TEXTE", help="raison écrite d’envoyer "
                                  "malgré des textes à relire ; inscrite au manifeste")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre entier positif")
    return int(text)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"« {text} » n’est pas une date AAAA-MM-JJ") from error


def _formats(text: str) -> tuple[str, ...]:
    asked = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in asked if part not in FORMATS]
    if unknown or not asked:
        raise argparse.ArgumentTypeError(
            f"« {', '.join(unknown) or text} » n’est pas admis (valeurs possibles : "
            f"{', '.join(FORMATS)})")
    return tuple(f for f in FORMATS if f in asked)

"""The page of an annexe: an nbconvert exporter with our own template, one offline file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode

from cepkit import formats
from cepkit.show import sections
from cepkit.show.blocks import FICTIF, esc
from cepkit.show.frame import TEMPLATES, common

Lien = tuple[str, str, bool]  # label, address, whether it is this page
GUIDE = (
    '<div class="how"><p><b>Comment lire les figures.</b> '
    '<svg class="ic" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" '
    'class="f-region"/></svg> {nom} · <svg class="ic" viewBox="0 0 16 16" aria-hidden="true">'
    '<path d="M8 1l7 7-7 7-7-7z" class="f-paper s-france" stroke-width="2"/></svg> France · '
    '<svg class="ic w" viewBox="0 0 26 16" aria-hidden="true"><path d="M0 8h26" class="s-region" '
    'stroke-width="3"/></svg> intervalle à 95 % · <svg class="ic" viewBox="0 0 16 16" '
    'aria-hidden="true"><path d="M.5 .5h15v15h-15z" class="f-hatch s-hatch"/></svg> <b>s.</b> non '
    "diffusé · <b>n.d.</b> non disponible · "
    "▲▼ écart marqué avec la France · proche : écart faible · non concluant : les effectifs ne "
    "permettent pas de trancher. L’ordre des lignes est fixe : il ne dépend jamais des "
    "valeurs.</p></div>"
)


class AnnexeExporter(TemplateExporter):
    """nbconvert exporter of the annexes: no Pygments, no MathJax, no prompt, one script."""

    file_extension = ".html"
    output_mimetype = "text/html"
    template_extension = ".html.j2"

    def __init__(self, page: Mapping[str, Any], code: bool = False, **kwargs: Any):
        self.page, self.code = dict(page), code
        super().__init__(template_name="annexe", extra_template_basedirs=[str(TEMPLATES)],
                         extra_template_paths=[str(TEMPLATES)], **kwargs)

    @property
    def default_config(self):
        """No preprocessor: the notebook is read by `sections.read`."""
        config = super().default_config
        config.TemplateExporter.preprocessors = []
        return config

    def _create_environment(self):
        """Everything is escaped but what `page_context` marks as safe."""
        environment = super()._create_environment()
        environment.autoescape = True
        return environment

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw: Any):
        """(html, resources) of an executed notebook."""
        content = sections.read(nb, code=self.code)
        context = page_context(content, self.page)
        resources = self._init_resources(resources)
        resources["page"] = {"sections": content.sections}
        html = self.template.render(nb=nb, resources=resources, **context)
        return html, resources


def page_html(nb: NotebookNode, *, version: str = "Brouillon", date: dt.date | str | None = None,
              liens: Sequence[Lien] = (), empreinte: str = "", code: bool = False,
              logo: str | None = None, logo_alt: str = "") -> str:
    """Page of an executed notebook, in one offline file.

    version, date: state of the document. liens: (label, address, is this page), navigation
    between annexes. empreinte: fingerprint of the released data (default: that of the store).
    code: show the code of the cells, folded. logo: data URI of the association's logo.
    Raises RenderError when the notebook has no title, no page, or failed.
    """
    page = {"version": version, "date": date, "liens": list(liens), "empreinte": empreinte,
            "logo": logo, "logo_alt": logo_alt}
    html, _ = AnnexeExporter(page, code).from_notebook_node(nb)
    return html


def page_context(content: sections.Content, page: Mapping[str, Any]) -> dict[str, Any]:
    """Variables of the annexe template."""
    ident = dict(content.identity)
    ident["empreinte"] = page["empreinte"] or ident.get("empreinte", "")
    _guide(content, ident)
    for section in content.sections:
        for name in ("codes", "tete", "corps"):
            setattr(section, name, Markup(getattr(section, name)))
    suffix = f" ({FICTIF.lower()})" if ident["fictif"] else ""
    tab = " – ".join(str(p) for p in (ident["annexe_titre"].replace(" · ", " – "), ident["nom"],
                                      ident["annee"]) if p)
    return common(ident, ident["annexe_titre"]) | {
        "titre": content.titre, "onglet": tab + suffix, "bandeau": _banner(ident, page),
        "liens": page["liens"], "sommaire": [s for s in content.sections if s.titre],
        "provenance": _provenance(ident, page), "logo": page["logo"], "logo_alt": page["logo_alt"],
    }


def _banner(ident: Mapping[str, Any], page: Mapping[str, Any]) -> list[tuple[str, str]]:
    place = ident["nom"] if ident["region"] == "FR" else f"{ident['nom']} ({ident['region']})"
    if ident["region"] == "FR" and ident["annexe"] == "investigation":
        place = "régions qui mènent l’investigation"
    when = f", {formats.date(page['date'])}" if page["date"] else ""
    return [("Région" if ident["region"] != "FR" else "Territoire", place),
            ("Exercice", ident["annee"] or ident["exercice"]),
            ("Source", _source(ident.get("donnees", {}))),
            ("Version", f"{page['version']}{when}")]


def _source(data: Mapping[str, Any]) -> str:
    """« France compétences, reçu le 17 avril 2023 »; what is fictitious has its own line."""
    when = data.get("recu_le")
    received = f", reçu le {formats.date(str(when))}" if when else ""
    return f"{data.get('fournisseur', formats.ND).split(' (')[0]}{received}"


def _provenance(ident: Mapping[str, Any], page: Mapping[str, Any]) -> list[tuple[str, Any]]:
    data = ident.get("donnees", {})
    fictif = f" ({FICTIF.lower()})" if ident["fictif"] else ""
    lines: list[tuple[str, Any]] = [
        ("Document", f"{ident['annexe_titre'].split(' · ')[0]}, repère {ident['region']}, "
                     f"exercice {ident['annee'] or ident['exercice']}")]
    if data:
        when = data.get("recu_le")
        received = f", reçues le {formats.date(str(when))}" if when else ""
        lines.append(("Données", f"{data.get('fournisseur', '')}, version "
                                 f"{data.get('version', formats.ND)}{received}{fictif}"))
    if ident["empreinte"]:
        lines.append(("Empreinte des données diffusées",
                      Markup(f"<code>{esc(ident['empreinte'])}</code>")))
    return [*lines, ("Version", page["version"])]


def _guide(content: sections.Content, ident: Mapping[str, Any]) -> None:
    """« Comment lire les figures », after the five lines of a page that has figures."""
    if not any("figure" in s.kinds for s in content.sections):
        return
    at = next((i for i, s in enumerate(content.sections) if "cinq" in s.kinds), 0)
    name = "" if ident["region"] == "FR" else esc(ident["nom"])
    text = GUIDE.format(nom=name or "valeur") if name else GUIDE.format(nom="territoire")
    content.sections[at].corps += text

"""One truth per kind of thing: libraries in pyproject, versions in the lock, programs in
environment.yml; and nothing of a registry or of a machine in what is shipped."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ASKED = ("jupyterlab", "papermill", "pandas", "seaborn", "nbconvert")


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    return {name_of(m[1]): m[2] for m in re.finditer(r"^([\w.-]+)==([^\s;]+)", text, re.M)}


def requirements() -> list[str]:
    found = project()["project"]
    extras = found["optional-dependencies"].values()
    return found["dependencies"] + [r for extra in extras for r in extra]


def test_environment_names_the_six_packages_asked_for():
    found = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    plain = {name_of(d): d for d in found if isinstance(d, str)}
    assert set(plain) == {*ASKED, "quarto", "python", "pip"}
    assert {"pip": ["-e ."]} in found
    declared = {name_of(r): r for r in project()["project"]["dependencies"]}
    for name in ASKED:
        assert plain[name] == declared[name]


def test_the_lock_holds_every_library_and_the_build_backend():
    names = {name_of(r) for r in requirements() + project()["build-system"]["requires"]}
    assert names - set(locked()) == set()


def test_the_lock_satisfies_the_declared_bounds():
    from packaging.requirements import Requirement

    versions = locked()
    for text in requirements():
        requirement = Requirement(text)
        assert requirement.specifier.contains(versions[name_of(text)], prereleases=True), text


def test_every_locked_version_is_hashed_and_no_index_is_named():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    for block in re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert not re.search(r"https?:|--index|--find-links|--extra-index", text)


def shipped() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / n for n in listed if n and (ROOT / n).is_file()]


def test_nothing_names_a_registry_or_a_machine():
    # Spelt in pieces so that this file does not hold them.
    forbidden = re.compile("|".join(["py" + r"pi\.org", "files.py" + "thonhosted", "/" + "work/",
                                     "/" + "root/", "/home" + "/[a-z]"]))
    found = []
    for path in shipped():
        if path.suffix in (".py", ".md", ".yml", ".toml", ".lock", ".ipynb", ".txt", ".html", ""):
            text = path.read_text("utf-8", errors="ignore")
            found += [(path.name, m[0]) for m in forbidden.finditer(text)]
    assert found == []


@pytest.mark.parametrize("target", "help run test lab clean".split())
def test_the_makefile_has_the_promised_targets(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_setup_needs_the_standard_library_only():
    code = ("import sys; sys.path.insert(0, '.'); before = set(sys.modules); import install; "
            "print(sorted({m.split('.')[0] for m in set(sys.modules) - before}"
            " - set(sys.stdlib_module_names) - {'install'}))")
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_setup_is_up_to_date_only_for_the_same_lock(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    import install

    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    stamp = tmp_path / "stamp.json"
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "STAMP", stamp)
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    assert not install.up_to_date()
    import json

    stamp.write_text(json.dumps(install.state()))
    assert install.up_to_date()
    (tmp_path / "requirements.lock").write_text("changed")
    assert not install.up_to_date()


def test_one_style_of_code():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

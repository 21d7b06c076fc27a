"""Root, exercices, folders; what is refused and how it is said."""

from __future__ import annotations

import pytest

from cepkit.edition import project
from cepkit.errors import UsageError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    monkeypatch.delenv("CEPKIT_EXERCICE", raising=False)
    (tmp_path / "parameters").mkdir()
    return tmp_path


def add(root, *names):
    for name in names:
        (root / "parameters" / name).mkdir()
        (root / "parameters" / name / "edition.yml").write_text("")


def test_root_is_found_from_any_folder_below(root, monkeypatch):
    monkeypatch.delenv("CEPKIT_ROOT")
    below = root / "notebooks" / "investigations"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert project.root() == root.resolve()


def test_no_root_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("CEPKIT_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="CEPKIT_ROOT"):
        project.root()


@pytest.mark.parametrize(("names", "found"), [
    (["demo"], "demo"), (["demo", "2023"], "2023"), (["2023"], "2023")])
def test_default_exercice(root, names, found):
    add(root, *names)
    assert project.default_exercice() == found


def test_default_exercice_is_refused_when_several_are_there(root):
    add(root, "demo", "2022", "2023")
    with pytest.raises(UsageError, match="2022 et 2023") as error:
        project.default_exercice()
    assert error.value.code == 2


def test_declared_exercice_comes_first_and_must_exist(root, monkeypatch):
    add(root, "demo", "2022", "2023")
    monkeypatch.setenv("CEPKIT_EXERCICE", "2022")
    assert project.default_exercice() == "2022"
    monkeypatch.setenv("CEPKIT_EXERCICE", "dmo")
    with pytest.raises(UsageError, match="Vouliez-vous dire « demo »"):
        project.default_exercice()


def test_paths(root):
    add(root, "demo")
    paths = project.paths("demo")
    assert paths.store == root.resolve() / "outputs/demo/.store"
    assert paths.region_output("06").name == "06-mayotte"
    assert paths.region_output("FR").name == "national"
    assert paths.cache == root.resolve() / "data/.cepkit/demo"


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "06", "94", "FR"])
def test_codes_are_strings(code):
    assert project.check_region(code) == code


@pytest.mark.parametrize("code", [1, 6.0, True, None, "6", "corse", "101"])
def test_everything_else_is_refused(code):
    with pytest.raises(UsageError):
        project.check_region(code)

"""What goes out with a release agrees with itself."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
CATEGORIES = {"Annotation", "Segmentation", "Acquisition", "Dataset", "Filtering"} | {
    *("Image Processing", "Measurement", "Registration", "Simulation", "Transformations"),
    *("Utilities", "Visualization"),
}
"""Those that napari's hub knows."""


def test_the_citation_is_of_this_version_and_licence():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert [one["name"] for one in citation["authors"]] == [
        one["name"] for one in project["authors"]
    ]
    assert {"cff-version", "message", "title"} <= citation.keys()


def test_the_manifest_has_a_name_and_categories_that_the_hub_knows():
    path = REPOSITORY / "src" / "napari_multicancer" / "napari.yaml"
    manifest = yaml.safe_load(path.read_text("utf-8"))
    assert manifest["display_name"]
    assert manifest["categories"]
    assert set(manifest["categories"]) <= CATEGORIES


def test_the_icon_ships_and_brings_all_that_it_shows():
    path = REPOSITORY / "src" / "napari_multicancer" / "napari.yaml"
    package, _, name = yaml.safe_load(path.read_text("utf-8"))["icon"].partition(":")
    content = (resources.files(package) / name).read_text("utf-8")
    drawing = ElementTree.fromstring(content)
    assert drawing.tag.endswith("}svg")
    assert drawing.get("viewBox") == "0 0 64 64"
    assert len(content) < 2000
    for foreign in ("href", "url(", "<script", "<image", "<text"):
        assert foreign not in content
    site = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    assert site.count(f"images/{name}") == 2


def test_every_form_for_an_issue_asks_for_what_doctor_prints_and_against_patients_data():
    forms = [*(REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml")]
    assert forms
    for form in forms:
        asked = yaml.safe_load(form.read_text("utf-8"))
        assert asked["name"]
        assert asked["description"]
        assert "napari-multicancer doctor" in form.read_text("utf-8")
        assert "no patient's data" in form.read_text("utf-8")


def test_the_map_of_the_house_names_folders_that_are_there():
    package = REPOSITORY / "src" / "napari_multicancer"
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    rows = text.partition("| you want to change")[2].partition("\n\n")[0]
    named = {part for part in rows.replace("`", " ").replace(",", " ").split() if "/" in part}
    real = {part for part in named if not any(word.isupper() for word in part.split("/"))}
    assert len(real) > 8
    for part in real:
        assert (REPOSITORY / part).exists() or (package / part).exists(), part

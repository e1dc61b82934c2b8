"""What the manifest promises napari, tried in a real viewer."""

from __future__ import annotations

import subprocess
import sys

import nibabel
import numpy as np
import pytest
from napari._app_model import get_app_model
from napari.layers import Labels
from napari.plugins._npe2 import get_readers
from npe2 import PluginManager, PluginManifest

from napari_multicancer.core.analysis import analyze as analysis
from napari_multicancer.core.models.organs import organs as known_organs
from napari_multicancer.core.planes.pipeline import FILTERS, filtered_plane
from napari_multicancer.io.formats import formats
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.analyse.panel import ALL_STEPS
from napari_multicancer.widgets.files.readers import get_scan_reader
from napari_multicancer.widgets.prepare import words

from .conftest import speckle

PLUGIN = "napari-multicancer"
STEPS = {
    "median": "median",
    "non_local_means": "non_local_means",
    "total_variation": "total_variation",
    "speckle": "speckle",
    "canny": "canny",
    "sobel": "sobel",
    "crop_to_head": "head",
}
MENUS = {
    "napari/layers/filter": {*STEPS, "analyze"},
    "napari/file/io_utilities": {"open_files", "open_folder"},
    "napari/layers/classify": {"classify", "classify_and_segment"},
    "napari/layers/segment": {"segment", "classify_and_segment"},
}


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_distribution(PLUGIN)


def test_every_command_can_be_imported(manifest):
    manifest.validate_imports()


def test_the_commands_are_in_napari_s_menus(viewer):
    inside = {
        menu: {
            item.command.id
            for item in get_app_model().menus.get_menu(menu)
            if item.command.id.startswith(PLUGIN)
        }
        for menu in MENUS
    }
    assert inside == {menu: {f"{PLUGIN}.{name}" for name in MENUS[menu]} for menu in MENUS}


@pytest.mark.parametrize(
    ("command", "finding", "mask"),
    [("classify", True, False), ("segment", False, True), ("classify_and_segment", True, True)],
)
def test_a_command_opens_the_panel_and_does_its_part(
    qtbot, viewer, panel, breast, command, finding, mask
):
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    with qtbot.waitSignal(panel.finished):
        get_app_model().commands.execute_command(f"{PLUGIN}.{command}").result()
    assert list(viewer.window.dock_widgets.values()).count(panel) == 1
    assert panel.ui.findings.finding.isHidden() is not finding
    assert isinstance(viewer.layers[-1], Labels) is mask


def test_a_step_in_the_menu_filters_all_planes_of_the_selected_layer(qtbot, viewer, panel):
    image = viewer.add_image(speckle(3, 60, 70), name="scan")
    other = viewer.add_image(speckle(60, 70))
    for command, step in STEPS.items():
        viewer.layers.selection = {image}
        get_app_model().commands.execute_command(f"{PLUGIN}.{command}").result()
        prepare = panel.ui.tabs.open("Prepare")
        qtbot.waitUntil(lambda page=prepare: not page.is_working)
        made = viewer.layers[1]
        assert made.name == f"scan, {words.STEPS[step].lower()}"
        for plane, filtered in zip(image.data, made.data, strict=True):
            np.testing.assert_array_equal(filtered, filtered_plane(plane, step), err_msg=command)
        viewer.layers.remove(made)
        assert list(viewer.layers) == [image, other]


def test_every_step_of_the_pipeline_is_in_the_menu_under_its_own_words(manifest):
    titles = {command.id: command.title for command in manifest.contributions.commands}
    assert set(STEPS.values()) == set(FILTERS)
    for command, step in STEPS.items():
        assert titles[f"{PLUGIN}.{command}"] == words.STEPS[step]


def test_a_step_is_done_on_one_image_that_is_selected(viewer, panel, told):
    images = [viewer.add_image(speckle(60, 70)) for _ in range(2)]
    for selected in (set(images), set()):
        viewer.layers.selection = selected
        get_app_model().commands.execute_command(f"{PLUGIN}.median").result()
    assert [sentence.partition(":")[0] for sentence in told] == [
        "Several images are selected",
        "No image layer is selected",
    ]
    assert list(viewer.layers) == images


@pytest.mark.usefixtures("windowless")
def test_names_of_dicom_files_are_offered_to_our_reader_alone():
    names = [
        *("I1", "I10", "IM_0001", "i0000001", "00000001", "a_long_name_in_small_letters"),
        *("1.2.840.113619.2.5.17", "1.3.12.2.1107.5.2.32.35162.1234567890", "image.001"),
        *("slice.7", "MR.1.2.840.12", "scan.dic", "slice.DC3", "E1S2I3.MR", "DICOMDIR"),
    ]
    assert [name for name in names if get_readers(name) != {PLUGIN: PLUGIN}] == []


@pytest.mark.usefixtures("windowless")
def test_every_format_that_our_reader_takes_is_in_the_manifest():
    for row in formats():
        for suffix in row.suffixes if row.in_napari else ():
            assert PLUGIN in get_readers(f"a{suffix}"), suffix


@pytest.mark.usefixtures("windowless")
def test_the_header_of_a_pair_is_offered_to_our_reader_where_it_is_one(tmp_path):
    for name in ("a.hdr", "b.hdr"):
        nibabel.save(nibabel.Nifti1Pair(np.zeros((20, 20, 3)), np.eye(4)), tmp_path / name)
    (tmp_path / "radiance.hdr").write_bytes(b"#?RADIANCE\n" + bytes(400))
    assert PLUGIN in get_readers(str(tmp_path / "a.hdr"))
    assert get_scan_reader(str(tmp_path / "a.hdr")) is not None
    assert get_scan_reader(str(tmp_path / "radiance.hdr")) is None
    assert get_scan_reader(str(tmp_path / "gone.hdr")) is None


@pytest.mark.usefixtures("windowless")
def test_names_that_are_not_ours_are_left_to_others():
    names = ["a.png", "a.b.tif", "scan v1.2.png", "a.csv", "a.zarr", "a.py"]
    assert [name for name in names if PLUGIN in get_readers(name)] == []


def test_a_command_after_the_first_result_means_its_image(qtbot, viewer, panel, breast, analyse):
    labels = analyse(breast)
    assert viewer.layers.selection.active is labels
    with qtbot.waitSignal(panel.finished):
        get_app_model().commands.execute_command(f"{PLUGIN}.segment").result()
    assert len(viewer.layers) == 2


def test_the_panel_of_the_menu_and_of_the_commands_is_one(qtbot, viewer, breast):
    get_app_model().commands.execute_command(f"{PLUGIN}.panel").result()
    (first,) = viewer.window.dock_widgets.values()
    with qtbot.waitSignal(first.finished):
        get_app_model().commands.execute_command(f"{PLUGIN}.classify").result()
    assert list(viewer.window.dock_widgets.values()) == [first]


def test_all_shipped_samples_are_offered_and_open(viewer, manifest):
    offered = manifest.contributions.sample_data
    assert [sample.display_name for sample in offered] == [sample.name for sample in SAMPLES]
    for sample in offered:
        (layer,) = viewer.open_sample(PLUGIN, sample.key)
        assert layer.name == sample.display_name
        assert "doi" in layer.metadata["napari_multicancer"]["attribution"]


def test_the_label_writer_takes_one_labels_layer_as_tiff():
    manager = PluginManager.instance()
    writer, _ = manager.get_writer("a.tif", ["labels"], PLUGIN)
    assert writer.command == f"{PLUGIN}.write_labels"
    assert manager.get_writer("a.tif", ["image"], PLUGIN)[0] is None


@pytest.mark.parametrize("module", ["analyse.panel", "scans.panel"])
def test_opening_a_panel_imports_nothing_heavy(module):
    code = (
        "import sys, napari.viewer, napari.layers, napari.qt.threading;"
        "before = set(sys.modules);"
        f"import napari_multicancer.widgets.{module};"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(new & {'tensorflow', 'keras', 'ai_edge_litert', 'scipy', 'tifffile', 'pydicom'})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "set()"


def test_the_panels_choices_are_those_of_the_analysis(panel):
    organs = [panel.organ.itemData(index) for index in range(panel.organ.count())]
    assert organs == [analysis.AUTOMATIC, *known_organs()]
    assert (analysis.CLASSIFY, analysis.SEGMENT) == ALL_STEPS

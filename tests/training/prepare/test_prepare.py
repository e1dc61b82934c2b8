import csv
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.core.errors import DataError, OutputError
from napari_multicancer.core.splits import draw_splits
from napari_multicancer.training.data.samples import read_manifest
from napari_multicancer.training.prepare.build import prepare
from napari_multicancer.training.prepare.duplicates import (
    near_duplicate_groups,
    nearest_copies,
    thumbnail,
)
from napari_multicancer.training.prepare.pictures import fit_mask, read_mask, read_picture, refuse

COLUMNS = [
    "image",
    "mask",
    "organ",
    "source",
    "original_width",
    "original_height",
    "diagnosis",
    "group",
    "split",
    "original",
]


def scan(seed, size=(48, 36)):
    """A picture unlike that of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def box(left, top, right, bottom, size=(48, 36)):
    """A mask with a filled rectangle, both corners inside."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((left, top, right, bottom), fill=255)
    return mask


def save(picture, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


@pytest.fixture
def busi(tmp_path):
    root = tmp_path / "downloads" / "busi"
    for start, diagnosis in enumerate(("benign", "malignant", "normal")):
        for number in range(1, 5):
            stem = root / "Dataset_BUSI_with_GT" / diagnosis / f"{diagnosis} ({number})"
            outline = Image.new("L", (48, 36)) if diagnosis == "normal" else box(4, 4, 19, 15)
            save(scan(100 * start + number), stem.with_name(f"{stem.name}.png"))
            save(outline, stem.with_name(f"{stem.name}_mask.png"))
    return root


@pytest.fixture
def bus_bra(tmp_path):
    root = tmp_path / "downloads" / "bus-bra"
    lines = ["ID,Case,Histology,Pathology,BIRADS,Device"]
    for case in range(1, 5):
        for side in "lr":
            pathology = "benign" if case % 2 else "malignant"
            lines.append(f"bus_{case:04}-{side},{case},cyst,{pathology},3,GE")
            save(scan(1000 + 2 * case + (side == "r")), root / f"Images/bus_{case:04}-{side}.png")
            save(box(4, 4, 19, 15), root / f"Masks/mask_{case:04}-{side}.png")
    (root / "bus_data.csv").write_text("\n".join(lines))
    return root


@pytest.fixture
def lgg(tmp_path):
    """Six patients, each with one plane with tumor and four without."""
    root = tmp_path / "downloads" / "lgg"
    for patient in range(6):
        study = f"TCGA_CS_494{patient}_19960909"
        for plane in range(1, 6):
            tumor = box(4, 4, 19, 15) if plane == 3 else Image.new("L", (48, 36))
            stem = root / "kaggle_3m" / study / f"{study}_{plane}"
            save(scan(2000 + 10 * patient + plane).convert("RGB"), stem.with_suffix(".tif"))
            save(tumor, stem.with_name(f"{stem.name}_mask.tif"))
    return root


@pytest.fixture
def figshare(tmp_path):
    """Four patients of four planes each."""
    root = tmp_path / "downloads" / "figshare"
    for number in range(1, 17):
        path = root / "brainTumorDataPublic_1-766" / f"{number}.mat"
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            values = np.asarray(scan(3000 + number), np.int16) * 20
            file["cjdata/image"] = values.T
            file["cjdata/tumorMask"] = (np.asarray(box(4, 4, 19, 15)) > 0).astype(np.uint8).T
            name = f"10{(number - 1) // 4}"
            file["cjdata/PID"] = np.array([[ord(letter)] for letter in name], np.uint16)
            file["cjdata/label"] = np.array([[2.0]])
    return root


@pytest.fixture
def web(tmp_path):
    folders = {}
    for start, name in ((4000, "web-tumor"), (5000, "web-no-tumor")):
        folders[name] = tmp_path / "downloads" / name
        for number in range(4):
            save(scan(start + number), folders[name] / "yes" / f"Y {number}.jpg")
    return folders


@pytest.fixture
def other(tmp_path):
    root = tmp_path / "downloads" / "other"
    for number in range(6):
        kind = ("ct_head", "xray_chest")[number % 2]
        save(scan(6000 + number), root / kind / f"{number}.png")
    return root


@pytest.fixture
def every_set(busi, bus_bra, lgg, figshare, web, other):
    return {
        "busi": busi,
        "bus-bra": bus_bra,
        "lgg": lgg,
        "figshare": figshare,
        "other": other,
        **web,
    }


@pytest.fixture
def out(tmp_path):
    return tmp_path / "data"


def test_every_set_becomes_one_folder_that_training_reads(every_set, out):
    prepared = prepare(every_set, out)
    rows = read_manifest(out)
    assert list(rows.columns) == COLUMNS
    assert len(rows) + len(prepared.set_aside) == 12 + 8 + 30 + 16 + 8 + 6
    assert set(rows["source"]) == {"BUSI", "BUS-BRA", "LGG", "Figshare", "web", "other"}
    listed = set(rows["image"]) | set(rows["mask"]) - {""}
    tables = {"manifest.csv", "set_aside.csv"}
    assert {p.relative_to(out).as_posix() for p in out.rglob("*.*")} == listed | tables
    for row in rows.to_dict("records"):
        with Image.open(out / row["image"]) as picture:
            assert (picture.format, picture.size) == ("WEBP", (256, 192))
        if row["mask"]:
            with Image.open(out / row["mask"]) as mask:
                assert (mask.format, mask.mode, mask.size) == ("PNG", "1", (256, 192))
    assert set(rows["original_width"]) == {"48"}
    assert "busi/Dataset_BUSI_with_GT/benign/benign (1).png" in set(rows["original"])


def test_each_source_says_what_it_knows(every_set, out):
    rows = pd.DataFrame(prepare(every_set, out).manifest).set_index("source")
    assert Counter(rows.loc["BUSI", "diagnosis"]) == {"benign": 4, "malignant": 4, "normal": 4}
    assert set(rows.loc["BUS-BRA", "group"]) == {f"busbra{case}" for case in range(1, 5)}
    assert set(rows.loc["Figshare", "group"]) == {"100", "101", "102", "103"}
    assert set(rows.loc["Figshare", "diagnosis"]) == {"tumor"}
    planes = rows.loc["LGG"]
    third = planes["original"].str.endswith("_3.tif")
    assert (third == (planes["diagnosis"] == "tumor")).all()
    assert set(planes["group"]) == {f"TCGA_CS_494{patient}" for patient in range(6)}
    collected = rows.loc["web"]
    assert ((collected["mask"] == "") == (collected["diagnosis"] == "tumor")).all()
    assert set(rows.loc["other", "group"]) == {"ct_head", "xray_chest"}
    assert set(rows.loc["other", "mask"]) == {""}


def test_several_masks_of_one_picture_are_joined(busi, out):
    folder = busi / "Dataset_BUSI_with_GT" / "benign"
    save(box(30, 20, 41, 31), folder / "benign (1)_mask_1.png")
    prepare({"busi": busi}, out)
    mask = np.asarray(Image.open(out / "breast/masks/busi_benign_1.png"))
    scale = 256 / 48
    assert mask.sum() == pytest.approx((16 * 12 + 12 * 12) * scale**2, rel=0.03)
    assert mask[round(10 * scale), round(10 * scale)]
    assert mask[round(26 * scale), round(36 * scale)]


def test_a_matlab_file_is_not_turned(figshare, out):
    prepare({"figshare": figshare}, out)
    rows = read_manifest(out)
    picture = Image.open(out / rows.loc[0, "image"]).convert("L").resize((48, 36))
    number = int(rows.loc[0, "original"].split("/")[-1].removesuffix(".mat"))
    truth = np.asarray(scan(3000 + number), float)
    assert np.corrcoef(np.ravel(picture), truth.ravel())[0, 1] > 0.98
    mask = np.asarray(Image.open(out / rows.loc[0, "mask"]))
    assert mask[50, 90]
    assert not mask[90, 50]


def test_pictures_extracted_from_figshare_are_read_with_their_jpeg_masks(tmp_path, out):
    root = tmp_path / "figshare"
    for number in range(1, 61):
        save(scan(3000 + number), root / "images" / "glioma" / f"{number}.jpg")
        save(box(4, 4, 19, 15), root / "masks" / "glioma" / f"{number}.jpg")
    prepared = prepare({"figshare": root}, out)
    groups = {row["group"] for row in (*prepared.manifest, *prepared.set_aside)}
    assert groups == {"files0001", "files0021", "files0041"}
    mask = np.asarray(Image.open(out / prepared.manifest[0]["mask"]))
    assert mask.sum() == pytest.approx(16 * 12 * (256 / 48) ** 2, rel=0.03)


def test_near_duplicates_share_a_group(busi, out):
    folder = busi / "Dataset_BUSI_with_GT" / "benign"
    with_caliper = scan(1)
    ImageDraw.Draw(with_caliper).line((10, 10, 20, 14), fill=255)
    save(with_caliper, folder / "benign (2).png")
    rows = pd.DataFrame(prepare({"busi": busi}, out).manifest).set_index("image")
    twins = rows.loc[["breast/images/busi_benign_1.webp", "breast/images/busi_benign_2.webp"]]
    assert twins["group"].nunique() == twins["split"].nunique() == 1
    assert rows["group"].nunique() == 11


def test_near_duplicates_of_another_diagnosis_are_set_aside(busi, out):
    save(scan(1), busi / "Dataset_BUSI_with_GT" / "malignant" / "malignant (3).png")
    prepare({"busi": busi}, out)
    with (out / "set_aside.csv").open(encoding="utf-8") as table:
        aside = list(csv.DictReader(table))
    originals = [
        f"busi/Dataset_BUSI_with_GT/{name}.png"
        for name in ("benign/benign (1)", "malignant/malignant (3)")
    ]
    assert [row["original"] for row in aside] == originals
    assert aside[0]["reason"] == f"a near-duplicate has another diagnosis: {originals[1]}"
    assert len(read_manifest(out)) == 10
    assert not (out / "breast/images/busi_benign_1.webp").exists()


def test_the_web_adds_no_copies(figshare, web, out):
    save(scan(4000), web["web-tumor"] / "yes" / "again.png")
    save(scan(3005), web["web-tumor"] / "yes" / "from figshare.png")
    prepared = prepare({"figshare": figshare, **web}, out)
    reasons = {row["original"]: row["reason"] for row in prepared.set_aside}
    assert reasons["web_tumor/yes/again.png"] == "near-duplicate of web_tumor/yes/Y 0.jpg"
    assert reasons["web_tumor/yes/from figshare.png"].endswith("/5.mat")


def test_training_planes_that_are_much_alike_are_thinned(lgg, figshare, out):
    rows = pd.DataFrame(prepare({"lgg": lgg, "figshare": figshare}, out).manifest)
    counts = Counter(zip(rows["source"], rows["diagnosis"], rows["split"], strict=True))
    assert counts["LGG", "tumor", "train"] == counts["LGG", "no_tumor", "train"] == 4
    assert counts["LGG", "no_tumor", "val"] == counts["LGG", "no_tumor", "test"] == 4
    assert counts["Figshare", "tumor", "train"] == 2 * 2
    assert counts["Figshare", "tumor", "val"] == counts["Figshare", "tumor", "test"] == 4


def test_the_same_seed_gives_the_same_folder(every_set, tmp_path):
    def tables(name, seed):
        prepare(every_set, tmp_path / name, seed=seed)
        return [(tmp_path / name / t).read_bytes() for t in ("manifest.csv", "set_aside.csv")]

    first = tables("first", 1)
    assert tables("again", 1) == first
    assert tables("another", 2) != first


def test_another_set_beside_it_leaves_the_splits_of_a_set_alone(busi, bus_bra, tmp_path):
    alone = prepare({"busi": busi}, tmp_path / "alone").manifest
    both = prepare({"bus-bra": bus_bra, "busi": busi}, tmp_path / "both").manifest
    assert [row for row in both if row["source"] == "BUSI"] == list(alone)


def test_all_faults_are_named_and_nothing_is_written(every_set, out):
    benign = every_set["busi"] / "Dataset_BUSI_with_GT" / "benign"
    (benign / "benign (1).png").write_bytes(b"no picture")
    (benign / "benign (2)_mask.png").unlink()
    save(Image.new("L", (9, 9)), benign / "benign (3)_mask.png")
    Image.linear_gradient("L").resize((48, 36)).save(benign / "benign (4)_mask.png")
    table = every_set["bus-bra"] / "bus_data.csv"
    table.write_text(table.read_text().replace("1,cyst,benign", "1,cyst,unsure"))
    (every_set["bus-bra"] / "Images" / "bus_0002-l.png").unlink()
    study = every_set["lgg"] / "kaggle_3m" / "TCGA_CS_4940_19960909"
    (study / f"{study.name}_1.tif").unlink()
    mat = next(every_set["figshare"].rglob("7.mat"))
    mat.write_bytes(b"no matlab")
    save(scan(1), every_set["other"] / "loose.png")
    with pytest.raises(DataError) as caught:
        prepare(every_set | {"web-tumor": out / "nowhere"}, out)
    for fault in (
        "benign (1).png cannot be read",
        "benign (2).png has no mask",
        "benign (3)_mask.png measures (9, 9), its picture (36, 48)",
        "benign (4)_mask.png holds 36 values",
        "nobody knows the pathology 'unsure' of bus_0001-l",
        "nobody knows the pathology 'unsure' of bus_0001-r",
        "bus_0002-l.png is missing",
        f"{study.name}_1_mask.tif has no picture",
        "7.mat cannot be read",
        "loose.png lies in no folder that names its kind",
        "nowhere is no folder: check --web-tumor",
    ):
        assert fault in str(caught.value)
    assert str(caught.value).startswith("11 things are wrong")
    assert not out.exists()
    assert [path.name for path in out.parent.iterdir()] == ["downloads"]


@pytest.mark.parametrize("name", ["busi", "bus-bra", "lgg", "figshare", "web-tumor", "other"])
def test_a_folder_of_something_else_is_named(name, tmp_path, out):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds n"):
        prepare({name: tmp_path / "empty"}, out)


def test_a_folder_that_holds_something_is_left_alone(busi, out):
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not an empty folder"):
        prepare({"busi": busi}, out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(busi, out, monkeypatch):
    out.mkdir()
    monkeypatch.chdir(out)
    prepare({"busi": busi}, Path())
    assert {path.name for path in out.iterdir()} == {"breast", "manifest.csv", "set_aside.csv"}


def test_a_stop_in_the_middle_leaves_nothing(busi, out):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare({"busi": busi}, out, progress=stop)
    assert [path.name for path in out.parent.iterdir()] == ["downloads"]


def test_the_command_counts_what_it_wrote(busi, out):
    result = CliRunner().invoke(app, ["prepare", "--busi", str(busi), "--out", str(out)])
    assert result.exit_code == 0
    assert "malignant" in result.stdout
    assert "12 pictures are in" in result.stdout.replace("\n", " ")


def test_the_command_without_a_set_says_what_to_name(out):
    result = CliRunner().invoke(app, ["prepare", "--out", str(out)])
    assert result.exit_code == 2
    assert "Name a data set, by --busi" in result.stderr


def test_near_duplicates_of_near_duplicates_belong_together():
    angles = np.deg2rad([0, 90, 10, 20, 100])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = near_duplicate_groups(vectors, threshold=float(np.cos(np.deg2rad(11))))
    np.testing.assert_array_equal(groups, [0, 1, 0, 0, 1])


def test_the_copy_that_resembles_most_is_found():
    others = np.eye(3, dtype=np.float32)
    pictures = np.array([[0, 0.6, 0.8], [0.6, 0.6, 0.53]], np.float32)
    np.testing.assert_array_equal(nearest_copies(pictures, others, 0.7), [2, -1])


def test_brightness_contrast_and_size_make_no_other_picture():
    first = thumbnail(scan(1))
    assert first @ thumbnail(scan(1).resize((96, 72)).point(lambda grey: grey // 2 + 40)) > 0.99
    assert first @ thumbnail(scan(2)) < 0.5
    assert not thumbnail(Image.new("L", (48, 36), 90)).any()


@given(
    sizes=st.lists(st.integers(1, 6), min_size=3, max_size=40),
    seed=st.integers(0, 5),
)
def test_no_group_straddles_two_splits_and_each_split_has_one(sizes, seed):
    groups = [f"g{number}" for number, size in enumerate(sizes) for _ in range(size)]
    splits = draw_splits(groups, ["same"] * len(groups), seed)
    where = dict(zip(groups, splits, strict=True))
    assert splits == [where[group] for group in groups]
    assert set(splits) == {"train", "val", "test"}
    backwards = draw_splits(groups[::-1], ["same"] * len(groups), seed)
    assert backwards[::-1] == splits


def test_splits_have_their_shares_in_every_stratum():
    groups = [f"g{number}" for number in range(300)]
    strata = ["benign" if number < 200 else "malignant" for number in range(300)]
    counts = Counter(zip(strata, draw_splits(groups, strata), strict=True))
    assert [counts["benign", split] for split in ("train", "val", "test")] == [140, 30, 30]
    assert [counts["malignant", split] for split in ("train", "val", "test")] == [70, 15, 15]


def test_a_mask_pixel_is_lesion_where_most_of_it_is():
    mask = np.zeros((4, 4), np.uint8)
    mask[0, :2] = mask[1, 0] = 1
    mask[2, 2] = mask[2, 3] = 1
    np.testing.assert_array_equal(np.asarray(fit_mask(mask, 2)), [[True, False], [False, False]])


@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "1"])
def test_a_mask_may_be_saved_in_any_way(mode, white, tmp_path):
    drawn = np.array([[0, 1], [0, 1]], np.uint8)
    picture = Image.fromarray(drawn * np.uint8(white))
    if mode == "I;16":
        picture = Image.fromarray(drawn.astype(np.uint16) * white)
    elif mode == "1":
        picture = Image.fromarray(drawn.astype(bool))
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / "mask.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png", (2, 2)), drawn)


def test_sixteen_bits_of_grey_are_not_clipped(tmp_path):
    plane = np.array([[0, 300], [40_000, 65_535]], np.uint16)
    Image.fromarray(plane).save(tmp_path / "plane.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "plane.png"), plane)


def test_a_picture_of_several_planes_is_refused(tmp_path):
    path = tmp_path / "stack.tif"
    scan(1).save(path, save_all=True, append_images=[scan(2)])
    with pytest.raises(DataError, match="holds 2 planes: save each as a picture"):
        read_picture(path)


def test_twenty_faults_are_told_and_the_rest_counted():
    refuse([])
    with pytest.raises(DataError, match=r"^one is wrong$"):
        refuse(["one is wrong"])
    with pytest.raises(DataError) as caught:
        refuse([f"fault {number}" for number in range(23)])
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("23 things are wrong")
    assert lines[-2:] == ["  fault 19", "  and 3 more"]

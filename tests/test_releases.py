"""The releases table, and the names that tox.ini has to repeat from it."""

from __future__ import annotations

import configparser
import platform
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from conformance.errors import UsageError
from conformance.releases import Releases, table

ROOT = Path(__file__).resolve().parent.parent

TOML = """
[package.tensorflow]
[package.tensorflow-cpu]
platforms = ["Linux x86_64"]
elsewhere = "tensorflow"
[flavour.tf_keras]
env = { TF_USE_LEGACY_KERAS = "1" }
[release."1.15"]
version = "1.15.5"
python = "3.7"
package = "tensorflow"
gigabytes = 1
pins = ["numpy<1.19"]
[release."2.21"]
version = "2.21.0"
python = "3.11"
package = "tensorflow-cpu"
gigabytes = 2
flavours.keras = ["keras==3.1"]
flavours.tf_keras = ["keras==3.1", "tf_keras==2.21.0"]
[release.nightly]
python = "3.13"
package = "tensorflow-cpu"
gigabytes = 2
"""


@pytest.fixture
def releases(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path = tmp_path / "releases.toml"
    path.write_text(TOML, encoding="utf-8")
    return Releases.read(path)


def test_every_release_from_1_12_to_2_21_is_in_the_table_once_and_in_order():
    minors = [f"1.{n}" for n in range(12, 16)] + [f"2.{n}" for n in range(22)]
    assert list(table().releases) == [*minors, "nightly"]


@pytest.mark.parametrize("release", table().releases.values(), ids=lambda r: r.name)
def test_a_row_is_consistent(release):
    assert re.fullmatch(r"3\.\d+", release.python)
    assert release.package in table().packages
    assert 0.3 < release.gigabytes < 5
    if release.name != "nightly":
        assert Version(release.version).release[:2] == Version(release.name).release
    for requirement in (*release.pins, *(p for pins in release.flavours.values() for p in pins)):
        Requirement(requirement)


def test_from_2_16_on_keras_is_pinned_and_the_legacy_one_offered():
    for release in table().releases.values():
        if release.version and Version(release.version) >= Version("2.16"):
            for flavour in ("keras", "tf_keras"):
                pins = [Requirement(pin) for pin in release.flavours[flavour]]
                assert flavour in {pin.name for pin in pins}
                assert all(str(pin.specifier).startswith("==") for pin in pins)


def test_packages_have_a_replacement_wherever_their_wheels_do_not_exist():
    packages = table().packages
    for package in packages.values():
        assert bool(package.platforms) == bool(package.elsewhere)
        assert package.elsewhere is None or not packages[package.elsewhere].platforms


def test_tox_lists_the_releases_of_the_table():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    (section,) = [name for name in tox.sections() if name.startswith("testenv:tf{")]
    listed = section.removeprefix("testenv:tf{").removesuffix("}").split(",")
    assert listed == list(table().releases)


@pytest.mark.parametrize("name", ["1.15", "1.15.5", "tf1.15"])
def test_a_release_may_be_written_in_several_ways(releases, name):
    release, flavour = releases.split(name)
    assert (release.version, flavour) == ("1.15.5", "keras")


def test_a_specification_holds_pins_flavour_and_environment_variables(releases):
    specification = releases.specification(*releases.split("2.21+tf_keras"))
    assert specification.name == "2.21+tf_keras"
    assert specification.package == "tensorflow-cpu==2.21.0"
    assert specification.requirements == (
        "tensorflow-cpu==2.21.0",
        "keras==3.1",
        "tf_keras==2.21.0",
    )
    assert specification.env == {"TF_USE_LEGACY_KERAS": "1"}
    # tf_keras must not bring a second TensorFlow into the same folder.
    assert [Requirement(o).name for o in specification.overrides] == ["tensorflow"]


def test_the_default_flavour_has_no_name_and_no_variables(releases):
    specification = releases.specification(*releases.split("2.21+keras"))
    assert (specification.name, specification.env) == ("2.21", {})
    assert specification == releases.specification(*releases.split("2.21"))


def test_a_row_without_a_version_means_the_newest(releases):
    assert releases.specification(*releases.split("nightly")).package == "tensorflow-cpu"


def test_another_platform_gets_the_distribution_that_exists_there(releases, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    specification = releases.specification(*releases.split("2.21"))
    assert specification.package == "tensorflow==2.21.0"
    assert specification.overrides == ()


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("2.20", "nearest is 2.21, known are 1.15, 2.21, nightly"),
        ("0.9", "nearest is 1.15"),
        ("1.15.2", "1.15 means 1.15.5"),
        ("1.15+tf_keras", "no Keras flavour 'tf_keras'; it has keras"),
    ],
)
def test_what_is_not_in_the_table_is_named_with_what_is(releases, subject, message):
    with pytest.raises(UsageError) as caught:
        releases.split(subject)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "subject", ["installed", "cmd:python3", "./python", "2", "v2.15", "2.15-x"]
)
def test_what_is_not_written_like_a_release_is_left_to_others(releases, subject):
    assert releases.split(subject) is None

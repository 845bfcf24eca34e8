"""The run page and the diff page, in a real browser, and the numbers behind their pictures."""

from __future__ import annotations

import copy
import math
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import ml_dtypes
import numpy as np
import pytest
import sample_reports as sample

from reports import arrays, files, html, matrix, picture, wording
from reports.diff import compare
from reports.matrix_page import write_matrix_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = "axe-core@4.10.3"
TRAIN = f"{sample.CHECKS}/test_batch_norm.py::test_train_step[float32]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """URLs of the pages made of the two sample reports."""
    folder = tmp_path_factory.mktemp("pages")
    base, candidate = sample.pair()
    html.write_run_page(folder / "run.html", candidate)
    html.write_diff_page(folder / "diff.html", compare(base, candidate))
    write_matrix_page(folder / "matrix.html", matrix_of(base, candidate))
    return {name: (folder / f"{name}.html").as_uri() for name in ("run", "diff", "matrix")}


def matrix_of(base: dict[str, Any], candidate: dict[str, Any]) -> dict[str, Any]:
    """Three releases, one of which could not be run, in one profile, and one in the other."""
    cells = [
        ("2.15", "legacy", base, "2.15-legacy/x", ""),
        ("2.16", "legacy", None, None, "no Python 3.11"),
        ("2.21", "legacy", candidate, None, ""),
        ("2.21", "v2", candidate, None, ""),
    ]
    names = ("subject", "profile", "report", "folder", "reason")
    return matrix.build([dict(zip(names, cell, strict=True)) for cell in cells])


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Source of axe-core, fetched by npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine to fetch axe-core with")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip(f"npm could not fetch {AXE}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """Open a page that must raise no error, print none, and ask the network for nothing."""
    contexts = []
    complaints: list[str] = []

    def visit(url: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(url.partition("#")[0])
                else complaints.append(request.url)
            ),
        )
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def shown(page: Page) -> list[str]:
    """Ids of the checks in sight, in order."""
    rows = "rows => rows.filter(row => !row.hidden).map(row => row.dataset.id)"
    return list(page.locator("[data-checks] > tbody").evaluate_all(rows))


def of_state(url: str, **state: str) -> str:
    return f"{url}#{urlencode(state)}"


@pytest.mark.parametrize("name", ["run", "diff"])
def test_sentence_and_five_numbers(visit: Any, pages: dict[str, str], name: str) -> None:
    page = visit(pages[name])
    assert page.locator("h1").inner_text().endswith(".")
    numbers = page.locator(".figures b").all_inner_texts()
    expected = {"diff": ["3", "1", "2", "1", "32"], "run": ["3", "3", "1", "38"]}[name]
    assert len(numbers) == 5
    assert numbers[: len(expected)] == expected


def test_filters_are_in_the_url_and_survive_a_reload(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"])
    total = len(shown(page))
    page.get_by_label("Dtype").select_option("float32")
    page.locator("select[name=api]").select_option(sample.BATCH)
    page.get_by_label("Find").fill("train")
    assert shown(page) == [TRAIN]
    assert page.locator("[data-shown]").inner_text() == f"1 of {total} shown"
    page.reload()
    assert shown(page) == [TRAIN]
    assert page.get_by_label("Find").input_value() == "train"
    page.get_by_role("button", name="Clear").click()
    assert len(shown(page)) == total
    assert "#" not in page.url


def test_a_number_leads_to_its_checks(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"])
    for label, count in [("regressions", 3), ("lost API", 3), ("drifted", 2), ("unchanged", 32)]:
        link = page.locator(".figures a", has_text=label)
        link.click()
        page.wait_for_url(f"**{link.get_attribute('href').replace('%2C', '*')}")
        assert len(shown(page)) == count
        assert page.get_by_label("Change").input_value()


def test_an_api_leads_to_its_checks(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["run"])
    page.get_by_role("link", name=sample.MOMENTS).click()
    page.wait_for_url("**#api=*")
    assert len(shown(page)) == 3


def test_sorting(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["run"])
    gravest_first = shown(page)
    head = page.get_by_role("columnheader", name="Bound fraction").last

    def bounds() -> list[float]:
        cells = page.locator("[data-checks] > tbody > tr:first-child > td:nth-child(6)")
        texts = cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")
        return [float(text) if text else math.nan for text in texts]

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    measured = [bound for bound in bounds() if not math.isnan(bound)]
    assert measured[0] == math.inf
    assert measured == sorted(measured, reverse=True)
    assert math.isnan(bounds()[-1])
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert bounds()[: len(measured)] == sorted(measured)
    assert math.isnan(bounds()[-1])
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert shown(page) == gravest_first


def test_a_link_with_state_opens_the_failure(visit: Any, pages: dict[str, str]) -> None:
    state = {"class": "regression", "sort": "id", "open": TRAIN}
    page = visit(of_state(pages["diff"], **state))
    assert len(shown(page)) == 2
    failure = page.locator(".failure:visible")
    assert failure.count() == 1
    assert failure.locator("svg.plot .outside").count() == 9
    assert failure.locator("svg.plot .inside").count() == 15
    assert failure.locator(".elements tr.outside").count() == 9
    assert failure.get_by_role("heading", name="Minimal inputs").is_visible()
    assert failure.locator(".repro").bounding_box()["width"] > 100


def test_keyboard_opens_a_row(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"])
    toggle = page.locator(f'tbody[data-id="{TRAIN}"] [data-toggle]')
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.focus()
    page.keyboard.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    assert page.locator(".failure:visible").count() == 1
    page.keyboard.press("Space")
    assert page.locator(".failure:visible").count() == 0


@pytest.mark.parametrize("clipboard", [True, False])
def test_repro_is_copied(visit: Any, pages: dict[str, str], clipboard: bool) -> None:
    page = visit(
        of_state(pages["run"], open=TRAIN),
        permissions=["clipboard-read", "clipboard-write"],
    )
    if not clipboard:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.locator(".failure:visible .copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    # The old way of copying leaves out the newline at the end.
    assert copied.rstrip("\n") == sample.batch_norm_failure()["repro"].rstrip("\n")


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("run", "light"), ("diff", "dark"), ("matrix", "light"), ("matrix", "dark")],
)
def test_accessibility(visit: Any, pages: dict[str, str], axe: str, name: str, scheme: str) -> None:
    # One check in sight is as good as fifty, and much sooner looked at.
    page = visit(of_state(pages[name], open=TRAIN, q="train_step[float32]"), color_scheme=scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(23, 23, 21)") == (scheme == "dark")
    page.evaluate(axe)
    violations = page.evaluate(
        "axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)"
    )
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in violations] == []


@pytest.mark.parametrize("name", ["run", "diff"])
def test_nothing_is_wider_than_a_phone(visit: Any, pages: dict[str, str], name: str) -> None:
    page = visit(of_state(pages[name], open=TRAIN), viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    name_width = page.locator(f'tbody[data-id="{TRAIN}"] [data-toggle]').bounding_box()["width"]
    assert name_width > 100


def test_matrix_shows_each_api_on_each_release(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["matrix"])
    heads = page.locator(".matrix").first.locator("thead th").all_inner_texts()
    assert heads[1:4] == ["2.15", "2.16", "2.21"]
    row = page.locator(".matrix").first.locator("tbody tr", has_text=sample.LAYERS)
    assert "3 passed" in row.locator("td").nth(0).get_attribute("title")
    assert "lost" in row.locator("td").nth(2).get_attribute("title")
    link = row.locator("a").first.get_attribute("href")
    assert link == f"2.15-legacy/x/index.html#{urlencode({'api': sample.LAYERS})}"
    assert page.locator("details.step[open]").count() == 1
    assert page.locator(".subjects", has_text="no Python 3.11").count() == 1


def test_matrix_is_not_wider_than_a_phone(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["matrix"], viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_hostile_strings_in_a_matrix_are_only_text(visit: Any, tmp_path: Path) -> None:
    payload = "".join(HOSTILE)
    path = tmp_path / "page.html"
    write_matrix_page(path, matrix_of(*(_spoil(report, payload) for report in sample.pair())))
    page = visit(path.as_uri())
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert page.locator("[onerror], [onmouseover], [onfocus], [autofocus]").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0


def test_print_leaves_out_the_controls(visit: Any, pages: dict[str, str]) -> None:
    page = visit(of_state(pages["run"], open=TRAIN))
    page.emulate_media(media="print")
    assert not page.locator("form").is_visible()
    assert not page.locator(".failure .copy").first.is_visible()
    assert page.locator(".failure:visible").count() == 1


def test_without_script_everything_is_there(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"], java_script_enabled=False)
    failures = [
        side["failure"]
        for check in compare(*sample.pair())["checks"]
        for side in (check["base"], check["candidate"])
        if side
    ]
    expected = sum(failure is not None for failure in failures)
    assert page.locator(".failure:visible").count() == expected
    assert not page.locator("form").is_visible()


HOSTILE = [
    "<script>document.title='pwned'</script>",
    "</script></style></title></pre><script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    '" onmouseover="document.title=\'pwned\'" autofocus onfocus="document.title=\'pwned\'"',
    "{{ 7*7 }}{% raise %}&lt;&#0;\x00\x1b[31m\ud800\u202e",
    "javascript:document.title='pwned'",
]


@pytest.mark.parametrize("name", ["run", "diff"])
def test_hostile_strings_are_only_text(visit: Any, tmp_path: Path, name: str) -> None:
    payload = "".join(HOSTILE)
    base, candidate = (_spoil(report, payload) for report in sample.pair())
    diff = compare(base, candidate)
    for document in (candidate, diff):
        files.validate(document)
    path = tmp_path / "page.html"
    if name == "run":
        html.write_run_page(path, candidate)
    else:
        html.write_diff_page(path, diff)
    hostile_id = next(check["id"] for check in candidate["checks"] if check["failure"])
    page = visit(path.as_uri())
    rows = page.locator("[data-checks] > tbody")
    ids = rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
    place = next(
        i for i, each in enumerate(ids) if each.startswith(hostile_id.partition("\x00")[0])
    )
    rows.nth(place).locator("[data-toggle]").click()
    page.evaluate(
        """() => {
            for (const element of document.querySelectorAll("*"))
                for (const name of ["mouseover", "focus", "error"])
                    element.dispatchEvent(new Event(name));
        }"""
    )
    assert "pwned" not in page.title().replace("='pwned'", "")
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert page.locator("[onerror], [onmouseover], [onfocus], [autofocus]").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert HOSTILE[0] in page.locator(".failure:visible pre.message").first.inner_text()
    assert HOSTILE[1] in page.locator(".failure:visible .repro").first.inner_text()


def _spoil(value: Any, payload: str, key: str = "") -> Any:
    """Put `payload` into every string of a report that its schema leaves free."""
    if isinstance(value, dict):
        return {name: _spoil(item, payload, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_spoil(item, payload, key) for item in value]
    fixed = ("schema", "outcome", "kind", "profile", "bits", "inputs", "hex", "dtype", "ulp")
    if not isinstance(value, str) or key in (*fixed, "bound_fraction"):
        return value
    return value + payload


def test_the_policy_stops_a_script_that_gets_in(browser: Browser, pages: dict[str, str]) -> None:
    page = browser.new_page()
    page.goto(pages["run"])
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) =>
                resolve([event.violatedDirective, window.ran ?? null]));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        })"""
    )
    assert refused == ["script-src-elem", None]
    page.close()


def test_a_big_report_stays_small(tmp_path: Path) -> None:
    base, candidate = sample.pair()
    for report in (base, candidate):
        report["checks"] = [
            copy.deepcopy(check) | {"id": f"{check['id']}-{copies}"}
            for copies in range(12)
            for check in report["checks"]
        ]
    html.write_run_page(tmp_path / "run.html", candidate)
    html.write_diff_page(tmp_path / "diff.html", compare(base, candidate))
    for page in tmp_path.iterdir():
        assert page.stat().st_size < 3_000_000


@pytest.mark.parametrize("checks", [[], [sample.check("test_a.py::test_a", "tf.a", None)]])
def test_pages_of_little_reports(visit: Any, tmp_path: Path, checks: list[dict[str, Any]]) -> None:
    report = sample.report("2.21.0", checks, incomplete=True)
    html.write_run_page(tmp_path / "run.html", report)
    html.write_diff_page(tmp_path / "diff.html", compare(report, report))
    for name in ("run", "diff"):
        page = visit((tmp_path / f"{name}.html").as_uri())
        assert len(shown(page)) == len(checks)
        assert "ncomplete" in page.locator(".note").first.inner_text()


# The numbers behind the pictures.


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16, "int32", "uint8", "bool"]
)
def test_numbers_are_exact(dtype: Any) -> None:
    values = np.array([0, 1, 0.1, 2 / 3]).astype(dtype)
    assert arrays.numbers(sample.array(values)) == [float(value) for value in values]


def test_numbers_fall_back_on_text_and_refuse_what_is_none() -> None:
    array = sample.array(np.float32([0.5, np.inf])) | {"hex": None}
    assert arrays.numbers(array) == [0.5, math.inf]
    assert arrays.numbers(array | {"values": ["moving_mean:0"]}) is None
    assert arrays.numbers(array | {"hex": "00"}) is None


def test_distances_in_radii() -> None:
    failure = sample.batch_norm_failure() | {
        "expected": sample.array([1.0, 1.0, np.inf, np.nan, 1.0, 1.0, np.inf]),
        "radius": sample.array([0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]),
        "observed": sample.array([1.25, 0.0, np.inf, np.nan, 1.0, 2.0, np.nan]),
    }
    distances = arrays.distances(failure)
    assert distances is not None
    assert distances.signed == [0.5, -2.0, 0.0, 0.0, 0.0, math.inf, math.inf]
    assert (distances.unit, distances.limit, distances.outside) == ("radii", 1.0, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
def test_distances_in_ulp(dtype: Any) -> None:
    expected = np.array([1, 1, 0.0, -1, 1], dtype)
    observed = np.array([np.nextafter(expected[0], dtype(2)), 1, -0.0, 0, np.nan], dtype)
    observed[3] = np.nextafter(expected[3], dtype(-2))
    failure = sample.bits_failure() | {
        "expected": sample.array(expected),
        "observed": sample.array(observed),
    }
    distances = arrays.distances(failure)
    assert distances is not None
    assert distances.signed == [1.0, 0.0, -1.0, -1.0, math.inf]
    assert (distances.unit, distances.outside) == ("ulp", 4)


@pytest.mark.parametrize(
    "change",
    [
        {"observed": None},
        {"observed": sample.array(np.zeros(2))},
        {"observed": sample.array(np.zeros((2, 2, 2, 3))) | {"values": ["x"], "hex": None}},
        {"radius": sample.array(np.zeros(1))},
        {"observed": sample.array(np.zeros((2, 2, 2, 3), np.int32)), "radius": None},
    ],
)
def test_there_is_no_picture_of_what_cannot_be_measured(change: dict[str, Any]) -> None:
    assert arrays.distances(sample.batch_norm_failure() | change) is None


def test_plot_keeps_the_worst_of_many_elements() -> None:
    signed = [0.5] * 1000
    signed[617] = -1e6
    indices = arrays.indices([10, 100])
    plot = picture.error_plot(arrays.Distances("radii", signed, 1.0), indices)
    (outside,) = [point for point in plot.points if point.outside]
    assert len(plot.points) <= 200
    assert outside.y > plot.band_bottom > plot.zero > plot.band_top
    assert "[6, 17]" in plot.caption
    assert "1 of 1 000" in plot.caption.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert all(0 <= point.y <= plot.height for point in plot.points)
    assert all(plot.left <= point.x <= plot.right for point in plot.points)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        ("inf", "∞"),
        ("nan", "NaN"),
        (0.0, "0"),
        (0.4249, "0.425"),
        (1.0, "1"),
        (2768.4, "2768"),
        (1.23e6, "1.2×10⁶"),
        (-4.5e-7, "−4.5×10⁻⁷"),
    ],
)
def test_wording_of_measures(number: Any, text: str) -> None:
    assert wording.measure(number) == text


def test_arrays_are_nested_as_numpy_prints_them() -> None:
    assert arrays.as_text(sample.array(np.arange(4).reshape(2, 2))) == "[[0, 1],\n [2, 3]]"
    assert arrays.as_text(sample.array(np.float32(0.1))) == "0.1"
    assert arrays.as_text(sample.array(np.arange(100))).endswith("63, … 36 more")

"""The pages in a real browser: made of sample reports, and of reports of real releases."""

from __future__ import annotations

import copy
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest
import sample_reports as sample

from reports import documents, html, matrix
from reports.diff import compare
from reports.matrix_page import write_matrix_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
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


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """Open a page that must raise no error, print none, and ask the network for nothing."""
    contexts = []
    complaints: list[str] = []

    def visit(url: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
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
    rows = "rows => rows.filter(row => !row.hidden).map(row => row.rows[0].cells[2].dataset.id)"
    return list(page.locator("[data-checks] > tbody").evaluate_all(rows))


def of_state(url: str, **state: str) -> str:
    return f"{url}#{urlencode(state)}"


def violations(page: Page) -> list[tuple[str, str]]:
    """Rules of axe-core that a page breaks, each with the first element that does."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:120]) for each in found]


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
        assert page.locator("select[name=class]").input_value()


def test_an_api_leads_to_its_checks(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["run"])
    page.get_by_text("APIs of which every check passed").click()
    page.get_by_role("link", name=sample.MOMENTS).click()
    page.wait_for_url("**#api=*")
    assert len(shown(page)) == 3


def test_sorting(visit: Any, pages: dict[str, str]) -> None:
    page = visit(of_state(pages["run"], fold="passed"))
    gravest_first = shown(page)
    head = page.get_by_role("columnheader", name="Bound fraction").last

    def bounds() -> list[float]:
        heads = page.locator("[data-fold=passed] tbody > tr > th[data-id]")
        texts = heads.evaluate_all("heads => heads.map(head => head.dataset.bound)")
        return [float(text) if text else math.nan for text in texts]

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    measured = [bound for bound in bounds() if not math.isnan(bound)]
    assert (
        page.locator("[data-checks]").first.locator("th[data-id]").first.get_attribute("data-bound")
        == "inf"
    )
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
    toggle = page.locator(f'th[data-id="{TRAIN}"] .toggle')
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
def test_accessibility(visit: Any, pages: dict[str, str], name: str, scheme: str) -> None:
    # One check in sight is as good as fifty, and much sooner looked at.
    page = visit(of_state(pages[name], open=TRAIN, q="train_step[float32]"), color_scheme=scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(23, 23, 21)") == (scheme == "dark")
    assert violations(page) == []


@pytest.mark.parametrize("name", ["run", "diff"])
def test_nothing_is_wider_than_a_phone(visit: Any, pages: dict[str, str], name: str) -> None:
    page = visit(of_state(pages[name], open=TRAIN), viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    name_width = page.locator(f'th[data-id="{TRAIN}"] .toggle').bounding_box()["width"]
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


def test_matrix_folds_what_stays_the_same(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["matrix"])
    fold = page.locator("details.fold").first
    assert fold.locator("summary").inner_text() == "2 APIs the same on every release"
    assert page.locator(".matrix").first.get_by_text(sample.EMA).count() == 0
    fold.locator("summary").click()
    assert fold.get_by_text(sample.EMA, exact=True).is_visible()


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
        documents.validate(document)
    path = tmp_path / "page.html"
    if name == "run":
        html.write_run_page(path, candidate)
    else:
        html.write_diff_page(path, diff)
    hostile_id = next(check["id"] for check in candidate["checks"] if check["failure"])
    page = visit(path.as_uri())
    rows = page.locator("[data-checks] > tbody")
    ids = rows.evaluate_all("rows => rows.map(row => row.rows[0].cells[2].dataset.id)")
    place = next(
        i for i, each in enumerate(ids) if each.startswith(hostile_id.partition("\x00")[0])
    )
    rows.nth(place).locator(".toggle").click()
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


def test_a_failure_of_many_elements_is_a_map(visit: Any, tmp_path: Path) -> None:
    _, report = sample.pair()
    rng = np.random.default_rng(5)
    exact, radius = rng.standard_normal((4, 6, 5, 3)), np.full((4, 6, 5, 3), 1e-6)
    observed = exact + radius * rng.uniform(-0.9, 0.9, exact.shape)
    observed[..., 2] += 5e-4
    failing = next(check for check in report["checks"] if check["id"] == TRAIN)
    failing["failure"] |= {
        "expected": sample.array(exact),
        "radius": sample.array(radius),
        "observed": sample.array(observed),
    }
    html.write_run_page(tmp_path / "run.html", report)
    page = visit(of_state((tmp_path / "run.html").as_uri(), open=TRAIN))
    drawn = page.get_by_role("img", name="120 of 360 elements outside the ball")
    assert drawn.is_visible()
    assert drawn.locator(".mark").count() == 1
    assert "up to 1000 radii" in page.locator(".failure:visible .key").inner_text()
    assert page.locator(".failure:visible .plot").count() == 0


def test_what_needs_no_decision_is_folded(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"])
    fold = page.locator("[data-fold]")
    assert fold.get_attribute("open") is None
    assert fold.locator("summary").inner_text() == "32 checks unchanged"
    fold.locator("summary").click()
    assert "fold=unchanged" in page.url
    assert fold.locator("table").is_visible()
    page.reload()
    assert fold.locator("table").is_visible()
    fold.locator("summary").click()
    assert not fold.locator("table").is_visible()
    assert "#" not in page.url


def test_a_filter_opens_the_fold_it_matches_in(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"])
    page.get_by_label("Find").fill("test_average_follows_variable[float64]")
    assert len(shown(page)) == 1
    assert page.get_by_text("test_average_follows_variable[float64]").is_visible()
    assert page.locator("[data-checks]").first.is_hidden()
    page.get_by_label("Find").fill("train_step[float32]")
    assert page.locator("[data-fold]").is_hidden()
    page.get_by_role("button", name="Clear").click()
    assert page.locator("[data-fold]").get_attribute("open") is None


def test_a_fold_stays_as_the_reader_turned_it(visit: Any, tmp_path: Path) -> None:
    _, report = sample.pair()
    for check in report["checks"]:
        if check["outcome"] == "missing":
            check["reason"] = "a reason that is too long for its row " * 4
    html.write_run_page(tmp_path / "run.html", report)
    page = visit((tmp_path / "run.html").as_uri())
    fold = page.locator("[data-fold=missing]")
    fold.locator("summary").click()
    toggle = fold.locator(".toggle").first
    toggle.click()
    assert toggle.is_visible()
    assert fold.locator(".detail:visible").count() == 1
    fold.locator("summary").click()
    assert not toggle.is_visible()
    page.reload()
    assert not toggle.is_visible()
    fold.locator("summary").click()
    assert fold.locator(".detail:visible").count() == 1


def test_distances_are_on_the_page(visit: Any, tmp_path: Path) -> None:
    far = {"most": 96.0, "entry": "a1", "fetch": "y"}
    counts = {"entries": 9, "outputs": 20, "equal": 12, "drifted": 8}
    ends = {"changed": 0, "lost": 0, "gained": 0}
    row = {"api": sample.MOMENTS, "dtype": "float32", **counts, **ends, "ulp": far, "radii": None}
    diff = compare(*sample.pair()) | {"distances": [row]}
    html.write_diff_page(tmp_path / "diff.html", diff)
    table = visit((tmp_path / "diff.html").as_uri()).get_by_role(
        "region", name="Table of distances"
    )
    assert table.locator("tbody").inner_text().split() == [
        sample.MOMENTS,
        "float32",
        "12",
        "8",
        "0",
        "96",
        "–",
    ]


def test_a_link_to_a_folded_check_shows_it(visit: Any, pages: dict[str, str]) -> None:
    name = f"{sample.CHECKS}/test_moving_averages.py::test_average_follows_variable[float64]"
    page = visit(of_state(pages["diff"], open=name))
    assert page.locator(f'th[data-id="{name}"]').is_visible()


def test_print_and_no_script_keep_the_fold_as_a_line(visit: Any, pages: dict[str, str]) -> None:
    page = visit(pages["diff"], java_script_enabled=False)
    fold = page.locator("[data-fold]")
    assert fold.locator("summary").is_visible()
    assert not fold.locator("table").is_visible()
    fold.locator("summary").click()
    assert fold.locator("table").is_visible()
    page = visit(pages["diff"])
    page.emulate_media(media="print")
    assert page.locator("[data-fold] summary").is_visible()


# Reports of real releases: two that are kept here, and one of the installed TensorFlow.

KEPT = Path(__file__).parent / "reports"
SIDES = ("base", "candidate")
# A failing check of 1.15 that later releases mend.
MENDED = "test_fused_batch_norm_edges.py::test_empty_batch[training-bfloat16]"


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, Any]]:
    """Reports of 1.15 and 2.15, really run, of a selection that is quick."""
    return {name: documents.load(KEPT / f"tf{name}-legacy.json") for name in ("1.15.5", "2.15.1")}


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory, tensorflow_python: str, kept: dict[str, Any]
) -> dict[str, Any]:
    """Report of the installed TensorFlow on the same selection."""
    settings = kept["2.15.1"]["settings"]
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "conformance", "run", "--tf", tensorflow_python]
    command += ["-k", settings["select"], "--examples", str(settings["examples"])]
    done = subprocess.run(
        [*command, "--out", str(folder)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return documents.load(next(folder.glob("*/report.json")))


@pytest.fixture(scope="module")
def real_diffs(kept: dict[str, Any], installed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: compare(report, installed) for name, report in kept.items()}


@pytest.fixture(scope="module")
def real_pages(
    tmp_path_factory: pytest.TempPathFactory, real_diffs: dict[str, Any], kept: dict[str, Any]
) -> dict[str, str]:
    """URLs of the diff pages by their base, and of the run page of 1.15."""
    folder = tmp_path_factory.mktemp("real")
    for name, diff in real_diffs.items():
        html.write_diff_page(folder / f"{name}.html", diff)
    html.write_run_page(folder / "run.html", kept["1.15.5"])
    return {name: (folder / f"{name}.html").as_uri() for name in (*real_diffs, "run")}


RELEASES = pytest.mark.parametrize("base", ["1.15.5", "2.15.1"])


@RELEASES
def test_real_diff_filters_and_sorts(
    visit: Any, real_pages: dict[str, str], real_diffs: dict[str, Any], base: str
) -> None:
    checks = real_diffs[base]["checks"]
    page = visit(real_pages[base])
    assert len(shown(page)) == len(checks)
    for name in ("lost", "unchanged"):
        page.locator("select[name=class]").select_option(name)
        expected = [check["id"] for check in checks if check["class"] == name]
        assert shown(page) == expected
        assert page.locator(f'th[data-id="{expected[0]}"]').is_visible()
    page.get_by_role("button", name="Clear").click()
    for check in checks[:: len(checks) // 8]:
        page.get_by_label("Find").fill(check["id"])
        assert shown(page) == [check["id"]]
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="ulp").first.click()
    measured = page.locator("[data-checks]").first.locator("th[data-ulp]")
    ulps = measured.evaluate_all("heads => heads.map(head => Number(head.dataset.ulp))")
    assert ulps == sorted(ulps, reverse=True)
    assert "sort=-ulp" in page.url


@RELEASES
def test_real_diff_says_what_breaks(visit: Any, real_pages: dict[str, str], base: str) -> None:
    page = visit(real_pages[base])
    sentence = page.locator("h1").inner_text()
    assert "loses tf.layers.batch_normalization (`batch_normalization` is not available" in sentence
    assert page.locator("small", has_text="is not available with Keras 3").first.is_visible()


@pytest.mark.parametrize("name", ["1.15.5", "run"])
def test_real_failure_opens_and_its_repro_is_copied(
    visit: Any, real_pages: dict[str, str], kept: dict[str, Any], name: str
) -> None:
    page = visit(real_pages[name], permissions=["clipboard-read", "clipboard-write"])
    page.locator(f'th[data-id="{MENDED}"] .toggle').click()
    failure = page.locator(".failure:visible")
    assert failure.get_by_role("img").is_visible()
    failure.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    (check,) = (check for check in kept["1.15.5"]["checks"] if check["id"] == MENDED)
    assert page.evaluate("navigator.clipboard.readText()") == check["failure"]["repro"]


def test_real_link_shows_a_colleague_the_same(visit: Any, real_pages: dict[str, str]) -> None:
    page = visit(real_pages["1.15.5"])
    page.locator("select[name=class]").select_option("fixed")
    page.locator(f'th[data-id="{MENDED}"] .toggle').click()
    page.get_by_role("button", name="Check").first.click()
    theirs = visit(page.url)
    assert shown(theirs) == shown(page) == sorted(shown(page))
    assert theirs.locator(".failure:visible").count() == 1
    link = theirs.locator("[data-link]:visible").get_attribute("href")
    alone = visit(real_pages["1.15.5"] + link)
    assert alone.locator(f'th[data-id="{MENDED}"] .toggle').get_attribute("aria-expanded") == "true"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["1.15.5", "2.15.1", "run"])
def test_real_page_is_accessible(
    visit: Any, real_pages: dict[str, str], name: str, scheme: str
) -> None:
    page = visit(of_state(real_pages[name], open=MENDED), color_scheme=scheme)
    assert violations(page) == []


def test_real_pages_are_light(real_diffs: dict[str, Any], tmp_path: Path) -> None:
    """A whole run has some 1400 checks, of which an upgrade moves a few hundred."""
    for name, diff in real_diffs.items():
        many = -(-1400 // len(diff["checks"]))
        checks = [
            check | {"id": f"{check['id']}-{copies}"}
            for copies in range(many)
            for check in diff["checks"]
            if copies == 0 or not any((check[side] or {}).get("failure") for side in SIDES)
        ]
        html.write_diff_page(tmp_path / f"{name}.html", diff | {"checks": checks})
        assert (tmp_path / f"{name}.html").stat().st_size < 1_500_000

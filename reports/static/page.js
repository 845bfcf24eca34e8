// Filters, sorts and opens the tables of checks. The whole state lives in the URL's fragment, so
// that a link shows a colleague the same page. Without this script every row is there: what changed
// is shown open, the rest is in a fold that the browser opens by itself.
(() => {
  "use strict";
  const tables = [...document.querySelectorAll("[data-checks]")];
  const form = document.querySelector("[data-filters]");
  if (!form) return;
  const folds = [...document.querySelectorAll("[data-fold]")];
  const shown = form.querySelector("[data-shown]");
  const rowsOf = new Map(tables.map((table) => [table, [...table.tBodies]]));
  const rows = [...rowsOf.values()].flat();
  const of = (row) => row.rows[0].querySelector("th").dataset;
  const search = form.elements.q;
  const selects = [...form.querySelectorAll("select")];

  let texts;
  const text = (row) => {
    // Reading every row takes longer than all else here, and most readers search for nothing.
    texts ??= new Map(rows.map((each) => [each, (of(each).id + each.textContent).toLowerCase()]));
    return texts.get(row);
  };

  const read = () => new URLSearchParams(location.hash.slice(1));

  const write = (change) => {
    const state = read();
    change(state);
    for (const [name, value] of [...state]) if (value === "") state.delete(name);
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    apply();
  };

  const number = (value) => ({ inf: Infinity, nan: Infinity })[value] ?? Number(value);

  const order = (head, sign) => (a, b) => {
    const [x, y] = [of(a)[head.sort] ?? "", of(b)[head.sort] ?? ""];
    if (x === "" || y === "") return (x === "") - (y === "");
    if (head.kind === "text") return sign * x.localeCompare(y, "en", { numeric: true });
    const ranks = head.order?.split(" ");
    const [p, q] = ranks ? [ranks.indexOf(x), ranks.indexOf(y)] : [number(x), number(y)];
    return p === q ? 0 : sign * (p < q ? -1 : 1);
  };

  const sort = (wanted) => {
    const down = wanted.startsWith("-");
    const key = wanted.replace(/^-/, "");
    for (const table of tables) {
      const heads = [...table.tHead.querySelectorAll("[data-sort]")];
      const head = heads.find((each) => each.dataset.sort === key);
      for (const each of heads) each.parentElement.removeAttribute("aria-sort");
      let sorted = rowsOf.get(table);
      if (head) {
        head.parentElement.setAttribute("aria-sort", down ? "descending" : "ascending");
        sorted = [...sorted].sort(order(head.dataset, down ? -1 : 1));
      }
      if (sorted.some((row, place) => table.tBodies[place] !== row)) table.append(...sorted);
    }
  };

  const open = (row, wanted) => {
    if (row.rows.length < 2) return;
    row.rows[1].hidden = !wanted;
    row.querySelector(".toggle").setAttribute("aria-expanded", String(wanted));
    if (wanted) {
      const link = new URLSearchParams({ open: of(row).id });
      row.querySelector("[data-link]").href = `#${link}`;
    }
  };

  const apply = () => {
    const state = read();
    const opened = new Set(state.getAll("open"));
    const wanted = (state.get("q") ?? "").toLowerCase();
    if (document.activeElement !== search) search.value = state.get("q") ?? "";
    const facets = selects.map((select) => {
      select.value = state.get(select.name) ?? "";
      return [select.name, state.get(select.name)?.split(",")];
    });
    const filtered = wanted !== "" || facets.some(([, values]) => values);
    const counts = new Map();
    const linked = new Set();
    for (const row of rows) {
      const kept =
        facets.every(([name, values]) => !values || values.includes(of(row)[name] ?? "")) &&
        (wanted === "" || text(row).includes(wanted));
      row.hidden = !kept;
      const table = row.parentElement;
      counts.set(table, (counts.get(table) ?? 0) + kept);
      const wantedOpen = opened.has(of(row).id);
      open(row, wantedOpen);
      if (kept && wantedOpen) linked.add(table);
    }
    for (const table of tables) table.hidden = counts.get(table) === 0;
    const chosen = state.getAll("fold");
    for (const fold of folds) {
      const table = fold.querySelector("[data-checks]");
      fold.hidden = counts.get(table) === 0;
      const name = fold.dataset.fold;
      // Open where a filter or a link leads inside, unless the reader has chosen otherwise.
      const led = filtered || linked.has(table);
      fold.open = chosen.includes(name) || (led && !chosen.includes(`-${name}`));
      fold.querySelector("[data-inside]").textContent = filtered ? `, ${counts.get(table)} shown` : "";
    }
    const visible = [...counts.values()].reduce((sum, each) => sum + each, 0);
    shown.textContent = `${visible} of ${rows.length} shown`;
    sort(state.get("sort") ?? "");
  };

  const arrive = () => {
    const state = read();
    apply();
    const first = rows.find((row) => !row.hidden && of(row).id === state.get("open"));
    if (first) first.scrollIntoView({ block: "start" });
    else if (state.size) document.getElementById("checks").scrollIntoView({ block: "start" });
  };

  const filter = (name, value) =>
    write((state) => {
      state.set(name, value);
      state.delete("fold");
    });
  search.addEventListener("input", () => filter("q", search.value));
  for (const select of selects) {
    select.addEventListener("change", () => filter(select.name, select.value));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    search.value = "";
    write((state) => {
      for (const name of ["q", "fold", ...selects.map((select) => select.name)]) state.delete(name);
    });
  });
  for (const fold of folds) {
    fold.querySelector("summary").addEventListener("click", (event) => {
      event.preventDefault();
      const [name, wanted] = [fold.dataset.fold, !fold.open];
      write((state) => {
        const others = state.getAll("fold").filter((each) => each.replace(/^-/, "") !== name);
        state.delete("fold");
        for (const each of others) state.append("fold", each);
      });
      // What the page would do by itself need not be in the URL.
      if (fold.open !== wanted) write((state) => state.append("fold", wanted ? name : `-${name}`));
    });
  }
  for (const table of tables) {
    table.tHead.addEventListener("click", (event) => {
      const head = event.target.closest("[data-sort]");
      if (!head) return;
      write((state) => {
        // Measures are wanted largest first, names and ranks in their order; a third click undoes.
        const key = head.dataset.sort;
        const cycle = head.dataset.kind === "number" ? [`-${key}`, key, ""] : [key, `-${key}`, ""];
        state.set("sort", cycle[(cycle.indexOf(state.get("sort") ?? "") + 1) % 3]);
      });
    });
    table.addEventListener("click", (event) => {
      const toggle = event.target.closest(".toggle");
      if (!toggle) return;
      const id = of(toggle.closest("tbody")).id;
      write((state) => {
        const opened = state.getAll("open");
        state.delete("open");
        const next = opened.includes(id) ? opened.filter((each) => each !== id) : [...opened, id];
        for (const each of next) state.append("open", each);
      });
    });
    table.dataset.checks = "ready";
  }

  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      // Some browsers keep the clipboard from pages opened from disk; the old way still works.
      getSelection().selectAllChildren(source);
      return document.execCommand("copy");
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copy(document.getElementById(button.dataset.copy));
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });

  form.hidden = false;
  addEventListener("hashchange", arrive);
  arrive();
})();

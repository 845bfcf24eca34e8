// Filters, sorts and opens the table of checks. The whole state lives in the URL's fragment, so
// that a link shows a colleague the same page. Without this script every row is shown, open.
(() => {
  "use strict";
  const table = document.querySelector("[data-checks]");
  if (!table) return;
  const form = document.querySelector("[data-filters]");
  const shown = form.querySelector("[data-shown]");
  const rows = [...table.tBodies];
  const heads = [...table.querySelectorAll("[data-sort]")];
  const search = form.elements.q;
  const selects = [...form.querySelectorAll("select")];
  const haystacks = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const read = () => new URLSearchParams(location.hash.slice(1));

  const write = (change) => {
    const state = read();
    change(state);
    for (const [name, value] of [...state]) if (value === "") state.delete(name);
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    apply();
  };

  const value = (row, column) => row.rows[0].cells[column].dataset.value;

  const order = (column, kind, sign) => (a, b) => {
    const [x, y] = [value(a, column), value(b, column)];
    if (x === "" || y === "") return (x === "") - (y === "");
    if (kind === "text") return sign * x.localeCompare(y, "en", { numeric: true });
    const number = (text) => ({ inf: Infinity, nan: Infinity })[text] ?? Number(text);
    const [p, q] = [number(x), number(y)];
    return p === q ? 0 : sign * (p < q ? -1 : 1);
  };

  const sort = (wanted) => {
    const down = wanted.startsWith("-");
    const head = heads.find((each) => each.dataset.sort === wanted.replace(/^-/, ""));
    for (const each of heads) each.parentElement.removeAttribute("aria-sort");
    let sorted = rows;
    if (head) {
      head.parentElement.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = head.parentElement.cellIndex;
      sorted = [...rows].sort(order(column, head.dataset.kind, down ? -1 : 1));
    }
    if (sorted.some((row, place) => table.tBodies[place] !== row)) table.append(...sorted);
  };

  const open = (row, wanted) => {
    row.rows[1].hidden = !wanted;
    row.querySelector("[data-toggle]").setAttribute("aria-expanded", String(wanted));
  };

  const apply = () => {
    const state = read();
    const opened = new Set(state.getAll("open"));
    const text = (state.get("q") ?? "").toLowerCase();
    if (document.activeElement !== search) search.value = state.get("q") ?? "";
    const facets = selects.map((select) => {
      const wanted = state.get(select.name) ?? "";
      select.value = wanted;
      return [select.name, wanted];
    });
    let visible = 0;
    for (const row of rows) {
      const kept =
        haystacks.get(row).includes(text) &&
        facets.every(([name, wanted]) => !wanted || wanted.split(",").includes(row.dataset[name]));
      row.hidden = !kept;
      visible += kept;
      open(row, opened.has(row.dataset.id));
    }
    shown.textContent = `${visible} of ${rows.length} shown`;
    sort(state.get("sort") ?? "");
  };

  const arrive = () => {
    const state = read();
    apply();
    const first = rows.find((row) => !row.hidden && row.dataset.id === state.get("open"));
    if (first) first.scrollIntoView({ block: "start" });
    else if (state.size) document.getElementById("checks").scrollIntoView({ block: "start" });
  };

  search.addEventListener("input", () => write((state) => state.set("q", search.value)));
  for (const select of selects) {
    select.addEventListener("change", () => write((state) => state.set(select.name, select.value)));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    search.value = "";
    write((state) => {
      state.delete("q");
      for (const select of selects) state.delete(select.name);
    });
  });
  for (const head of heads) {
    head.addEventListener("click", () =>
      write((state) => {
        // Measures are wanted largest first, names and ranks in their order; a third click undoes.
        const key = head.dataset.sort;
        const cycle = head.dataset.kind === "number" ? [`-${key}`, key, ""] : [key, `-${key}`, ""];
        state.set("sort", cycle[(cycle.indexOf(state.get("sort") ?? "") + 1) % 3]);
      }),
    );
  }
  table.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggle]");
    if (!toggle) return;
    const id = toggle.closest("tbody").dataset.id;
    write((state) => {
      const opened = state.getAll("open");
      state.delete("open");
      const next = opened.includes(id) ? opened.filter((each) => each !== id) : [...opened, id];
      for (const each of next) state.append("open", each);
    });
  });

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

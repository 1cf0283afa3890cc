"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const theme = $("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  const list = $("cols");
  if (!list) return;
  const rows = [...list.children].map((row, index) => ({
    row, index,
    verdict: +row.dataset.v,
    measure: row.dataset.m === "inf" ? Infinity : +row.dataset.m,
    name: row.querySelector(".n bdi").textContent,
    text: row.querySelector(".n").textContent.toLocaleLowerCase(),
  }));
  const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const orders = {
    severity: (a, b) => a.index - b.index,
    name: (a, b) => names.compare(a.name, b.name) || a.index - b.index,
    measure: (a, b) => b.measure - a.measure || a.index - b.index,
  };
  const search = $("search"), all = $("all");
  const shows = [...document.querySelectorAll("[data-show]")], sorts = [...document.querySelectorAll("[data-sort]")];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  list.classList.add("js");
  function filter() {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let count = 0, first = null;
    for (const row of list.children) {
      const item = rows[+row.id.slice(1)];
      const visible = pressed(shows[item.verdict]) && words.every((word) => item.text.includes(word));
      row.hidden = !visible;
      row.classList.remove("first");
      if (visible) { count++; first ??= row; }
    }
    first?.classList.add("first");
    $("none").hidden = count > 0;
    $("shown").textContent = `${count} of ${rows.length} columns shown`;
  }
  function sort(key) {
    for (const button of sorts) button.setAttribute("aria-pressed", String(button.dataset.sort === key));
    list.append(...[...rows].sort(orders[key]).map((item) => item.row));
    filter();
  }
  function reset() {
    search.value = "";
    for (const button of shows) button.setAttribute("aria-pressed", "true");
    filter();
  }
  function follow() {
    const row = /^#c\d+$/.test(location.hash) && $(location.hash.slice(1));
    if (!row) return;
    if (row.hidden) reset();
    row.open = true;
    row.scrollIntoView({ block: "start" });
    row.firstElementChild.focus({ preventScroll: true });
  }
  search.addEventListener("input", filter);
  for (const button of shows) button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!pressed(button)));
    filter();
  });
  for (const button of sorts) button.addEventListener("click", () => sort(button.dataset.sort));
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-expanded") !== "true";
    for (const item of rows) item.row.open = open;
    all.setAttribute("aria-expanded", String(open));
    all.textContent = open ? "Close all" : "Open all";
  });
  $("reset").addEventListener("click", () => { reset(); search.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape" && event.target === search) { search.value = ""; filter(); }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#c"]');
    if (link && link.hash === location.hash) { event.preventDefault(); follow(); }
  });
  addEventListener("hashchange", follow);
  $("tools").hidden = false;
  filter();
  follow();
})();

"use strict";
(() => {
  const PAPER_WIDTH = 690; // of A4 within its margins
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const tip = document.getElementById("tip");

  const showTip = (_handler, event, _item, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.replaceChildren(...Object.entries(Object(value)).map(([name, shown]) => {
      const line = document.createElement("div");
      line.textContent = `${name}: ${shown}`;
      return line;
    }));
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4))}px`;
  };

  // The interpreter ("ast") is what lets the page forbid eval; no style of the library is added.
  const options = {
    mode: "vega", ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: showTip, config: {},
  };
  const views = [];
  for (const [anchor, specification] of Object.entries(charts)) {
    const place = document.getElementById(anchor);
    vegaEmbed(place, specification, options).then(({ view }) => {
      views.push([place, view]);
      // The place has the label; a screen reader has no use for the hundred shapes inside.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
    }).catch((problem) => {
      place.removeAttribute("role");
      place.textContent = "This chart could not be drawn; its table is below.";
      console.error(problem);
    });
  }

  // Paper is as narrow as a tablet: charts are drawn anew for it, else their letters shrink with them.
  const draw = (width) => views.forEach(([place, view]) => view.width(width ?? place.clientWidth).run());
  addEventListener("beforeprint", () => draw(PAPER_WIDTH));
  addEventListener("afterprint", () => draw());

  // The page may be opened, or left open, long after it was made: age is by the reader's clock.
  const stale = document.getElementById("stale");
  const hoursSince = (element) => (Date.now() - Date.parse(element.dataset.until)) / 3600000;
  const tellAge = () => {
    if (!stale.dataset.until) return;
    const limit = Number(stale.dataset.hours);
    for (const state of document.querySelectorAll("td[data-until]"))
      state.textContent = hoursSince(state) > limit ? "stale" : "fresh";
    const hours = hoursSince(stale);
    stale.hidden = !(hours > limit);
    if (!stale.hidden) stale.textContent = `Stale: the data on this page ends ${(hours / 24).toFixed(1)} days ago.`;
  };
  tellAge();
  for (const moment of ["pageshow", "focus", "beforeprint"]) addEventListener(moment, tellAge);

  const search = document.getElementById("search");
  if (search) {
    const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
    const rows = Array.from(document.querySelectorAll("#flagged tbody tr"), (row) => [row, plain(row.textContent)]);
    const found = document.getElementById("found");
    const filter = () => {
      const words = plain(search.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, content] of rows) {
        row.hidden = !words.every((word) => content.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      found.value = words.length ? `${shown} of ${rows.length} shown` : `${rows.length} surveys`;
    };
    search.closest("p").hidden = false;
    search.addEventListener("input", filter);
    filter();
  }
})();

// Charts and their hover. Each view is kept by its part of the page, for the filters and for paper.
const PAPER_WIDTH = 690; // of A4 within its margins
const charts = JSON.parse(document.getElementById("charts").textContent);
const tip = document.getElementById("tip");

const showTip = (_handler, event, _item, value) => {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  tip.replaceChildren(...Object.entries(Object(value)).map(([name, shown]) => {
    const line = document.createElement("div");
    const words = document.createElement("bdi");
    words.textContent = shown;
    line.append(`${name}: `, words);
    return line;
  }));
  tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4))}px`;
};

// The interpreter ("ast") is what lets the page forbid eval; no style of the library is added. Of a part of the
// page that has nothing, Vega would warn that there is no smallest and no largest number; errors are told.
const options = {
  mode: "vega", ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: showTip, config: {},
  logLevel: 1,
};
const views = new Map();
const drawn = Object.entries(charts).map(([anchor, specification]) => {
  const place = document.getElementById(anchor);
  return vegaEmbed(place, specification, options).then(({ view }) => {
    views.set(anchor, view);
    // The place has the label; a screen reader has no use for the hundred shapes inside.
    place.querySelector("svg").setAttribute("aria-hidden", "true");
  }).catch((problem) => {
    place.removeAttribute("role");
    place.textContent = "This chart could not be drawn; its table is below.";
    console.error(problem);
  });
});
const drawnRows = (anchor, name) => charts[anchor].data.find((data) => data.name === name)?.values ?? [];

// Paper is as narrow as a tablet: charts are drawn anew for it, else their letters shrink with them.
const fit = (width) =>
  views.forEach((view, anchor) => view.width(width ?? document.getElementById(anchor).clientWidth).run());
addEventListener("beforeprint", () => fit(PAPER_WIDTH));
addEventListener("afterprint", () => fit());

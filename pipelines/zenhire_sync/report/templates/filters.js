// What is chosen, and everything that follows it. What cannot follow says so beside itself.
const NAMES = ["project", "persona", "language", "period"];
const controls = Object.fromEntries(NAMES.map((name) => [name, document.getElementById(`filter-${name}`)]));
const usual = Object.fromEntries(NAMES.map((name) => [name, controls[name]?.value]));
const chosenOf = () => NAMES.filter((name) => controls[name].value !== usual[name]);
const numberOf = ({ value }) => (value === "" ? null : Number(value));
const choiceOf = () => {
  const { period, ...others } = Object.fromEntries(NAMES.map((name) => [name, numberOf(controls[name])]));
  return { ...others, days: period };
};
// Never days that the page has no rows of, though the company has.
const daysOf = ({ days }, usually) => {
  const [earliest, last] = [dayOf(brought.first), dayOf(brought.last)];
  const first = days === 0 ? earliest : last - (days ?? usually) + 1;
  return [brought.isAll ? first : Math.max(first, earliest), last];
};
const shownName = (name) => controls[name].selectedOptions[0].textContent;

// What the page said before anything was chosen.
const whole = new Map();
const copies = (nodes) => Array.from(nodes, (node) => node.cloneNode(true));
const keep = (element) => whole.has(element) || whole.set(element, copies(element.childNodes));
const restore = (element) => whole.has(element) && element.replaceChildren(...copies(whole.get(element)));
const write = (element, words) => {
  keep(element);
  element.textContent = words;
};

// Copies of rows with their dates as Vega has them once it has read its own.
const parsed = (rows, parse = {}) => rows.map((row) => {
  const copy = { ...row };
  for (const [name, type] of Object.entries(parse))
    if (type === "date" && name in copy) copy[name] = Date.parse(copy[name]);
  return copy;
});

const showFigure = (figure, told) => {
  const [value, details, change] = ["value", "details", "change"].map((part) => figure.querySelector(`.${part}`));
  if (told === null) return [value, details, change].forEach(restore);
  write(value, told.value);
  write(details, told.details.join(" "));
  write(change, told.change);
};

const showPart = (anchor, told) => {
  const part = document.getElementById(`${anchor}-part`);
  const [lead, place, table] = [".lead", ".chart", "table"].map((name) => part.querySelector(name));
  if (told === null) {
    for (const element of [lead, table.tHead.rows[0], table.tBodies[0]]) restore(element);
    place.setAttribute("aria-label", place.dataset.label);
  } else {
    for (const element of [table.tHead.rows[0], table.tBodies[0]]) keep(element);
    write(lead, told.lead);
    place.setAttribute("aria-label", told.lead);
    fill(table, told.headings, told.cells);
  }
  const view = views.get(anchor);
  if (!view) return;
  const specification = charts[anchor];
  for (const { name, values, format } of specification.data)
    if (values) view.data(name, parsed(told?.values[name] ?? values, format?.parse));
  for (const { name, value } of specification.signals ?? [])
    if (told === null ? ["labels", "projects"].includes(name) : name in told.signals)
      view.signal(name, told?.signals[name] ?? value);
  view.run();
};

// Rows of a table that are of a project, a persona or a day: those of others are hidden.
const showRows = (choice, days, follows) => {
  for (const part of document.querySelectorAll("[data-rows-follow]")) {
    const names = part.dataset.rowsFollow.split(" ");
    for (const row of part.querySelectorAll("tbody tr")) {
      const { persona, project, day } = row.dataset;
      row.dataset.off = Number(
        (names.includes("persona") && choice.persona !== null && persona !== String(choice.persona))
        || (names.includes("language") && choice.language !== null
          && brought.personaLanguages[persona] !== choice.language)
        || (names.includes("project") && choice.project !== null
          && brought.projects[project] !== brought.projects[choice.project])
        || (names.includes("period") && follows.includes("period") && !(day >= isoOf(days[0]))));
      row.hidden = row.dataset.off === "1";
    }
  }
  searchAgain();
};

const showPersonas = (choice) => {
  const [view, part] = [views.get("negative-rate"), document.getElementById("negative-rate-part")];
  if (!view || part.dataset.follows === undefined) return;
  const rows = drawnRows("negative-rate", "personas").filter(({ persona }) =>
    (choice.persona === null || persona === choice.persona)
    && (choice.language === null || brought.personaLanguages[persona] === choice.language));
  view.data("personas", parsed(rows)).height(brought.rowHeight * Math.max(rows.length, 2)).run();
  const lead = part.querySelector(".lead");
  if (choice.persona === null && choice.language === null) return restore(lead);
  const all = part.querySelectorAll("tbody tr");
  const left = Array.from(all).filter((row) => !row.hidden).length;
  write(lead, say("personas", { shown: asShown(left), all: asShown(all.length) }));
};

const tellIgnored = (chosen) => {
  for (const note of document.querySelectorAll(".unfiltered")) {
    const ignored = note.dataset.ignores.split(" ").filter((name) => chosen.includes(name));
    note.hidden = ignored.length === 0;
    note.textContent = `Not filtered by ${ignored.join(", ")}: ${note.dataset.why}.`;
  }
};

const show = (rows) => {
  const [chosen, choice] = [chosenOf(), choiceOf()];
  const isChosen = chosenPairs(rows, choice);
  const [days, shownDays] = [daysOf(choice, brought.figureDays), daysOf(choice, brought.chartDays)];
  const before = choice.days === 0 ? null : daysBefore(days);
  const concerns = (element) => !chosen.every((name) => element.dataset.ignores.split(" ").includes(name));
  for (const figure of document.querySelectorAll(".figure")) {
    const count = counting[figure.dataset.name];
    if (count) showFigure(figure, chosen.length && concerns(figure) ? count(rows, isChosen, days, before) : null);
  }
  for (const [anchor, tell] of Object.entries(partOf)) {
    const part = document.getElementById(`${anchor}-part`);
    if (part && part.dataset.follows !== undefined && views.has(anchor))
      showPart(anchor, chosen.length && concerns(part) ? tell(rows, isChosen, shownDays, choice) : null);
  }
  showRows(choice, shownDays, chosen);
  showPersonas(choice);
  tellIgnored(chosen);
  write(document.querySelector(".days"), choice.days === 0 ? say("all_days", { period: periodOf(days) })
    : say("figure_days", { period: periodOf(days), days: asShown(days[1] - days[0] + 1) }));
  const told = NAMES.filter((name) => chosen.includes(name)).map((name) => `${name}: ${shownName(name)}`);
  document.getElementById("chosen").textContent = told.length ? `Shown: ${told.join("; ")}.` : "";
  document.getElementById("reset").hidden = told.length === 0;
};

const filters = document.getElementById("filters");
if (filters && "DecompressionStream" in window)
  Promise.all([unpack(brought.packed), ...drawn]).then(([rows]) => {
    filters.hidden = false;
    filters.addEventListener("change", () => show(rows));
    document.getElementById("reset").addEventListener("click", () => {
      for (const name of NAMES) controls[name].value = usual[name];
      show(rows);
      controls.project.focus();
    });
    document.documentElement.dataset.filters = "ready";
  }).catch((problem) => console.error(problem));

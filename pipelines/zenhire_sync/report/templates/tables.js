// Tables: filled anew for what was chosen, and saved as they stand.
const asShown = (number) => number.toLocaleString("en-US");

const cellOf = (heading, cell, isFirst) => {
  const element = document.createElement(isFirst ? "th" : "td");
  if (isFirst) element.scope = "row";
  element.className = heading.isNumber ? "number" : "short";
  const words = document.createElement("bdi");
  words.textContent = typeof cell === "number" ? asShown(cell) : cell.text ?? cell;
  if (cell.value !== undefined) element.dataset.value = cell.value;
  element.append(words);
  return element;
};

// Headings are [label, isNumber, and the uncut label of one that is cut]; a cell is a text, a whole number, or
// {text, value}.
const fill = (table, headings, rows) => {
  const columns = headings.map(([label, isNumber, name = label]) => ({ label, isNumber, name }));
  table.tHead.rows[0].replaceChildren(...columns.map(({ label, isNumber, name }) => {
    const element = document.createElement("th");
    element.scope = "col";
    element.className = isNumber ? "number" : "";
    const words = document.createElement("bdi");
    words.textContent = label;
    if (name !== label) element.dataset.value = name;
    element.append(words);
    return element;
  }));
  table.tBodies[0].replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((cell, place) => cellOf(columns[place], cell, place === 0)));
    return row;
  }));
};

// A text that a spreadsheet would take for a formula is made one that it does not; a number stays a number.
const csvCell = (cell, isNumber) => {
  const words = cell.dataset.value ?? cell.textContent;
  if (isNumber && /^-?[\d,]+(\.\d+)?(e-?\d+)?$/.test(words)) return words.replaceAll(",", "");
  const safe = /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const csvOf = (table) => {
  const isNumber = Array.from(table.tHead.rows[0].cells, (cell) => cell.classList.contains("number"));
  const rows = [table.tHead.rows[0], ...Array.from(table.tBodies[0].rows).filter((row) => !row.hidden)];
  const lines = rows.map((row, line) =>
    Array.from(row.cells, (cell, place) => csvCell(cell, line > 0 && isNumber[place])).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
};
for (const button of document.querySelectorAll("button.csv")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(
      new Blob([csvOf(document.getElementById(button.dataset.table))], { type: "text/csv;charset=utf-8" }));
    link.download = `${button.dataset.table.replace(/-table$/, "")}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
}

// The comments: what the filters leave, and of it what is searched for.
let searchAgain = () => {};
const search = document.getElementById("search");
if (search) {
  const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const rows = Array.from(document.querySelectorAll("#flagged tbody tr"), (row) => [row, plain(row.textContent)]);
  const found = document.getElementById("found");
  searchAgain = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, content] of rows) {
      row.hidden = row.dataset.off === "1" || !words.every((word) => content.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const isPart = words.length || rows.some(([row]) => row.dataset.off === "1");
    found.value = isPart ? `${shown} of ${rows.length} shown` : `${rows.length} surveys`;
  };
  search.closest("p").hidden = false;
  search.addEventListener("input", searchAgain);
  searchAgain();
}

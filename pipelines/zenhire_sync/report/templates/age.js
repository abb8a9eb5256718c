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
  for (const words of document.querySelectorAll(".when-old")) words.hidden = stale.hidden;
  for (const words of document.querySelectorAll(".when-fresh")) words.hidden = !stale.hidden;
};
tellAge();
for (const moment of ["pageshow", "focus", "beforeprint"]) addEventListener(moment, tellAge);

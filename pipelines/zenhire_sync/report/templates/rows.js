// The rows that the filters count, as the page brings them: unpacked once, added up for each choice.
const brought = JSON.parse(document.getElementById("rows").textContent);
const DAY_MS = 86400000;
const dayOf = (iso) => Date.parse(iso) / DAY_MS;
const isoOf = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);

const unpack = async (packed) => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = JSON.parse(await new Response(plain).text());
  for (const source of Object.values(rows.sources)) {
    let start = 0;
    source.starts = source.days.map((count) => (start += count) - count);
    source.place = Object.fromEntries(source.names.map((name, place) => [name, place]));
  }
  return rows;
};

// For each pair of project and persona, whether it is of the choice.
const chosenPairs = (rows, { project, persona, language }) =>
  Array.from({ length: rows.pairs.length / 2 }, (_, pair) => {
    const [ofProject, ofPersona] = [rows.pairs[2 * pair], rows.pairs[2 * pair + 1]];
    return (project === null || brought.projects[ofProject] === brought.projects[project])
      && (persona === null || ofPersona === persona)
      && (language === null || rows.languages[ofPersona] === language);
  });

// Calls take(day, project, counts) for each row of the days from first to last that is of the choice.
const eachRow = (rows, name, isChosen, [first, last], take) => {
  const source = rows.sources[name];
  const start = dayOf(brought.first);
  for (let day = Math.max(first, start); day <= Math.min(last, start + source.days.length - 1); day += 1) {
    const from = source.starts[day - start];
    for (let row = from; row < from + source.days[day - start]; row += 1)
      if (isChosen[source.pairs[row]])
        take(day, rows.pairs[2 * source.pairs[row]], source.counts[source.sets[row]], source.place);
  }
};

// Every count of a source, added up.
const sumsOf = (rows, name, isChosen, days) => {
  const { names } = rows.sources[name];
  const sums = names.map(() => 0);
  eachRow(rows, name, isChosen, days, (_day, _project, counts) =>
    counts.forEach((count, place) => { sums[place] += count; }));
  return Object.fromEntries(names.map((count, place) => [count, sums[place]]));
};

// A metric that is a share: its parts are the metric's own, its interval is Wilson's, as in the marts.
const Z = 1.959963985;
const shareOf = (metric, sums) => {
  const [hits, answers] = brought.shares[metric].map((count) => sums[count]);
  if (!answers) return { hits, answers, rate: null };
  const rate = hits / answers;
  const middle = rate + (Z * Z) / (2 * answers);
  const half = Z * Math.sqrt((rate * (1 - rate)) / answers + (Z * Z) / (4 * answers * answers));
  const scale = 1 + (Z * Z) / answers;
  return { hits, answers, rate, low: (middle - half) / scale, high: (middle + half) / scale };
};

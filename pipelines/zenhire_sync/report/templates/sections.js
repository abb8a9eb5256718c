// Charts and tables of what is chosen: each gives its sentence, its chart's rows and its table's.
const WEEK = 7;
const weekOf = (day) => day - ((day + 3) % WEEK); // 1970-01-01 was a Thursday
const momentsOf = (days, hour) => {
  const every = Math.ceil(days.length / brought.mostLabels);
  const named = days.filter((_, place) => (days.length - 1 - place) % every === 0);
  return named.map((day) => day * DAY_MS + hour * 3600000);
};

const wholeName = (label) => brought.projectNames[label] ?? label;
const counted = (number, noun) => `${asShown(number)} ${noun}${number === 1 ? "" : "s"}`;

const partOf = {
  "credits-per-day": (rows, isChosen, days, choice) => {
    const alone = choice.project === null ? null : brought.projects[choice.project];
    // those of the chart as it came, in its colours
    const shown = charts["credits-per-day"].signals.find(({ name }) => name === "projects").value;
    const names = alone === null ? [...shown] : [alone];
    const named = (project) => {
      const name = brought.projects[project];
      return names.includes(name) ? name : brought.otherProjects;
    };
    const perDay = new Map();
    let [earliest, sum] = [days[1] + 1, 0];
    eachRow(rows, "usage", isChosen, days, (day, project, counts, place) => {
      const credits = counts[place.credits];
      const ofDay = perDay.get(day) ?? perDay.set(day, {}).get(day);
      ofDay[named(project)] = (ofDay[named(project)] ?? 0) + credits;
      [earliest, sum] = [Math.min(earliest, day), sum + credits];
    });
    const hasOthers = Array.from(perDay.values()).some((ofDay) => brought.otherProjects in ofDay);
    if (hasOthers && !names.includes(brought.otherProjects)) names.push(brought.otherProjects);
    const first = Math.min(earliest, days[1] - brought.fewestDays + 1);
    const all = Array.from({ length: days[1] - first + 1 }, (_, place) => first + place);
    const values = all.flatMap((day) => names.map((project, rank) =>
      ({ day: isoOf(day), project, credits: perDay.get(day)?.[project] ?? 0, rank }))
      .filter(({ credits, rank }) => credits || rank === 0));
    const rate = fixed1(sum / (days[1] - earliest + 1));
    return {
      lead: earliest > days[1] ? say("no_credits", { period: periodOf(days) })
        : earliest === days[1] ? say("day_credits", { total: asShown(sum), first: isoOf(earliest) })
          : say("credits", { total: asShown(sum), first: isoOf(earliest), last: isoOf(days[1]), rate }),
      values: { days: values },
      signals: { labels: momentsOf(all, 12), projects: names },
      headings: [["Day", false], ...names.map((name) => [name, true, wholeName(name)])],
      cells: all.reverse().map((day) => [isoOf(day), ...names.map((name) => perDay.get(day)?.[name] ?? 0)]),
    };
  },
  "credits-per-month": (rows, isChosen) => {
    const perMonth = new Map(drawnRows("credits-per-month", "months").map(({ month }) => [month.slice(0, 7), 0]));
    const first = dayOf(`${[...perMonth.keys()][0]}-01`);
    eachRow(rows, "usage", isChosen, [first, dayOf(brought.today)], (day, _project, counts, place) => {
      const month = isoOf(day).slice(0, 7);
      perMonth.set(month, (perMonth.get(month) ?? 0) + counts[place.credits]);
    });
    const isCut = !brought.isAll && first < dayOf(brought.first);
    const months = [...perMonth].filter(([month]) => !isCut || `${month}-01` >= brought.first);
    const [, soFar] = months.at(-1);
    return {
      lead: say("month_credits", { credits: asShown(soFar), month: brought.monthName }),
      values: { months: months.map(([month, credits]) =>
        ({ month: `${month}-01`, credits, expected: null, low: null, high: null })) },
      signals: {},
      headings: [["Month", false], ["Credits", true]],
      cells: months.toReversed(),
    };
  },
  ratings: (rows, isChosen, days, choice) => {
    const weeks = new Map();
    let [surveys, rated, sum] = [0, 0, 0];
    eachRow(rows, "surveys", isChosen, days, (day, _project, counts, place) => {
      const week = weekOf(day);
      const ofWeek = weeks.get(week) ?? weeks.set(week, [0, 0, 0, 0, 0]).get(week);
      for (let rating = 1; rating <= 5; rating += 1) {
        const count = counts[place[`rating_${rating}`]];
        ofWeek[rating - 1] += count;
        [surveys, rated, sum] = [surveys + count, rated + count, sum + rating * count];
      }
    });
    const seen = [...weeks.keys()].sort((one, other) => one - other);
    const thisWeek = weekOf(days[1]);
    const changes = changesOf(choice, seen.length ? seen[0] : thisWeek, days[1]);
    const values = stacksOf([thisWeek - WEEK * brought.fewestWeeks, ...seen, thisWeek], weeks);
    const lead = !rated ? say("no_ratings", { period: periodOf(days) }) : say("ratings", {
      surveys: counted(surveys, "survey"), first: isoOf(seen[0]), average: (sum / rated).toFixed(2),
    });
    const number = changes.flatMap(({ names }) => names).length;
    const seenChanges = number ? say("changes", { changes: counted(number, "prompt change") }) : say("no_changes");
    const told = new Map(changes.map(({ week, personas }) => [dayOf(week), personas]));
    const listed = [...new Set([...seen, ...told.keys()])].sort((one, other) => other - one);
    return {
      lead: `${lead} ${seenChanges}`,
      values: { weeks: values, changes },
      signals: { labels: momentsOf(seen, 0) },
      headings: [
        ["Week of", false], ...[1, 2, 3, 4, 5].map((rating) => [`${rating} of 5`, true]), ["Prompt changes", false],
      ],
      cells: listed.map((week) => [isoOf(week), ...(weeks.get(week) ?? [0, 0, 0, 0, 0]), told.get(week) ?? ""]),
    };
  },
  funnel: (rows, isChosen, days) => {
    const sums = sumsOf(rows, "created", isChosen, days);
    const created = sums.sessions_created;
    const shares = brought.stages.map(([column]) => (created ? sums[column] / created : 0));
    const completed = shareOf("completion_rate", sums);
    return {
      lead: created ? say("funnel", {
        hits: asShown(completed.hits), answers: asShown(created), period: periodOf(days),
        rate: percent(completed.rate),
      }) : say("no_sessions", { period: periodOf(days) }),
      values: {
        outcomes: brought.stages.map(([column, outcome], place) =>
          ({ outcome, sessions: sums[column], share: shares[place] })),
      },
      signals: {},
      headings: [["Outcome", false], ["Sessions", true], ["Share of created", true]],
      cells: brought.stages.map(([column, outcome], place) =>
        [outcome, sums[column], { text: percent(shares[place]), value: shares[place] }]),
    };
  },
};

// One rectangle per week and rating, the worst at the bottom; empty ones keep the axis.
const stacksOf = (all, weeks) => all.flatMap((week, place) => {
  const isEnd = place === 0 || place === all.length - 1;
  let top = 0;
  return (isEnd ? [0] : weeks.get(week)).map((surveys, rating) => {
    const bottom = top;
    top += surveys;
    return { week: isoOf(week), week_end: isoOf(week + WEEK), rating: rating + 1, surveys, bottom, top };
  });
});

// Prompt changes of the chosen personas, by week.
const changesOf = ({ persona, language }, first, last) => {
  const byWeek = new Map();
  for (const [week, ofPersona, name] of brought.changes) {
    const isOther = (persona !== null && ofPersona !== persona)
      || (language !== null && brought.personaLanguages[ofPersona] !== language);
    if (isOther || dayOf(week) < first || dayOf(week) > last) continue;
    (byWeek.get(week) ?? byWeek.set(week, []).get(week)).push(name);
  }
  return [...byWeek].sort().map(([week, names]) => ({
    week, middle: `${isoOf(dayOf(week) + 3)}T12:00:00Z`, changes: names.length, names,
    personas: names.slice(0, 5).join(", ") + (names.length > 5 ? " …" : ""),
  }));
};

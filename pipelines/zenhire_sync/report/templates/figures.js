// The figures, in the page's own sentences: what Python wrote for all rows, this writes for the chosen ones.
const say = (kind, values = {}) =>
  brought.words[kind].replace(/{(\w+)}/g, (_, name) => values[name]);
// As Python rounds: a half goes to the even digit.
const fixed1 = (number) => {
  const tenths = number * 10;
  const floor = Math.floor(tenths);
  const near = tenths - floor === 0.5 ? floor + (floor % 2) : null;
  return near === null ? number.toFixed(1) : (near / 10).toFixed(1);
};
const percent = (share) => `${fixed1(100 * share)}%`;

const moreOrFewer = (now, before, beforeDays) => say(now > before ? "more" : now < before ? "fewer" : "same", {
  by: asShown(Math.abs(now - before)), before: asShown(before), before_days: beforeDays,
});
const isSure = (now, before) =>
  Math.min(now.answers, before.answers) >= brought.sureAnswers && (now.low > before.high || now.high < before.low);
const higherOrLower = (now, before, beforeDays) => {
  if (now.rate === null || before.rate === null) return say("no_before", { before_days: beforeDays });
  const points = Math.abs(Number(fixed1(100 * now.rate)) - Number(fixed1(100 * before.rate))).toFixed(1);
  const kind = points === "0.0" ? "same_rate" : now.rate > before.rate ? "higher" : "lower";
  return say(kind, {
    by: points, before: percent(before.rate), before_days: beforeDays,
    surely: say(isSure(now, before) ? "surely" : "chance"),
  });
};

// As many days before these ones; null where the company was not there on all of them, or the page has no rows.
const isThere = (day) => day >= dayOf(brought.begins) && (brought.isAll || day >= dayOf(brought.first));
const daysBefore = ([first, last]) => {
  const days = [first - 1 - (last - first), first - 1];
  return isThere(days[0]) ? days : null;
};
const nothingBefore = () => say("begins", { first: brought.isAll ? brought.begins : brought.first });
const inDaysBefore = ([first, last]) => say("in_days", { days: asShown(last - first + 1) });

const counting = {
  interviews: (rows, isChosen, days, before) => {
    const count = (those) => sumsOf(rows, "usage", isChosen, those).interviews_completed;
    return {
      value: asShown(count(days)),
      details: [],
      change: before ? moreOrFewer(count(days), count(before), inDaysBefore(days)) : nothingBefore(),
    };
  },
  completion: (rows, isChosen, days, before) => {
    const sums = sumsOf(rows, "created", isChosen, days);
    const open = asShown(sums.sessions_in_progress + sums.sessions_waiting);
    const now = shareOf("completion_rate", sums);
    const then = before && shareOf("completion_rate", sumsOf(rows, "created", isChosen, before));
    return shareFigure(now, then, "sessions", say("open", { answers: asShown(now.answers), open }), days);
  },
  negative: (rows, isChosen, days, before) => {
    const now = shareOf("negative_rate", sumsOf(rows, "surveys", isChosen, days));
    const then = before && shareOf("negative_rate", sumsOf(rows, "surveys", isChosen, before));
    return shareFigure(now, then, "surveys", `${asShown(now.answers)} surveys`, days);
  },
  month: (rows, isChosen) => {
    const [start, today, whole] = [brought.month, brought.today, brought.last].map(dayOf);
    const count = (those) => sumsOf(rows, "usage", isChosen, those).credits;
    const days = [start, whole];
    const figure = { value: `${asShown(count([start, today]))} so far`, details: [], change: say("first_day") };
    if (whole < start) return figure;
    const monthBefore = brought.monthBefore.map(dayOf);
    const words = say("in_period", { first: brought.monthBefore[0], last: brought.monthBefore[1] });
    const told = isThere(monthBefore[0]) ? moreOrFewer(count(days), count(monthBefore), words) : nothingBefore();
    return { ...figure, change: `${periodOf(days)}: ${told}` };
  },
  waiting: (rows, isChosen) => {
    const days = brought.waiting.map(dayOf);
    const before = daysBefore(days);
    const count = (those) => {
      const [done, answered] = brought.withoutSurvey.map((name) => sumsOf(rows, "usage", isChosen, those)[name]);
      return done - answered;
    };
    return {
      value: asShown(count(days)),
      details: [say("may_come", { days: periodOf(days) })],
      change: before
        ? say("still_none", { before: asShown(count(before)), days: asShown(days[1] - days[0] + 1) })
        : nothingBefore(),
    };
  },
};
const periodOf = ([first, last]) => (first === last ? isoOf(last) : `${isoOf(first)} to ${isoOf(last)}`);

function shareFigure(now, then, of, answers, days) {
  const change = then ? higherOrLower(now, then, inDaysBefore(days)) : nothingBefore();
  if (now.rate === null) return { value: "none", details: [say("no_answers", { answers: of })], change };
  const values = { low: percent(now.low), high: percent(now.high), hits: asShown(now.hits), answers };
  return { value: percent(now.rate), details: [say("share", values)], change };
}

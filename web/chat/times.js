// @ts-check
/** Times as the viewer writes them. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** @param {string} timestamp */
export const timeOf = (timestamp) => clock.format(new Date(timestamp));

/** @param {string} timestamp */
export const exactTimeOf = (timestamp) => exact.format(new Date(timestamp));

/** @param {string} timestamp What no two days have in common. */
export const dayKeyOf = (timestamp) => new Date(timestamp).toDateString();

/** @param {string} timestamp */
export function dayOf(timestamp) {
  const days = daysAgo(timestamp);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return longDate.format(new Date(timestamp));
}

/** @param {string} timestamp As short as a list needs it. */
export function momentOf(timestamp) {
  const days = daysAgo(timestamp);
  if (days === 0) return timeOf(timestamp);
  if (days === 1) return "Yesterday";
  return (days < 7 ? weekday : shortDate).format(new Date(timestamp));
}

/** @param {string} timestamp */
function daysAgo(timestamp) {
  const today = new Date().setHours(0, 0, 0, 0);
  const day = new Date(timestamp).setHours(0, 0, 0, 0);
  return Math.round((today - day) / 86_400_000);
}

// @ts-check
/** Times in the format of the user's locale. */

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const shortDateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDateFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** @param {string} timestamp */
export const formatTime = (timestamp) => timeFormat.format(new Date(timestamp));

/** @param {string} timestamp */
export const formatExactTime = (timestamp) => exactFormat.format(new Date(timestamp));

/** @param {string} timestamp */
export const getDayKey = (timestamp) => new Date(timestamp).toDateString();

/** @param {string} timestamp */
export function formatDay(timestamp) {
  const days = countDaysAgo(timestamp);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return longDateFormat.format(new Date(timestamp));
}

/** @param {string} timestamp */
export function formatShortDate(timestamp) {
  const days = countDaysAgo(timestamp);
  if (days === 0) return formatTime(timestamp);
  if (days === 1) return "Yesterday";
  return (days < 7 ? weekdayFormat : shortDateFormat).format(new Date(timestamp));
}

/** @param {string} timestamp */
function countDaysAgo(timestamp) {
  const today = new Date().setHours(0, 0, 0, 0);
  const day = new Date(timestamp).setHours(0, 0, 0, 0);
  return Math.round((today - day) / 86_400_000);
}

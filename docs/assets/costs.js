// The cost calculator of costs.md. Prices and amounts come from docs/prices.toml; `make docs` writes them to prices.js.

/** Calculate what one million turns cost, in dollars by line. */
export function calculateTurns(prices, choices) {
  const factors = {
    turn: 1,
    device: choices.devices,
    minute: choices.devices * choices.minutes,
    piece: choices.pieces,
    sent_piece: choices.pieces * choices.devices,
    batch: 1 / choices.batch,
    waiting: (choices.seconds + prices.overhead[choices.batch]) / choices.batch,
  };
  const used = prices.use.filter(({ engine }) => engine === undefined || engine === choices.engine);
  return sumLines(prices, used, (use) => 1e6 * factors[use.per]);
}

/** Calculate what a month costs without turns, in dollars by line. */
export function calculateMonth(prices, choices) {
  const factors = { gigabyte: choices.gigabytes, alarm: prices.alarms };
  return sumLines(prices, prices.monthly, ({ per }) => (per === undefined ? 1 : factors[per]));
}

function sumLines(prices, uses, factor) {
  const lines = new Map();
  for (const use of uses) {
    const { usd, per } = prices.price[use.price];
    lines.set(use.line, (lines.get(use.line) ?? 0) + (usd / per) * use.amount * factor(use));
  }
  return lines;
}

function readChoices(form) {
  const entries = [...new FormData(form)].map(([name, value]) => [name, name === "engine" ? value : Number(value)]);
  return Object.fromEntries(entries);
}

function show(form, prices) {
  if (!form.checkValidity()) return;
  const choices = readChoices(form);
  const millions = choices.turns / 1e6;
  const turns = [...calculateTurns(prices, choices)].map(([line, usd]) => [line, usd * millions]);
  const lines = [...turns, ...calculateMonth(prices, choices)];
  const total = lines.reduce((sum, [, usd]) => sum + usd, 0);
  for (const field of form.querySelectorAll("[data-engine]")) field.hidden = field.dataset.engine !== choices.engine;
  form.querySelector("tbody").replaceChildren(...lines.map(createRow));
  form.querySelector("tfoot").replaceChildren(createRow(["Sum per month", total]));
  form.querySelector("output").value = `${format(total)} a month`;
}

function createRow([line, usd]) {
  const row = document.createElement("tr");
  row.append(createCell("th", line), createCell("td", format(usd)));
  return row;
}

function createCell(name, text) {
  const cell = document.createElement(name);
  cell.textContent = text;
  if (name === "th") cell.scope = "row";
  return cell;
}

function format(usd) {
  return usd.toLocaleString("en-US", { style: "currency", currency: "USD" });
}

const form = globalThis.document?.querySelector("#calculator");
if (form) {
  const { PRICES } = await import("./prices.js");
  form.hidden = false;
  form.addEventListener("input", () => show(form, PRICES));
  form.addEventListener("submit", (event) => event.preventDefault());
  show(form, PRICES);
}

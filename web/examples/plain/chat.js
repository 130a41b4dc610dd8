import { ConversationsClient } from "@general-bots/conversations-client";

const [messages, suggestions, form, text] = ["messages", "suggestions", "form", "text"].map((id) =>
  document.getElementById(id),
);
const client = new ConversationsClient({
  apiUrl: `${location.origin}/api`,
  wsUrl: `${location.origin.replace(/^http/, "ws")}/ws`,
  storage: sessionStorage,
});

/** The element of each message, by its key: elements are kept, so that a selection or the focus is. */
const elements = new Map();
let conversation = client.conversation();
let stopFollowing = conversation.on("change", render);
// A visitor's conversation expires some time after its last message; a new one replaces it.
client.on("conversation", (next) => {
  stopFollowing();
  conversation = next;
  stopFollowing = conversation.on("change", render);
  render();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(text.value);
  text.value = "";
});

function send(content, shown = content) {
  conversation.send(content, { shown });
  client.connect(); // has an effect only after a conversation has expired
}

function render() {
  messages.replaceChildren(...conversation.messages.map(updateMessage));
  suggestions.replaceChildren(...conversation.suggestions.map(createSuggestion));
}

function updateMessage({ key, sender, content, shown, delivery }) {
  const item = elements.get(key) ?? document.createElement("li");
  elements.set(key, item);
  item.className = `${sender} ${delivery}`;
  item.dir = "auto";
  const state = { sending: " …", failed: " (not sent)", delivered: "" }[delivery];
  const line = (shown ?? content) + state;
  if (item.textContent !== line) item.textContent = line;
  return item;
}

function createSuggestion({ text: label, value }) {
  const button = document.createElement("button");
  button.textContent = label;
  button.addEventListener("click", () => send(value, label));
  return button;
}

render();
client.connect();

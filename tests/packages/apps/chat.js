// Connects to the server in the first argument with the class `WebSocket` that the second one names, and says hello.
import { ConversationsClient } from "@general-bots/conversations-client";
import * as ws from "ws";

const [url, kind] = process.argv.slice(2);
const client = new ConversationsClient({
  apiUrl: `http://${url}/api`,
  wsUrl: `ws://${url}/ws`,
  ...(kind === "ws" && { webSocket: ws.WebSocket }),
});
const conversation = client.conversation();
conversation.on("message", ({ sender, content }) => {
  console.log(`${sender}: ${content}`);
  if (sender === "bot") client.close();
});
client.connect();
conversation.send("Hello");

import { ConversationsChatTransport } from "@general-bots/conversations-client/ai-sdk";
import { client } from "./app.js";

export const transport: ConversationsChatTransport = new ConversationsChatTransport(client);

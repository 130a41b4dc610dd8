// Sends a message by the types of openapi-typescript: `node send-with-openapi-fetch.js BASE_URL TOKEN`.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", token = ""] = process.argv;

// Compiles only if no field that has a default is required.
export const shortest: components["schemas"]["RunAgentInput"] = { threadId: "t-1", runId: "r-1" };

const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const started = await api.POST("/conversations/start", { body: {} });
if (started.error) throw new Error(started.error.detail);
const path = { conversation_id: started.data.conversation_id };

const sent = await api.POST("/conversations/{conversation_id}/messages", {
  params: { path },
  body: { content: "Hello from openapi-fetch" },
});
if (sent.error) throw new Error(sent.error.detail);

const refused = await api.POST("/conversations/{conversation_id}/messages", { params: { path }, body: { content: "" } });
console.log(JSON.stringify({ ...path, status: sent.data.status, error: refused.error?.error }));

// Sends a message with the client of @hey-api/openapi-ts: `node send-with-hey-api.js TOKEN`.
// It gets no address: the client has that of the document, which the deployment serves.
import { client } from "./hey-api/client.gen.js";
import { sendMessage, startConversation } from "./hey-api/sdk.gen.js";

declare const process: { argv: string[] };
const [, , token = ""] = process.argv;

client.setConfig({ auth: token });

const started = await startConversation({ body: {} });
if (started.error) throw new Error(started.error.detail);
const path = { conversation_id: started.data.conversation_id };

const sent = await sendMessage({ path, body: { content: "Hello from hey-api" } });
if (sent.error) throw new Error(sent.error.detail);

const refused = await sendMessage({ path, body: { content: "" } });
console.log(JSON.stringify({ ...path, status: sent.data.status, error: refused.error?.error }));

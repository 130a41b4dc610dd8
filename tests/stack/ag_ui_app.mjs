/**
 * An app that uses AG-UI's own client: it takes steps from its argument, and writes what it knows after each, as JSON.
 *
 * A step is `{say: text}`, or `{answer: payload}` of the pending interrupt.
 */

import { HttpAgent, buildResumeArray } from "../../web/client/node_modules/@ag-ui/client/dist/index.mjs";

const { url, token, threadId, steps } = JSON.parse(process.argv[2]);
const agent = new HttpAgent({ url, threadId, headers: { Authorization: `Bearer ${token}` } });
const custom = [];
agent.subscribe({ onCustomEvent: ({ event }) => void custom.push(event) });

const reports = [];
for (const step of steps) {
  const options = {};
  if (step.say !== undefined) {
    agent.addMessage({ id: crypto.randomUUID(), role: "user", content: step.say });
  } else {
    const response = { status: "resolved", payload: step.answer };
    const [interrupt] = agent.pendingInterrupts;
    options.resume = buildResumeArray(agent.pendingInterrupts, { [interrupt.id]: response });
  }
  const { result, newMessages } = await agent.runAgent(options);
  reports.push({
    result,
    said: newMessages.map((message) => message.content),
    interrupts: agent.pendingInterrupts,
    custom: custom.splice(0),
  });
}
console.log(JSON.stringify(reports));

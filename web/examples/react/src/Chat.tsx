import { useConnection, useConversation } from "@general-bots/conversations-client/react";
import { type FormEvent, useState } from "react";

export function Chat({ conversationId }: { readonly conversationId: string | undefined }) {
  const { messages, suggestions, answering, hasEarlier, send, stop, retry, loadEarlier } = useConversation(conversationId);
  const { state } = useConnection();
  const [text, setText] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    send(text);
    setText("");
  }

  return (
    <>
      {state === "waiting" && <p role="status">Reconnecting …</p>}
      {hasEarlier && <button onClick={() => loadEarlier()}>Earlier messages</button>}
      <ol role="log" aria-label="Messages">
        {messages.map(({ key, sender, content, shown, delivery, clientMessageId }) => (
          <li key={key} className={`${sender} ${delivery}`} dir="auto">
            {shown ?? content}
            {delivery === "sending" && " …"}
            {delivery === "failed" && <button onClick={() => retry(clientMessageId!)}>Not sent. Try again</button>}
          </li>
        ))}
      </ol>
      <p role="group" aria-label="Suggested replies">
        {suggestions.map(({ text: label, value }) => (
          <button key={value} onClick={() => send(value, { shown: label })}>
            {label}
          </button>
        ))}
      </p>
      <form onSubmit={submit}>
        <input aria-label="Message" autoComplete="off" required value={text} onChange={(event) => setText(event.target.value)} />
        <button>Send</button>
        {answering && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
      </form>
    </>
  );
}
